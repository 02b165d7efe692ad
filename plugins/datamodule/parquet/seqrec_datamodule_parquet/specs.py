"""The data module that streams a data folder of Parquet files into training and evaluation."""

from collections.abc import Iterable, Sequence

from seqrec_core.places import expanded
from seqrec_core.schema import TensorSchema
from seqrec_core.spec import DataModuleSpec, Needs, Offers, inherited, param, spec


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

    def needs(self, split: str) -> Needs:
        """The times of events, where ties are drawn, and what says which labels count."""
        tie = self.tie_column if split == "train" else None
        files = tuple(f"{name}:{tie}" for name in self._files()[split] if tie is not None)
        weighs = self.group_by_length and split == "train"
        return Needs(files=files, columns=("target_padding_mask",) if weighs else ())

    def offers(self, schema: TensorSchema) -> Offers:
        """The columns of each split that is there, and the numbers of ids; reads footers only."""
        from seqrec_datamodule_parquet.folder_offers import folder_offers

        return folder_offers(self.here(), self._files(), schema)

    def data_faults(self, schema: TensorSchema) -> Sequence[str]:
        """Files, types, ids and lengths that do not fit the schema, as footers tell them."""
        from seqrec_library_data_checks.quick_look import quick_faults

        faults = quick_faults(self.here(), self._files(), schema)
        if self.group_by_length and self.item_feature_name not in schema:
            has = f"the schema has {', '.join(schema)}"
            faults.append(f"item_feature_name is {self.item_feature_name!r}, and {has}; name one")
        return faults

    def _files(self) -> dict[str, tuple[str, ...]]:
        """The names of each split's files."""
        splits = {
            "train": self.train,
            "validate": self.validate,
            "test": self.test,
            "predict": self.predict,
        }
        return {
            split: tuple(map(_file, (files,) if isinstance(files, str) else files or ()))
            for split, files in splits.items()
        }

    def trims_batches(self) -> bool:
        """Whether batches differ in length, so that positions count from the right."""
        return self.group_by_length

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields: pairs (field, what is wrong)."""
        if self.tie_column and not self.shuffle:
            yield "tie_column", "draws new orders only where shuffle is true; set one or the other"


def _file(name: str) -> str:
    """The name of a file with `~` and variables replaced; a URI stays as it is."""
    return name if "://" in name else expanded(name)
