"""Conformance of transforms."""

from typing import Any

import torch

from seqrec_tool_conformance.batches import worked_batch
from seqrec_tool_conformance.compare import assert_same
from seqrec_tool_conformance.general import GeneralConformance

__all__ = ["TransformConformance"]


class TransformConformance(GeneralConformance):
    """Checks of a batch to a new batch, the old one untouched."""

    kind = "transform"

    def inputs(self) -> dict[str, Any]:
        """The columns of a raw batch, labels and masks, and one that nobody asks for."""
        return {"batch": {**worked_batch(), "not_asked_for": torch.tensor([0.5])}}

    def arguments(self, inputs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The batch, by position."""
        return (inputs["batch"],), {}

    def test_the_result_is_a_new_dict(self) -> None:
        batch = self.inputs()["batch"]
        result = self.build()(batch)
        assert isinstance(result, dict), f"it returns {type(result).__name__}, not a dict"
        assert result is not batch, "it returns the dict that it was given; return a new one"

    def test_what_is_not_asked_for_stays(self) -> None:
        batch, name = self.inputs()["batch"], "not_asked_for"
        result = self.build()(batch)
        assert name in result, f"column {name!r}, which it was not asked about, is gone"
        assert result[name] is batch[name], f"column {name!r} is another object now"

    def test_randomness_follows_from_the_seed_of_the_recipe(self) -> None:
        one, other = (self.run(self.build(), seed=seed) for seed in (1, 2))
        assert_same(
            one,
            other,
            "it draws from torch's global random state; take a generator, by runtime = "
            '("generator",), so that a recipe\'s seed reproduces its batches',
        )

    def test_every_batch_gets_the_same_columns(self) -> None:
        transform = self.build()
        first, second = list(self.run(transform)), list(self.run(transform))
        assert first == second, f"the first batch gets {first}, the second {second}"
