"""The reader that gives an item tower the features of every item, from a Parquet file."""

from seqrec_core.spec import Needs, ReaderSpec, param, spec


@spec
class ParquetFeaturesSpec(ReaderSpec):
    """Features of all items from a parquet file, by default the data folder's items.parquet."""

    target = "seqrec_reader_features.from_spec:parquet_features"
    runtime = ("schema", "data_dir")
    path: str = param("items.parquet", help="file in the data folder, or a URI such as s3://…")
    metadata: dict[str, dict[str, int]] | None = param(
        None,
        help='"shape" and "padding" of each list column; by default the longest, the schema\'s',
    )

    def needs(self, split: str) -> Needs:
        """The file, with the columns of metadata."""
        return Needs(
            files=tuple(f"{self.path}:{column}" for column in ("", *(self.metadata or ())))
        )
