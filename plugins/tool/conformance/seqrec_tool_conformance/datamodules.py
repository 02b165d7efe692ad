"""Conformance of data modules, on the conformance data folder."""

from typing import Any

import attrs
import torch

from seqrec_tool_conformance.batches import ITEM, V
from seqrec_tool_conformance.compare import assert_same
from seqrec_tool_conformance.folder import USERS
from seqrec_tool_conformance.general import GeneralConformance

__all__ = ["DataModuleConformance"]

EVALUATION = ("validate", "test", "predict")


class DataModuleConformance(GeneralConformance):
    """Checks of the raw batches of each split: `c` with its mask `c_mask`, left-padded."""

    kind = "datamodule"

    def inputs(self) -> dict[str, Any]:
        """Nothing: where the data is it was told when it was built."""
        return {}

    def call(self, datamodule: Any, inputs: dict[str, Any]) -> Any:
        """Every batch of every split."""
        return {split: list(loader_of(datamodule, split)) for split in ("train", *EVALUATION)}

    def test_it_is_a_lightning_data_module(self) -> None:
        from lightning.pytorch import LightningDataModule

        datamodule = self.build()
        assert isinstance(datamodule, LightningDataModule), f"{type(datamodule).__name__} is none"

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
            for batch in loader_of(self.build(), split):
                assert "ground_truth" in batch, f"{split} has no column ground_truth for metrics"
                assert "seen_ids" in batch, f"{split} has no column seen_ids for filters"

    def test_evaluation_reads_the_same_twice(self) -> None:
        datamodule = self.build()
        for split in EVALUATION:
            first, second = (list(loader_of(datamodule, split)) for _ in range(2))
            assert_same(second, first, f"a second pass over {split} reads something else")

    def test_a_run_resumes_at_the_next_batch(self) -> None:
        stream = loader_of(self._in_small_batches(), "train")
        if not hasattr(stream, "state_dict"):
            return
        steps = iter(stream)
        next(steps)
        state = stream.state_dict()
        resumed = loader_of(self._in_small_batches(), "train")
        resumed.load_state_dict(state)
        what = "a stream with the state of another goes on elsewhere"
        assert_same(list(resumed), list(steps), what)

    def _in_small_batches(self) -> Any:
        """The module, of two rows a batch if its spec has `batch_size`."""
        spec = self.subject.spec
        small = {"batch_size": 2} if hasattr(spec, "batch_size") else {}
        return self.subject.build_spec(attrs.evolve(spec, **small))


def loader_of(datamodule: Any, split: str) -> Any:
    """The only dataloader of a split."""
    stage, method = {"train": ("fit", "train"), "validate": ("fit", "val")}.get(
        split, (split, split)
    )
    datamodule.setup(stage)
    loaders = getattr(datamodule, f"{method}_dataloader")()
    return loaders[0] if isinstance(loaders, list | tuple) else loaders
