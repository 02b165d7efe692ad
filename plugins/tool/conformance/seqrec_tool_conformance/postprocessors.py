"""Conformance of postprocessors.

Letters in shapes: B users, C candidates, V items.
"""

from typing import Any

import torch

from seqrec_tool_conformance.batches import V, seeded, worked_batch
from seqrec_tool_conformance.compare import assert_same
from seqrec_tool_conformance.general import GeneralConformance

__all__ = ["PostprocessorConformance"]

STAGES = ("on_prediction", "on_validation")


class PostprocessorConformance(GeneralConformance):
    """Checks of logits (B, V) to new logits, before they are ranked."""

    kind = "postprocessor"

    def inputs(self) -> dict[str, Any]:
        """A batch and logits of every item."""
        batch = worked_batch()
        return {
            "batch": batch,
            "logits": torch.randn(len(batch["query_id"]), V, generator=seeded()),
        }

    def call(self, postprocessor: Any, inputs: dict[str, Any]) -> Any:
        """The logits of both stages."""
        return {stage: getattr(postprocessor, stage)(**inputs) for stage in STAGES}

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
        expected = {stage: every[stage][:, candidates] for stage in STAGES}
        assert_same(some, expected, "candidates get other logits than among all items")
