"""What the columns of a batch look like: their shape and padding."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from seqrec_core.schema import TensorSchema

DEFAULT_PADDING = -1
_KEYS = ("shape", "padding", "padding_value")
EVALUATION_COLUMNS = ("ground_truth", "seen_ids", "train")


class ColumnFormat(NamedTuple):
    """Length of each list dimension, None = the longest of the batch, and what pads it."""

    shape: tuple[int | None, ...]
    padding: Any


def column_formats(
    metadata: Mapping[str, Mapping[str, Any]], schema: pa.Schema
) -> dict[str, ColumnFormat]:
    """The format of each column; how many dimensions it has is up to the file.

    An entry of `metadata` may hold "shape" (an int, or a list of one size per dimension) and
    "padding", also called "padding_value": by default -1, False for booleans. Raises ValueError
    for other keys, for a shape of other dimensions and for a padding of another type.
    """
    return {
        name: _format(name, dict(entry), schema.field(name)) for name, entry in metadata.items()
    }


def _format(name: str, entry: dict[str, Any], field: pa.Field) -> ColumnFormat:
    """The format of one column, from its entry of the metadata and its type in the file."""
    if unknown := set(entry).difference(_KEYS):
        raise ValueError(f"metadata of {name!r} has {sorted(unknown)}; allowed are {_KEYS}")
    depth, leaf = 0, field.type
    while isinstance(leaf, pa.LargeListType):
        depth, leaf = depth + 1, leaf.value_type
    return ColumnFormat(_shape(name, entry.get("shape"), depth), _padding(name, entry, leaf))


def _shape(name: str, entry: Any, depth: int) -> tuple[int | None, ...]:
    """The sizes of a column of `depth` list dimensions, from None, an int or several sizes."""
    if entry is None:
        return (None,) * depth
    shape = (entry,) if isinstance(entry, int) else entry
    is_valid = all(size is None or (isinstance(size, int) and size > 0) for size in shape)
    if len(shape) != depth or not is_valid:
        raise ValueError(
            f"metadata of {name!r} has shape {entry!r}; the column has {depth} list dimensions: "
            "give as many sizes of at least 1, or None for the longest of the batch"
        )
    return tuple(shape)


def _padding(name: str, entry: dict[str, Any], leaf: pa.DataType) -> Any:
    """The padding of a column under either of its names, as a number of the column's type."""
    default = False if pa.types.is_boolean(leaf) else DEFAULT_PADDING
    paddings = {entry[key] for key in ("padding", "padding_value") if key in entry} or {default}
    if len(paddings) > 1:
        raise ValueError(f"metadata of {name!r} has two paddings, {paddings}; give one")
    try:
        return pa.scalar(paddings.pop(), leaf).as_py()
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as cause:
        raise ValueError(f"metadata of {name!r}: its padding is no {leaf}: {cause}") from cause


def metadata_of_schema(
    schema: TensorSchema, column_names: Iterable[str], length: int
) -> dict[str, dict[str, Any]]:
    """Metadata of the schema's features and of what evaluation needs, where a file has it.

    Sequences are read with their last `length` events and padded with the feature's padding
    value; lists of values per event are as long as `tensor_dim` says, or as the longest. The
    features of sequences must be there; other columns are left out if the file lacks them.
    """
    present = set(column_names)
    metadata: dict[str, dict[str, Any]] = {}
    for feature in schema.all_features:
        if feature.is_seq:
            shape = [length, feature.tensor_dim] if feature.is_list else [length]
            metadata[feature.name] = {"shape": shape, "padding": feature.padding_value}
        elif feature.name in present:
            shape = [feature.tensor_dim] if feature.is_list else []
            metadata[feature.name] = {"shape": shape, "padding": feature.padding_value}
    query = schema.query_id_feature_name or "query_id"
    for name in {query, *EVALUATION_COLUMNS}.intersection(present).difference(metadata):
        metadata[name] = {}
    return metadata
