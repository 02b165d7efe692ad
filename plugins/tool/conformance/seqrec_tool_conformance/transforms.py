"""Conformance of transforms."""

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from seqrec_library_next_item.pipelines import next_token_transforms

from seqrec_core.contracts import ShortensSequences, TransformProto
from seqrec_core.data_folder import SPLITS
from seqrec_core.spec import TransformSpec
from seqrec_tool_conformance.batch_columns import column_names, without_column
from seqrec_tool_conformance.compare import differs
from seqrec_tool_conformance.drawing import DrawingConformance
from seqrec_tool_conformance.editions import since
from seqrec_tool_conformance.journey_recipes import sasrec_recipe

__all__ = ["TransformConformance"]


class TransformConformance(DrawingConformance):
    """Checks of a batch to a new batch, the old one untouched: any callable.

    It gets a batch with raw columns, labels and masks. In the journey it stands behind the default
    transforms of SasRec, but before they group the features, in each of `splits`; labels are there
    in "train" only. What is one of the default transforms stands where it does there.
    """

    kind = "transform"
    contract = TransformProto
    splits: ClassVar[tuple[str, ...]] = SPLITS

    def recipe(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """SasRec with the transform among its own."""
        recipe, pipelines = sasrec_recipe(), next_token_transforms(self.subject.schema)
        if raw["type"] not in {own["type"] for steps in pipelines.values() for own in steps}:
            for split in self.splits:
                *steps, group = pipelines[split]
                pipelines[split] = [*steps, dict(raw), group]
        recipe["data"]["transforms"] = pipelines
        if "negatives" in self.subject.cls.runtime:
            recipe["model"]["loss"] = {"type": "seqrec-loss-ce:ce_sampled"}
        return recipe

    def inputs(self) -> dict[str, Any]:
        """The columns of a raw batch, labels and masks, and one that nobody asks for."""
        return {"batch": {**self.worked_batch(), "not_asked_for": torch.tensor([0.5])}}

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

    def test_every_batch_gets_the_same_columns(self) -> None:
        transform = self.build()
        first, second = list(self.run(transform)), list(self.run(transform))
        assert first == second, f"the first batch gets {first}, the second {second}"

    def test_its_spec_counts_the_events_that_it_takes(self) -> None:
        transform, spec = self.build(), self.subject.spec
        taken = transform.events_taken() if isinstance(transform, ShortensSequences) else 0
        assert isinstance(spec, TransformSpec)
        assert spec.events_taken() == taken, (
            f"events_taken() of the spec is {spec.events_taken()}, that of the transform {taken}; "
            "data modules ask the one, plans the other"
        )

    @since("2.1")
    def test_its_spec_says_which_columns_it_makes(self) -> None:
        spec, batch = self.subject.spec, self.inputs()["batch"]
        assert isinstance(spec, TransformSpec)
        declared = spec.columns_after(column_names(batch))
        if declared is None:
            return
        columns = column_names(self.run(self.build(), {"batch": batch}))
        assert declared == columns, (
            "columns_after(columns) of the spec is not what it makes of the batch: "
            f"{sorted(declared - columns)} are not there, {sorted(columns - declared)} are not "
            "said; return None where it cannot be known"
        )

    @since("2.1")
    def test_its_spec_says_which_columns_it_needs(self) -> None:
        needs = [name for name in self.subject.spec.needs("train").columns if "*" not in name]
        whole = self._answer("") or {}
        for name in needs:
            assert differs(self._answer(name), without_column(whole, name)), (
                f"needs(split) of the spec names the column {name!r}, and without it all is the "
                "same; take it out"
            )
        for name in column_names(self.inputs()["batch"]) if needs else ():
            is_declared = name in needs or name.partition(".")[0] in needs
            assert is_declared or self._answer(name) is not None, (
                f"without the column {name!r} it fails, and needs(split) of the spec does not "
                "name it; add it, so that `seqrec validate` can tell"
            )

    def _answer(self, absent: str) -> dict[str, Any] | None:
        """What it makes of the batch without a column; None where it fails."""
        batch = without_column(self.inputs()["batch"], absent)
        try:
            answer: dict[str, Any] = self.run(self.build(), {"batch": batch})
        except Exception:
            return None
        return answer
