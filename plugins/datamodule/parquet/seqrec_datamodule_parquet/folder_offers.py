"""What a data folder has, as far as its schema and the footers of its files tell."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from seqrec_library_data_checks.expectation import event_column
from seqrec_library_data_checks.footers import Footer, parquet_files

from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError
from seqrec_core.schema import TensorSchema
from seqrec_core.spec import Offers
from seqrec_datamodule_parquet.metadata import EVALUATION_COLUMNS, metadata_of_schema

__all__ = ["FileColumns", "folder_offers"]


def folder_offers(folder: Path, files: Mapping[str, Iterable[str]], schema: TensorSchema) -> Offers:
    """What the folder offers; `files` are those of each split.

    Where the folder is not there, or a file is elsewhere, every column that one may have is taken
    as there. Raises DataError for what is no Parquet, SpecError for a schema that is no JSON.
    """
    is_there = folder.is_dir()
    DataFolder(folder).settle()
    columns = FileColumns(folder)
    splits: dict[str, frozenset[str]] = {}
    for split, names in files.items():
        local = [name for name in names if is_there and "://" not in name]
        present = [columns.get(name) for name in local] or ([_all_columns(schema)] if names else [])
        if present and None not in present:
            splits[split] = _raw_columns(schema, frozenset.intersection(*filter(None, present)))
    if not is_there:
        return Offers(columns=splits)
    return Offers(columns=splits, files=columns, cardinalities=_cardinalities(folder, schema))


class FileColumns(Mapping[str, frozenset[str]]):
    """The columns of the Parquet files of a folder, by name; a file is read when it is asked for.

    A folder in it has the columns that all its files have. Raises DataError for other files.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def __getitem__(self, name: str) -> frozenset[str]:
        path = self.folder / name
        files = parquet_files(path) if name else []
        if not files:
            raise KeyError(name)
        return frozenset.intersection(*map(_columns, files))

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(path.name for path in self.folder.glob("*.parquet")))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _columns(file: Path) -> frozenset[str]:
    return frozenset(Footer(file).fields.names)


def _all_columns(schema: TensorSchema) -> frozenset[str]:
    """Every column that a file of this schema may have."""
    query = schema.query_id_feature_name or "query_id"
    columns = [event_column(feature) for feature in schema.all_features]
    return frozenset((*columns, query, *EVALUATION_COLUMNS))


def _raw_columns(schema: TensorSchema, present: frozenset[str]) -> frozenset[str]:
    """The columns of a raw batch from files with these, and their masks."""
    features = {f.name for f in schema.all_features if event_column(f) in present}
    present = frozenset(present.difference(schema) | features)
    names = present.intersection(metadata_of_schema(schema, present, 1))
    return names.union(f"{name}_mask" for name in names)


def _cardinalities(folder: Path, schema: TensorSchema) -> dict[str, int]:
    """The numbers of ids as the folder's own schema tells them; without one, that of items."""
    there, item = DataFolder(folder), schema.item_id_feature_name
    if there.schema.is_file():
        features = there.features()
        if not (
            isinstance(features, list)
            and all(isinstance(f, dict) and "name" in f for f in features)
        ):
            raise DataError(
                f"{there.schema}: features is no list of features, each with a name; prepare the "
                "data again"
            )
        return {f["name"]: f["cardinality"] for f in features if f.get("cardinality") is not None}
    if item is None or not there.items.is_file():
        return {}
    return {item: Footer(there.items).metadata.num_rows}
