"""The data module that streams a data folder of Parquet files into training and evaluation."""

from collections.abc import Iterable

from seqrec_core.spec import DataModuleSpec, inherited, param, spec


@spec
class ParquetModuleSpec(DataModuleSpec):
    """Streams batches from Parquet files, exactly and resumably in any number of processes."""

    target = "seqrec_datamodule_parquet.from_spec:parquet_module"
    runtime = ("schema", "data_dir", "seed")
    train: str | None = param("train.parquet", help="file, or folder of files, to train on")
    validate: str | tuple[str, ...] | None = param(
        "validate.parquet", help="one file, or several that are measured one by one"
    )
    test: str | tuple[str, ...] | None = param("test.parquet", help="one file, or several")
    predict: str | tuple[str, ...] | None = param("predict.parquet", help="one file, or several")
    batch_size: int = param(128, ge=1, help="rows of a training batch")
    eval_batch_size: int | None = param(
        None, ge=1, help="rows of any other batch; null is batch_size"
    )
    shuffle: bool = param(True, help="true trains on the rows in a new order each epoch")
    partition_size: int = param(131072, ge=1, help="rows that are shuffled together")
    group_by_length: bool = param(
        True,
        help="true trains on batches of similar length, trimmed and weighted; needs a model that "
        "aligns positions to the right",
    )
    tie_column: str | None = param(
        None,
        help="column of times: training puts events of a user that share one in a new order "
        "each epoch",
    )
    max_sequence_length: int = inherited(ge=1, help="most events the model sees")
    item_feature_name: str = inherited(help="column whose length is a row's length")

    def trims_batches(self) -> bool:
        """Whether batches differ in length, so that positions count from the right."""
        return self.group_by_length

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields: pairs (field, what is wrong)."""
        if self.tie_column and not self.shuffle:
            yield "tie_column", "draws new orders only where shuffle is true; set one or the other"
