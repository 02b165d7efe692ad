"""The index of a bundle's items in a folder, read where the library is installed that can."""

from pathlib import Path

from seqrec_core.bundle import Bundle
from seqrec_core.errors import SeqrecError
from seqrec_tool_recommend.nearest_items import NearestItems

__all__ = ["index_in"]


def index_in(folder: Path, bundle: Bundle) -> NearestItems:
    """The index that `seqrec index` wrote to a folder.

    Raises DataError for that of another bundle, a damaged one, or none; SeqrecError where the
    library that reads it is not installed.
    """
    try:
        from seqrec_library_nearest.index_folder import read_index
    except ModuleNotFoundError as cause:
        raise SeqrecError(
            f"what reads {folder} is not installed ({cause.name}); pip install "
            '"seqrec[index]", or recommend without an index'
        ) from cause
    return read_index(folder, bundle)
