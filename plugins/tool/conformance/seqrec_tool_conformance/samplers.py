"""Conformance of samplers.

Letters in shapes: B users, L positions, N negatives, V items.
"""

from collections.abc import Mapping
from typing import Any

import torch
from seqrec_library_kernels.draw_frequency import KnowsFrequency
from torch import Tensor

from seqrec_core.contracts import SamplerProto
from seqrec_tool_conformance.batches import V, seeded
from seqrec_tool_conformance.drawing import DrawingConformance
from seqrec_tool_conformance.editions import since
from seqrec_tool_conformance.folder import COUNTS
from seqrec_tool_conformance.journey_recipes import sasrec_recipe

__all__ = ["SamplerConformance"]

DRAWS = 400  # of which frequencies are counted
_FEATURES = ("item_id", "tags", "price", "image")


class SamplerConformance(DrawingConformance):
    """Checks of a training batch to the negatives that a loss compares with.

    The batch is one as the default transforms of SasRec leave it, in which `columns` of the suite
    stand by themselves. In the journey it draws for SasRec and its cross-entropy of a sample.
    """

    kind = "sampler"
    contract = SamplerProto

    def recipe(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """SasRec of the features of items, with a loss that needs negatives."""
        loss = {"type": "seqrec-loss-ce:ce_sampled"}
        parts = {"loss": loss, "negatives": dict(raw), "features": [*_FEATURES]}
        recipe = sasrec_recipe()
        return {**recipe, "model": {**recipe["model"], **parts}}

    def inputs(self) -> dict[str, Any]:
        """A training batch of four users."""
        batch = self.worked_batch()
        grouped = {name: batch.pop(name) for name in _FEATURES}
        return {"batch": {**batch, "feature_tensors": grouped}}

    def arguments(self, inputs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The batch, by position."""
        return (inputs["batch"],), {}

    def test_it_draws_items(self) -> None:
        sampler = self.build()
        for _ in range(20):
            ids = self.run(sampler)
            assert isinstance(ids, Tensor), f"it returns {type(ids).__name__}, not item ids"
            assert ids.dtype == torch.int64, f"ids are {ids.dtype}; give torch.int64"
            low, high = int(ids.min()), int(ids.max())
            assert 0 <= low <= high < V, (
                f"it draws ids from {low} to {high}; items are 0 to {V - 1}, and {V} is padding"
            )

    def test_its_shape_is_one_that_losses_know(self) -> None:
        inputs = self.inputs()
        users, positions, _ = inputs["batch"]["positive_labels"].shape
        shape = tuple(self.run(self.build(), inputs).shape)
        leading = shape[:-1]
        assert leading in ((), (users,), (users, positions)), (
            f"it draws {shape} for {users} users of {positions} events; give (N,) for all of them, "
            f"({users}, N) or ({users}, {positions}, N)"
        )
        assert shape[-1] > 0, f"it draws {shape}, none at all"

    def test_it_draws_for_a_single_user(self) -> None:
        sampler, many = self.build(), self.inputs()
        one = {"batch": _first(many["batch"])}
        several, single = (self.run(sampler, inputs).dim() for inputs in (many, one))
        assert single == several, (
            f"for a batch of one user its negatives have {single} dimensions, else {several}"
        )

    @since("2.2")
    def test_it_tells_how_often_it_draws_an_item(self) -> None:
        sampler, inputs, draw = self.build(), self.inputs(), seeded()
        if not isinstance(sampler, KnowsFrequency):
            return
        counts, expected = torch.zeros(()), torch.zeros(())
        for _ in range(DRAWS):
            batch = _with_other_targets(inputs["batch"], draw)
            drawn: Tensor = self.run(sampler, {"batch": batch})
            every = torch.arange(V).expand(*drawn.shape[:-1], V)
            logs = _asked(sampler, every, batch)
            if logs is None or _asked(sampler, batch["positive_labels"], batch) is None:
                return
            once = torch.ones(drawn.shape)
            counts = counts + torch.zeros(every.shape).scatter_add(-1, drawn, once) / DRAWS
            expected = expected + logs.exp() / DRAWS
        # A tenth is left for what a sampler takes the rest of a batch to know of a target.
        excess = (counts - expected).abs() - 0.1 * expected - 5 * (expected / DRAWS).sqrt()
        worst = int(excess.argmax())
        assert excess.max() <= 0, (
            f"item {worst % V} is drawn {counts.flatten()[worst]:.3g} times for a batch, and "
            f"log_frequency says {expected.flatten()[worst]:.3g} times; give the logarithm of the "
            "expected number, or None"
        )

    def test_negatives_are_where_the_batch_is(self) -> None:
        if torch.cuda.is_available():
            inputs = {"batch": _moved(self.inputs()["batch"], "cuda")}
            device = self.run(self.build(), inputs).device.type
            assert device == "cuda", f"negatives of a batch on cuda are on {device}; move them"


def _with_other_targets(batch: Mapping[str, Any], draw: torch.Generator) -> dict[str, Any]:
    """The batch with other targets, as likely as the items of the data folder have events."""
    labels, counts = batch["positive_labels"], torch.tensor(COUNTS).float()
    items = torch.multinomial(counts, labels.numel(), replacement=True, generator=draw)
    other = torch.where(batch["target_padding_mask"], items.view_as(labels), labels)
    return {**batch, "positive_labels": other}


def _asked(sampler: KnowsFrequency, items: Tensor, batch: Mapping[str, Any]) -> Tensor | None:
    """What `log_frequency` answers: one number an item, 0 for padding; or None."""
    logs = sampler.log_frequency(items, batch)
    if logs is not None:
        assert logs.shape == items.shape, (
            f"log_frequency gives {tuple(logs.shape)} for items {tuple(items.shape)}; give one "
            "number an item"
        )
        assert not logs.isnan().any(), "log_frequency gives NaN"
        assert not logs[items == V].any(), "log_frequency of the id of padding is not 0"
    return logs


def _first(batch: Mapping[str, Any]) -> dict[str, Any]:
    """The batch of its first user."""
    return {
        name: _first(value) if isinstance(value, Mapping) else value[:1]
        for name, value in batch.items()
    }


def _moved(batch: Mapping[str, Any], device: str) -> dict[str, Any]:
    return {
        name: _moved(value, device) if isinstance(value, Mapping) else value.to(device)
        for name, value in batch.items()
    }
