"""Files of new events, prepared as the data of a run were."""

import os
from collections.abc import Mapping
from contextlib import suppress
from inspect import signature
from pathlib import Path
from typing import Any

from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.option_checks import changed
from seqrec_tool_prepare.preparation import write_data_folder

from seqrec_core.bundle import Bundle
from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError
from seqrec_core.places import is_remote, local, shown
from seqrec_core.reading.json_text import object_of_file

__all__ = ["data_folder"]

_SAME = (
    *("format", "columns", "separator", "time_format", "order", "min_rating", "list_separator"),
    *("drop_repeated", "drop_incomplete", "split", "validate_from", "test_from"),
)


def data_folder(
    bundle: Bundle, data: Path, out: Path, *, resume: bool = False, trust: bool = False
) -> Path:
    """`data` where it is a folder; of a file, or a pattern of files, the folder `OUT-data`.

    Columns and settings are those that the report of the run's data tells, where it is there.
    With `resume` what was prepared before stays. Raises DataError for files that cannot be used,
    where `out` or the folder is taken, and for a report at a URI that only `trust` reads.
    """
    if data.is_dir():
        return data
    out = out.resolve()
    folder = out.with_name(f"{out.name}-data")
    if resume:
        DataFolder(folder).settle()
        if DataFolder(folder).schema.is_file():
            return folder
    for place in () if resume else (out, folder):
        if os.path.lexists(place) and not (place.is_dir() and not any(place.iterdir())):
            raise DataError(
                f"{place} is there already; go on with an update that was cut short by --resume, "
                "or choose another --out"
            )
    options = {name: each.default for name, each in signature(prepare).parameters.items()}
    options |= _earlier_options(bundle, trust)
    options |= {"file": [data], "out": folder, "ids_from": bundle.path, "new_items": "append"}
    try:
        write_data_folder(options, changed(options, prepare))
    except DataError as fault:
        raise DataError(
            f"{fault}\nFiles of --data have the columns of the run's data; prepare others "
            f"with `seqrec data prepare FILE --ids-from {bundle.path} --new-items append --out "
            "FOLDER`, and name that folder"
        ) from fault
    return folder


def _earlier_options(bundle: Bundle, trust: bool) -> Mapping[str, Any]:
    """Options of a preparation, as far as the data of the run say them."""
    path = _report(bundle, trust)
    if path is None or not path.is_file():
        return {}
    report = object_of_file(path)
    source, settings = report.get("source", {}), report.get("settings", {})
    same = {name: settings[name] for name in _SAME if name in settings}
    roles = {role: name for role, name in source.get("columns", {}).items() if role != "rating"}
    rating = {"rating": source["columns"].get("rating")} if same.get("min_rating") else {}
    return same | roles | rating


def _report(bundle: Bundle, trust: bool) -> Path | None:
    """The report of the run's data, if it can be had; DataError where nobody lets it be fetched."""
    if bundle.recipe.data is None:
        return None
    folder = bundle.recipe.data.folder
    if not is_remote(folder):
        return local(folder) / "report.json"
    if not trust:
        raise DataError(
            f"{bundle.path} names its data, which say how files are read, as {shown(folder)}: let "
            "it choose what is fetched, with --trust, or give --data a folder"
        )
    with suppress(DataError):
        return local(f"{folder.rstrip('/')}/report.json")
    return None
