"""Conformance of data modules, on the conformance data folder."""

from collections.abc import Iterable
from typing import Any

import attrs
import torch

from seqrec_core.contracts import DataModuleProto, Resumable
from seqrec_core.data_folder import SPLITS
from seqrec_core.spec import DataModuleSpec
from seqrec_core.spec.fields import fields_of
from seqrec_tool_conformance.batch_columns import column_names
from seqrec_tool_conformance.batches import ITEM, V
from seqrec_tool_conformance.compare import assert_same, assert_unchanged, snapshot
from seqrec_tool_conformance.editions import since
from seqrec_tool_conformance.folder import HISTORIES, USERS
from seqrec_tool_conformance.general import GeneralConformance

__all__ = ["DataModuleConformance"]

EVALUATION = ("validate", "test", "predict")


class DataModuleConformance(GeneralConformance):
    """Checks of the raw batches of each split: `c` with its mask `c_mask`, left-padded.

    Its spec has the transforms of next-item models. A module that reads other files than Parquet
    overrides `data_folder` by one that holds the same users and items.
    """

    kind = "datamodule"
    contract = DataModuleProto
    place = "data"

    def inputs(self) -> dict[str, Any]:
        """Nothing: where the data is it was told when it was built."""
        return {}

    def call(self, datamodule: Any, inputs: dict[str, Any]) -> Any:
        """Every batch of every split."""
        return {split: _batches(datamodule, split) for split in SPLITS}

    def test_every_split_has_its_loaders(self) -> None:
        for split in SPLITS:
            count = len(self.build().loaders(split))
            assert count == 1, f"loaders({split!r}) are {count}; the folder has one file of it"

    def test_every_user_comes_once_in_every_split(self) -> None:
        for split, batches in self.run(self.build()).items():
            users = torch.cat([batch["query_id"].flatten() for batch in batches]).sort().values
            whole = torch.equal(users, torch.arange(USERS))
            assert whole, f"{split} has the users {users.tolist()}, not each of {USERS} once"

    def test_items_are_padded_on_the_left_where_the_mask_is_false(self) -> None:
        for split, batches in self.run(self.build()).items():
            for batch in batches:
                items, real = batch[ITEM], batch[f"{ITEM}_mask"]
                assert real.dtype == torch.bool, f"{split}: {ITEM}_mask is {real.dtype}, not bool"
                left = (real[:, 1:] | ~real[:, :-1]).all()
                assert left, f"{split}: padding stands behind a real event; it belongs in front"
                assert (items[real] < V).all(), f"{split}: a real event has no item's id"
                assert (items[~real] == V).all(), f"{split}: padding is not the id {V}"

    def test_evaluation_has_what_users_chose_next(self) -> None:
        for split in ("validate", "test"):
            for batch in _batches(self.build(), split):
                assert "ground_truth" in batch, f"{split} has no column ground_truth for metrics"
                assert "seen_ids" in batch, f"{split} has no column seen_ids for filters"

    def test_evaluation_reads_the_same_twice(self) -> None:
        datamodule = self.build()
        for split in EVALUATION:
            first, second = (_batches(datamodule, split) for _ in range(2))
            assert_same(second, first, f"a second pass over {split} reads something else")

    def test_vocabularies_say_what_the_numbers_stand_for(self) -> None:
        datamodule = self.build()
        vocabularies = datamodule.vocabularies()
        items, users = vocabularies.items, vocabularies.users
        assert items is not None, "vocabularies() has no items; the folder names them"
        assert users is not None, "vocabularies() has no users; the folder names them"
        names = items["item"].to_pylist()
        by_id = dict(zip(users["query_id"].to_pylist(), users["user"].to_pylist(), strict=True))
        for batch in _batches(datamodule, "predict"):
            for query, ids in zip(batch["query_id"].flatten().tolist(), batch[ITEM], strict=True):
                events = [names[number] for number in ids.tolist() if number < V]
                user = by_id.get(query)
                history = [f"item {item}" for item in HISTORIES[int(str(user).split()[-1])]]
                assert history[-len(events) :] == events, (
                    f"by vocabularies() the batch has {events} of {user!r}, the folder {history}"
                )

    def test_transforms_take_raw_batches_and_leave_them(self) -> None:
        datamodule = self.build()
        for split in SPLITS:
            batch = _batches(datamodule, split)[0]
            before = snapshot(batch)
            columns = datamodule.transform(split, batch)
            assert_unchanged(batch, before, f"transform({split!r}, batch) edits the raw batch")
            has = isinstance(columns, dict) and "feature_tensors" in columns
            assert has, f"transform({split!r}, batch) does not apply the transforms of its spec"

    @since("2.1")
    def test_its_spec_offers_what_raw_batches_have(self) -> None:
        spec, schema = self.subject.spec, self.subject.schema
        assert isinstance(spec, DataModuleSpec)
        offers = spec.offers(schema)
        for name, ids in (offers.cardinalities or {}).items():
            size = schema[name].cardinality
            assert ids == size, f"offers(schema) says {ids} ids of {name!r}; the folder has {size}"
        if offers.columns is None:
            return
        datamodule = self.build()
        for split in SPLITS:
            declared = offers.columns.get(split)
            assert declared is not None, f"offers(schema) lacks {split}; the folder has its file"
            for batch in _batches(datamodule, split):
                columns = column_names(batch)
                assert declared == columns, (
                    f"offers(schema) is not what raw batches of {split} have: "
                    f"{sorted(declared - columns)} are not there, {sorted(columns - declared)} "
                    "are not said"
                )

    def test_loss_weights_have_the_mean_one(self) -> None:
        datamodule = self.build_in_small_batches()
        batches = [datamodule.transform("train", b) for b in _batches(datamodule, "train")]
        weights = [float(batch["loss_weight"]) for batch in batches if "loss_weight" in batch]
        if weights:
            mean = sum(weights) / len(batches)
            assert abs(mean - 1) < 1e-3, (
                f"loss_weight has the mean {mean:.4g} over an epoch; the loss that is shown and "
                "stepped by would be that many times what it is"
            )

    def test_a_run_resumes_at_the_next_batch(self) -> None:
        [stream] = self.build_in_small_batches().loaders("train")
        steps = iter(stream)
        next(steps)
        state = stream.state_dict() if isinstance(stream, Resumable) else None
        if state is None:
            return
        [resumed] = self.build_in_small_batches().loaders("train")
        resumed.load_state_dict(state)
        what = "a stream with the state of another goes on elsewhere"
        assert_same(list(resumed), list(steps), what)

    def build_in_small_batches(self) -> Any:
        """The module, of two rows a batch if its spec has `batch_size`."""
        spec = self.subject.spec
        assert isinstance(spec, DataModuleSpec)
        small: dict[str, Any] = {f.name: 2 for f in fields_of(type(spec)) if f.name == "batch_size"}
        return self.subject.build_spec(attrs.evolve(spec, **small))


def _batches(datamodule: Any, split: str) -> list[Any]:
    """The raw batches of a split."""
    loaders: Iterable[Any] = datamodule.loaders(split)
    return [batch for loader in loaders for batch in loader]
