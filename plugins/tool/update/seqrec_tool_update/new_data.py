"""Files of new events, prepared as the data of a run were."""

from collections.abc import Mapping
from inspect import signature
from pathlib import Path
from typing import Any

from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.option_checks import changed
from seqrec_tool_prepare.preparation import write_data_folder

from seqrec_core.bundle import Bundle
from seqrec_core.errors import DataError
from seqrec_core.reading.json_text import object_of_file

__all__ = ["data_folder"]

_SAME = (
    *("format", "columns", "separator", "time_format", "order", "min_rating", "list_separator"),
    *("drop_repeated", "drop_incomplete", "split", "validate_from", "test_from"),
)


def data_folder(bundle: Bundle, data: Path, out: Path, *, resume: bool = False) -> Path:
    """`data` where it is a folder; of a file, or a pattern of files, the folder `OUT-data`.

    Columns and settings are those that the report of the run's data tells, where it is there.
    With `resume` what was prepared before stays. Raises DataError for files that cannot be used.
    """
    if data.is_dir():
        return data
    folder = out.with_name(f"{out.name}-data")
    if resume and folder.is_dir():
        return folder
    options = {name: each.default for name, each in signature(prepare).parameters.items()}
    options |= _earlier_options(bundle)
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


def _earlier_options(bundle: Bundle) -> Mapping[str, Any]:
    """Options of a preparation, as far as the data of the run say them."""
    data = bundle.recipe.data
    path = Path(data.folder if data else "") / "report.json"
    if not path.is_file():
        return {}
    report = object_of_file(path)
    source, settings = report.get("source", {}), report.get("settings", {})
    same = {name: settings[name] for name in _SAME if name in settings}
    roles = {role: name for role, name in source.get("columns", {}).items() if role != "rating"}
    rating = {"rating": source["columns"].get("rating")} if same.get("min_rating") else {}
    return same | roles | rating
