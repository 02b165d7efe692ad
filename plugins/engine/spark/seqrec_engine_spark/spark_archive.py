"""A folder as an archive that Spark ships to each executor once, and unpacks there."""

import hashlib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from seqrec_core.digests import data_digest, folder_digests

if TYPE_CHECKING:
    from pyspark import SparkContext

__all__ = ["shipped", "zip_folder"]


def shipped(context: "SparkContext", folder: Path) -> str:
    """The name under which `SparkFiles.get` has the folder on each executor.

    The archive stands among the files of the session, which deletes them when it stops: executors
    that come later ask for it. A folder of the same contents is shipped once a session.
    """
    from pyspark import SparkFiles

    digest = data_digest(folder_digests(folder))
    name = f"seqrec-{hashlib.sha256(digest.encode()).hexdigest()[:16]}"
    archive = Path(SparkFiles.getRootDirectory(), f"{name}.zip")
    if not archive.exists():
        unfinished = archive.with_suffix(".unfinished")
        zip_folder(folder, unfinished)
        unfinished.rename(archive)
        context.addArchive(f"{archive.as_uri()}#{name}")
    return name


def zip_folder(folder: Path, archive: Path) -> None:
    """Writes all below a folder into a zip archive, not compressed: weights hardly are."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED, strict_timestamps=False) as file:
        for path in sorted(folder.rglob("*")):
            file.write(path, path.relative_to(folder).as_posix())
