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
from seqrec_tool_conformance.general import GeneralConformance
from seqrec_tool_conformance.journey_recipes import placed, sasrec_recipe

__all__ = ["PostprocessorConformance"]


class PostprocessorConformance(GeneralConformance):
    """Checks of logits (B, V) to new logits, before they are ranked."""

    kind = "postprocessor"
    contract = PostprocessorProto

    def recipe(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Filters what a trainer measures, and what is recommended."""
        metrics = {"type": "seqrec-callback-metrics:metrics", "postprocessors": [raw]}
        return placed(sasrec_recipe(), "trainer.metrics", metrics)

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
        postprocessor, inputs = self.build(), self.inputs()
        every = self.run(postprocessor, inputs)
        candidates = torch.randperm(V, generator=seeded(1))[:9]
        batch = {**inputs["batch"], "candidates_to_score": candidates}
        some = self.run(postprocessor, {"batch": batch, "logits": inputs["logits"][:, candidates]})
        expected = {stage: logits[:, candidates] for stage, logits in every.items()}
        assert_same(some, expected, "candidates get other logits than among all items")

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
