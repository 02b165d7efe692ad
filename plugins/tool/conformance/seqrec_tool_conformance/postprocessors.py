"""Conformance of postprocessors.

Letters in shapes: B users, C candidates, V items.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from seqrec_core.contracts import ExcludesItems, PostprocessorProto
from seqrec_tool_conformance.batches import V, seeded
from seqrec_tool_conformance.compare import assert_same
from seqrec_tool_conformance.editions import since
from seqrec_tool_conformance.general import GeneralConformance
from seqrec_tool_conformance.journey_recipes import placed, sasrec_recipe

__all__ = ["PostprocessorConformance"]


class PostprocessorConformance(GeneralConformance):
    """Checks of logits (B, V) to new logits, before they are ranked."""

    kind = "postprocessor"
    contract = PostprocessorProto

    def recipe(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Filters what a trainer measures, and what is recommended."""
        return placed(sasrec_recipe(), "postprocessors", [raw])

    def inputs(self) -> dict[str, Any]:
        """A batch and logits of every item."""
        batch = self.worked_batch()
        return {
            "batch": batch,
            "logits": torch.randn(len(batch["query_id"]), V, generator=seeded()),
        }

    def call(self, postprocessor: Any, inputs: dict[str, Any]) -> Any:
        """The logits of both stages."""
        return {name: stage(**inputs) for name, stage in _stages(postprocessor).items()}

    def test_logits_keep_shape_and_dtype(self) -> None:
        for dtype in (torch.float32, torch.bfloat16):
            inputs = self.inputs()
            inputs["logits"] = inputs["logits"].to(dtype)
            for stage, logits in self.run(self.build(), inputs).items():
                before, shape = tuple(inputs["logits"].shape), tuple(logits.shape)
                assert shape == before, f"{stage} turns logits {before} into {shape}"
                assert logits.dtype == dtype, f"{stage} turns {dtype} into {logits.dtype}"

    def test_logits_are_never_nan(self) -> None:
        for stage, logits in self.run(self.build()).items():
            assert not logits.isnan().any(), f"{stage} gives NaN; to drop an item give it -inf"

    def test_candidates_get_what_they_get_among_all(self) -> None:
        self._compare(torch.randperm(V, generator=seeded(1))[:9])

    @since("2.1")
    def test_each_user_may_have_candidates_of_its_own(self) -> None:
        users = len(self.inputs()["logits"])
        candidates = torch.rand(users, V, generator=seeded(2)).argsort(1)[:, :9]
        candidates[1:, -2:] = -1  # users with fewer of them
        self._compare(candidates)

    def _compare(self, candidates: Tensor) -> None:
        """Whether candidates (C,) or (B, C), -1 for none, get what they get among all items."""
        postprocessor, inputs = self.build(), self.inputs()
        every = self.run(postprocessor, inputs)
        columns = candidates.expand(len(inputs["logits"]), -1)
        logits = inputs["logits"].gather(1, columns.clamp(min=0))
        logits = logits.masked_fill(columns < 0, -torch.inf)
        batch = {**inputs["batch"], "candidates_to_score": candidates}
        some = self.run(postprocessor, {"batch": batch, "logits": logits})
        what = f"candidates get other logits than among all, with {tuple(candidates.shape)} ids"
        for stage, whole in every.items():
            expected, changed = whole.gather(1, columns.clamp(min=0)), some[stage]
            assert changed.shape == expected.shape, f"{stage}: {what}"
            assert_same(changed.where(columns >= 0, 0), expected.where(columns >= 0, 0), what)

    def test_excluded_items_are_those_that_it_drops(self) -> None:
        postprocessor, inputs = self.build(), self.inputs()
        if not isinstance(postprocessor, ExcludesItems):
            return
        items = postprocessor.excluded_items(inputs["batch"])
        if items is None:
            return
        excluded = torch.zeros(*inputs["logits"].shape[:1], V + 1, dtype=torch.bool)
        excluded.scatter_(1, torch.where((items < 0) | (items >= V), V, items), True)
        expected = inputs["logits"].masked_fill(excluded[:, :V], -torch.inf)
        for stage, logits in self.run(postprocessor, inputs).items():
            assert_same(logits, expected, f"excluded_items() are others than {stage} drops")


def _stages(postprocessor: Any) -> dict[str, Callable[..., Tensor]]:
    return {
        "on_prediction": postprocessor.on_prediction,
        "on_validation": postprocessor.on_validation,
    }
