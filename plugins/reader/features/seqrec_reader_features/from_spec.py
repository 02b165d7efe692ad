"""The reader as a spec describes it: its path starts from the data folder."""

from collections.abc import Mapping
from pathlib import Path

from seqrec_core.schema import TensorSchema
from seqrec_reader_features.features_reader import FeaturesReader


def parquet_features(
    schema: TensorSchema,
    data_dir: Path | None,
    path: str,
    metadata: Mapping[str, Mapping[str, int]] | None,
) -> FeaturesReader:
    """A reader of a file in the data folder; a URI such as s3://… is taken as it is."""
    if "://" not in path:
        path = str((data_dir or Path()) / path)
    return FeaturesReader(schema, metadata, path)
