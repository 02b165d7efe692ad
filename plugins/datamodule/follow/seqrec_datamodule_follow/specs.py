"""The data module that trains once on each Parquet file that arrives in a folder."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import attrs

from seqrec_core.places import is_remote, local
from seqrec_core.schema import TensorSchema
from seqrec_core.spec import DataModuleSpec, Needs, Offers, inherited, param, spec

_UNSEEN = "stream://not-there-yet"  # to whoever reads footers: any column may come


@spec
class FollowModuleSpec(DataModuleSpec):
    """Trains once on each Parquet file of a folder that files are added to; a file is an epoch."""

    target = "seqrec_datamodule_follow.from_spec:follow_module"
    runtime = ("schema", "data_dir", "seed")
    stream: str = param(
        "train.parquet",
        help="folder, or its URI, that files of training rows are added to, in the order of their "
        "names; or one file",
    )
    validate: str | tuple[str, ...] | None = param(
        "validate.parquet", help="one file, or several that are measured one by one"
    )
    test: str | tuple[str, ...] | None = param("test.parquet", help="one file, or several")
    predict: str | tuple[str, ...] | None = param("predict.parquet", help="one file, or several")
    batch_size: int = param(128, ge=1, help="rows of a training batch")
    eval_batch_size: int | None = param(
        None, ge=1, help="rows of any other batch; null is batch_size"
    )
    shuffle: bool = param(True, help="true trains on the rows of a file in a random order")
    partition_size: int = param(131072, ge=1, help="rows of a file that are shuffled together")
    group_by_length: bool = param(
        True,
        help="true trains on batches of similar length, trimmed and weighted; needs a model that "
        "aligns positions to the right",
    )
    tie_column: str | None = param(
        None, help="column of times: training puts events of a user that share one in any order"
    )
    max_sequence_length: int = inherited(ge=1, help="most events the model sees")
    item_feature_name: str = inherited(help="column whose length is a row's length")

    def needs(self, split: str) -> Needs:
        """The times of events, where ties are drawn, and what says which labels count."""
        return self._as_parquet().needs(split)

    def offers(self, schema: TensorSchema) -> Offers:
        """The columns of each split, of training those of the newest file; reads footers only."""
        return self._as_parquet().offers(schema)

    def data_faults(self, schema: TensorSchema) -> Sequence[str]:
        """What does not fit the schema in the folder, and in the newest file of the stream."""
        return self._as_parquet().data_faults(schema)

    def stream_place(self) -> str:
        """Where files come; see `seqrec_tool_run.following`."""
        return self.stream

    def trims_batches(self) -> bool:
        """Whether batches differ in length, so that positions count from the right."""
        return self.group_by_length

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields: pairs (field, what is wrong)."""
        if self.tie_column and not self.shuffle:
            yield "tie_column", "draws new orders only where shuffle is true; set one or the other"

    def _as_parquet(self) -> DataModuleSpec:
        """The module that reads the folder, and the newest file of the stream."""
        from seqrec_datamodule_parquet.specs import ParquetModuleSpec

        module = ParquetModuleSpec(
            train=self._newest(),
            validate=self.validate,
            test=self.test,
            predict=self.predict,
            group_by_length=self.group_by_length,
            tie_column=self.tie_column,
            max_sequence_length=self.max_sequence_length,
            item_feature_name=self.item_feature_name,
        )
        place: dict[str, Any] = {"folder": self.folder}
        return attrs.evolve(module, **place)

    def _newest(self) -> str:
        """The file of the stream that is last by name, if one is here."""
        if is_remote(self.stream) or is_remote(self.folder):
            return _UNSEEN
        place = local(self.folder) / local(self.stream)
        if place.is_dir():
            files = [path for path in place.rglob("*.parquet") if _is_whole(path, place)]
            return str(max(files).absolute()) if files else _UNSEEN
        return str(place.absolute()) if place.is_file() else _UNSEEN


def _is_whole(path: Path, place: Path) -> bool:
    return path.is_file() and not any(
        part.startswith((".", "_")) for part in path.relative_to(place).parts
    )
