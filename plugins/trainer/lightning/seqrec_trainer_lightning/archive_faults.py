"""Whether a checkpoint is whole, found without PyTorch, and without loading what it holds."""

from pathlib import Path
from zipfile import ZIP_STORED, BadZipFile, ZipFile, is_zipfile

PREVIOUS = "previous.ckpt"  # the checkpoint before the last, beside it


def archive_fault(path: Path) -> str | None:
    """What is damaged in a file that `torch.save` wrote, None where it is whole.

    Each part is read once and compared with its checksum, which `torch.load` does not do. Parts
    are stored as they are, so that none can take more memory than the file's length.
    """
    if not path.is_file():
        return "it is not there"
    if not is_zipfile(path):
        return "no end of the file"
    try:
        with ZipFile(path) as archive:
            for part in archive.infolist():
                if part.compress_type != ZIP_STORED or part.file_size != part.compress_size:
                    return f"its part {part.filename!r} is compressed, which none of ours are"
            if not any(name.endswith("data.pkl") for name in archive.namelist()):
                return "its table has no part data.pkl"
            part_name = archive.testzip()
    except (BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError) as cause:
        return f"its parts cannot be read: {cause}"
    return part_name and f"its part {part_name!r} has not the checksum that it was written with"


def previous_of(path: Path) -> Path:
    """Where the checkpoint before the one at `path` is kept."""
    return path.with_name(PREVIOUS)
