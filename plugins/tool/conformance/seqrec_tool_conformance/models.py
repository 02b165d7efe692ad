"""Conformance of whole models.

Letters in shapes: B users, L positions, D dim, C candidates, V items.
"""

import functools
import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from seqrec_core.contracts import ClosedForm, LastHiddenState, ModelProto, Scoring
from seqrec_core.spec import ModelSpec
from seqrec_tool_conformance.batches import V, padding_mask, seeded, training_labels
from seqrec_tool_conformance.compare import assert_close, differs, snapshot
from seqrec_tool_conformance.sequences import SequenceConformance
from seqrec_tool_conformance.subject import Subject

__all__ = ["ModelConformance"]


class ModelConformance(SequenceConformance):
    """Checks of features to a loss, in training, and to logits, in evaluation.

    The model gets what its `forward` has a parameter for: `feature_tensors` and every feature by
    its own name, `padding_mask`, and in training labels and five negatives. Its spec says by
    `is_causal` whether no hidden state depends on later events.
    """

    kind = "model"
    contract = ModelProto
    place = "model"

    @property
    def is_causal(self) -> bool:
        """What its spec says."""
        spec = self.subject.spec
        return not isinstance(spec, ModelSpec) or spec.is_causal()

    def inputs(self) -> dict[str, Any]:
        """What a model takes in evaluation."""
        real = padding_mask()
        return {"feature_tensors": self.events(real), "padding_mask": real}

    def arguments(self, inputs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Those of the inputs that `forward` has a parameter for."""
        parameters = _parameters(self.subject)
        known = {**inputs["feature_tensors"], **inputs}
        return (), {name: value for name, value in known.items() if name in parameters}

    def output(self, model: Any, inputs: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """What the model returns, in training of labels (B, L, 1)."""
        known = dict(inputs)
        if model.training:
            known |= training_labels(inputs["padding_mask"])
            known["negative_labels"] = torch.randperm(V, generator=seeded(3))[:5]
        _, named = self.arguments(known)
        output: dict[str, Any] = model(**named, **more)
        return output

    def states(self, model: Any, sequence: dict[str, Tensor], real: Tensor) -> Tensor:
        """The final hidden states, in either mode."""
        output = self.output(model, {"feature_tensors": sequence, "padding_mask": real})
        states: Tensor = output["hidden_states"][-1]
        return states

    def call(self, model: Any, inputs: dict[str, Any]) -> Any:
        """The loss in training, logits in evaluation."""
        return self.output(model, inputs)["loss" if model.training else "logits"]

    def test_evaluation_scores_every_item(self) -> None:
        shape, users = tuple(self.run(self.build()).shape), len(padding_mask())
        assert shape == (users, V), f"logits are {shape}, not (B, V), ({users}, {V})"

    def test_candidates_keep_the_scores_that_they_have_among_all(self) -> None:
        model = self.build()
        every, draw = self.run(model), seeded(4)
        shared = torch.randperm(V, generator=draw)[:7]
        separate = torch.stack([torch.randperm(V, generator=draw)[:7] for _ in every])
        for candidates in (shared, separate):
            scores = self.output(model, self.inputs(), candidates_to_score=candidates)["logits"]
            expected = every.gather(1, candidates.expand(len(every), -1))
            what = f"candidates of shape {tuple(candidates.shape)} have other scores than among all"
            assert_close(scores, expected, what)

    def test_what_hidden_states_are_asked_for_does_not_change_logits(self) -> None:
        model = self.build()
        if "output_hidden_states" not in inspect.signature(model.forward).parameters:
            return
        expected = self.output(model, self.inputs())
        for choice in ("none", "final", "all"):
            output = self.output(model, self.inputs(), output_hidden_states=choice)
            what = f"with output_hidden_states={choice!r} the logits are others"
            assert_close(output["logits"], expected["logits"], what)
            if choice != "none":
                what = f"the last hidden state of {choice!r} is not the final one"
                states = output["hidden_states"][-1]
                assert_close(states, expected["hidden_states"][-1], what)

    def test_its_last_hidden_state_scores_as_forward_does(self) -> None:
        model, inputs = self.build(), self.inputs()
        if not (isinstance(model, LastHiddenState) and isinstance(model, Scoring)):
            return
        last, scorer = model.last_hidden_state(**inputs), model.scorer()
        if last is None or scorer is None:
            return
        logits = self.run(model, inputs)
        what = (
            "scorer() of last_hidden_state() gives other scores than forward; where a class that "
        )
        what += "changes forward inherits them, let one of them return None"
        assert_close(scorer(last)[:, : logits.size(1)], logits, what)

    def test_more_padding_does_not_change_the_loss(self) -> None:
        model = self.build().train()
        losses = [
            self.output(model, {"feature_tensors": self.events(real), "padding_mask": real})["loss"]
            for real in (padding_mask(), padding_mask(padding=2))
        ]
        assert_close(losses[1], losses[0], "two more positions of padding change the loss")

    def test_default_transforms_turn_raw_batches_into_arguments(self) -> None:
        for split in ("train", "validate", "test", "predict"):
            model = self.build().train(split == "train")
            arguments = self._transformed(model, split)
            try:
                result = model(**arguments)["loss" if split == "train" else "logits"]
            except Exception as cause:
                raise AssertionError(
                    f"default transforms of {split} do not feed the model, they give "
                    f"{sorted(arguments)}: {cause}"
                ) from cause
            assert result.isfinite().all(), f"the result of a {split} batch is not finite"

    def _transformed(self, model: Any, split: str) -> dict[str, Any]:
        """The arguments that the default transforms make of a raw batch."""
        subject = self.subject
        assert subject.recipe.data is not None
        batch: dict[str, Any] = self.raw_batch()
        for transform in subject.build_spec(subject.recipe.data).transforms[split]:
            batch = transform(batch)
        parameters = inspect.signature(model.forward).parameters
        return {name: batch[name] for name in parameters if name in batch}

    def test_a_closed_form_is_fitted_to_the_batches(self) -> None:
        model = self.build()
        before = snapshot(model.state_dict())
        batches = [self._transformed(model.train(), "train")]
        if model.fit_closed_form(batches) if isinstance(model, ClosedForm) else None:
            assert differs(snapshot(model.state_dict()), before), (
                "fit_closed_form says that it has fitted the model, and has changed nothing of it"
            )


@functools.cache
def _parameters(subject: Subject) -> frozenset[str]:
    """Names of the parameters of a model's `forward`."""
    return frozenset(inspect.signature(subject.build().forward).parameters)
