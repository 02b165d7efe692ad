"""Conformance of callbacks: of Lightning's, in small real runs, and of those of other trainers."""

import io
from typing import Any, Protocol, runtime_checkable

import torch

from seqrec_core.spec import CallbackSpec, Spec
from seqrec_tool_conformance.compare import assert_same, assert_unchanged
from seqrec_tool_conformance.general import GeneralConformance
from seqrec_tool_conformance.neutral_metrics import MetricConformance
from seqrec_tool_conformance.suite import Conformance

__all__ = ["CallbackConformance", "OtherCallbackConformance"]


@runtime_checkable
class GivesResult(Protocol):
    """What a run of predictions leaves behind."""

    def get_result(self) -> Any:
        """The result of the last run."""


class CallbackConformance(GeneralConformance):
    """Checks of what watches training and inference by Lightning: those whose `api` says so."""

    kind = "callback"
    place = "trainer.callbacks[0]"

    @classmethod
    def suite_of(cls, spec: type[Spec]) -> type[Conformance]:
        """By the `api` of the spec: Lightning's, that of any trainer, or of others."""
        if not issubclass(spec, CallbackSpec) or spec.api == "lightning":
            return cls
        return OtherCallbackConformance if spec.api else MetricConformance

    def inputs(self) -> dict[str, Any]:
        """Batches of two dataloaders."""
        batches = [self.worked_batch(seed) for seed in range(3)]
        return {"loaders": [batches[:2], batches[2:]]}

    def call(self, callback: Any, inputs: dict[str, Any]) -> Any:
        """Its state after a run of every stage; Lightning is imported here, not before."""
        from seqrec_tool_conformance.runs import STAGES, run

        for stage in STAGES:
            run(stage, callback, inputs["loaders"])
        return callback.state_dict()

    def test_it_is_a_lightning_callback(self) -> None:
        from lightning.pytorch import Callback

        callback = self.build()
        assert isinstance(callback, Callback), f"{type(callback).__name__} is no Lightning Callback"

    def test_one_dataloader_is_as_good_as_several(self) -> None:
        self.run(self.build(), {"loaders": self.inputs()["loaders"][:1]})

    def test_outputs_stay_as_they_are(self) -> None:
        from seqrec_tool_conformance.runs import STAGES, run

        for stage in STAGES:
            for output, before in run(stage, self.build(), self.inputs()["loaders"]).outputs:
                what = f"in {stage} it edits outputs, which other callbacks get too"
                assert_unchanged(output, before, what)

    def test_its_state_goes_through_a_checkpoint(self) -> None:
        callback, other, file = self.build(), self.build(), io.BytesIO()
        state = self.run(callback)
        torch.save(state, file)
        file.seek(0)
        other.load_state_dict(torch.load(file, weights_only=True))
        assert_same(other.state_dict(), state, "its state is not what a checkpoint gave it")

    def test_a_second_run_forgets_the_first(self) -> None:
        from seqrec_tool_conformance.runs import run

        callback, loaders = self.build(), self.inputs()["loaders"]
        if isinstance(callback, GivesResult):
            results = []
            for _ in range(2):
                run("predict", callback, loaders)
                results.append(callback.get_result())
            assert repr(results[0]) == repr(results[1]), "two equal runs give different results"


class OtherCallbackConformance(GeneralConformance):
    """The general checks, for callbacks of trainers other than Lightning's.

    Override `recipe` for a spec with such a trainer.
    """

    kind = "callback"

    def inputs(self) -> dict[str, Any]:
        """None."""
        return {}

    def call(self, component: Any, inputs: dict[str, Any]) -> Any:
        """Nothing: what it is told is between it and its trainer."""
        return None
