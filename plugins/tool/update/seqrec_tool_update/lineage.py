"""Where a bundle comes from: lineage.json, an entry for each update, oldest first."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seqrec_core.bundle import LOCK, WEIGHTS
from seqrec_core.data_folder import DataFolder
from seqrec_core.digests import data_digest, file_digest
from seqrec_core.errors import BundleError
from seqrec_core.reading.json_text import text_of_file, value_of_text
from seqrec_core.whole_files import write_json

__all__ = ["LINEAGE", "check_parent", "read_lineage", "write_lineage"]

LINEAGE = "lineage.json"


def read_lineage(bundle: Path) -> list[dict[str, Any]]:
    """The entries of a bundle; none where it was trained from the beginning."""
    path = bundle / LINEAGE
    if not path.is_file():
        return []
    entries: Any = value_of_text(text_of_file(path), str(path))
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise BundleError(f"{path} is damaged: it is no list of objects; restore or remove it")
    return entries


def check_parent(run: Path, out: Path) -> None:
    """Raises BundleError where an update in `out` began with another run."""
    entries = read_lineage(out)
    if entries and entries[-1].get("weights") != file_digest(run / WEIGHTS):
        raise BundleError(
            f"{out} was begun from another run than {run}; name that run, or choose another --out"
        )


def write_lineage(
    run: Path, data: Path, out: Path, before: Mapping[str, float], after: Mapping[str, float]
) -> None:
    """Writes the entries of `run`, and that of its update on `data`, to the bundle `out`."""
    folder = DataFolder(data)
    described = {"schema": folder.features(), "items": file_digest(folder.items)}
    entry = {
        "bundle": file_digest(run / LOCK),
        "weights": file_digest(run / WEIGHTS),
        "data": data_digest(described),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "metrics_before": dict(before),
        "metrics_after": dict(after),
    }
    write_json(out / LINEAGE, [*read_lineage(run), entry])
