"""A data folder that is replaced as a whole or not at all."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from seqrec_core.data_folder import SPLITS, DataFolder
from seqrec_core.errors import DataError

__all__ = ["unfinished"]


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
    prepared = DataFolder(out)
    files = [prepared.items, prepared.users, *map(prepared.split, SPLITS)]
    replaced = {file.resolve() for file in files}
    for path in map(Path, inputs):
        if path.resolve() in replaced | {out.resolve()}:
            raise DataError(f"{path}: would be replaced by the output; choose another --out")


def _publish(folder: Path, out: Path) -> None:
    """Move the files of a finished preparation; a folder without schema.json is not finished."""
    last = DataFolder(out).schema
    last.unlink(missing_ok=True)
    files = (path for path in folder.iterdir() if path.is_file())
    for path in sorted(files, key=lambda path: (path.name == last.name, path.name)):
        os.replace(path, out / path.name)
