"""A data folder that is replaced as a whole or not at all."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from seqrec_core.errors import DataError
from seqrec_tool_prepare.histories import SPLITS

__all__ = ["unfinished"]

_LAST = "schema.json"


@contextmanager
def unfinished(out: str | Path, inputs: Sequence[str | Path]) -> Iterator[Path]:
    """A temporary folder whose files take their places in the folder `out` at the end.

    An error inside leaves `out` as it was. Raises DataError where `out` cannot be a folder, and
    where its files would replace one of the `inputs`.
    """
    out = Path(out)
    _keep_inputs(out, inputs)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{out}: cannot be made a folder: {error}; choose another --out") from error
    with TemporaryDirectory(dir=out, prefix=".prepare-") as folder:
        yield Path(folder)
        _publish(Path(folder), out)


def _keep_inputs(out: Path, inputs: Sequence[str | Path]) -> None:
    """DataError where the output would replace what is read."""
    replaced = {(out / f"{name}.parquet").resolve() for name in ("items", "users", *SPLITS)}
    for path in map(Path, inputs):
        if path.resolve() in replaced | {out.resolve()}:
            raise DataError(f"{path}: would be replaced by the output; choose another --out")


def _publish(folder: Path, out: Path) -> None:
    """Move the files of a finished preparation; a folder without schema.json is not finished."""
    (out / _LAST).unlink(missing_ok=True)
    files = (path for path in folder.iterdir() if path.is_file())
    for path in sorted(files, key=lambda path: (path.name == _LAST, path.name)):
        os.replace(path, out / path.name)
