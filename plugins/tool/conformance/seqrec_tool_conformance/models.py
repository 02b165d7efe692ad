"""Conformance of whole models.

Letters in shapes: B users, L positions, D dim, C candidates, V items.
"""

import inspect
from typing import Any

import torch
from torch import Tensor

from seqrec_tool_conformance.batches import (
    V,
    features,
    padding_mask,
    raw_batch,
    seeded,
    training_labels,
)
from seqrec_tool_conformance.compare import assert_close
from seqrec_tool_conformance.sequences import SequenceConformance

__all__ = ["ModelConformance"]


class ModelConformance(SequenceConformance):
    """Checks of features to a loss, in training, and to logits, in evaluation."""

    kind = "model"

    def inputs(self) -> dict[str, Any]:
        """What a model takes in evaluation."""
        real = padding_mask()
        return {"feature_tensors": features(real), "padding_mask": real}

    def events(self, real: Tensor, seed: int = 0) -> dict[str, Tensor]:
        """Features."""
        return features(real, seed)

    def output(self, model: Any, events: dict[str, Tensor], real: Tensor) -> dict[str, Any]:
        """What the model returns, in training of labels (B, L, 1)."""
        arguments = {"feature_tensors": events, "padding_mask": real}
        if model.training:
            arguments |= training_labels(real)
            if getattr(getattr(model, "loss", None), "needs_negatives", False):
                arguments["negative_labels"] = torch.randperm(V, generator=seeded(3))[:5]
        output: dict[str, Any] = model(**arguments)
        return output

    def states(self, model: Any, events: dict[str, Tensor], real: Tensor) -> Tensor:
        """The final hidden states, in either mode."""
        states: Tensor = self.output(model, events, real)["hidden_states"][-1]
        return states

    def call(self, model: Any, inputs: dict[str, Any]) -> Any:
        """The loss in training, logits in evaluation."""
        output = self.output(model, inputs["feature_tensors"], inputs["padding_mask"])
        return output["loss" if model.training else "logits"]

    def test_evaluation_scores_every_item(self) -> None:
        shape, users = tuple(self.run(self.build()).shape), len(padding_mask())
        assert shape == (users, V), f"logits are {shape}, not (B, V), ({users}, {V})"

    def test_candidates_keep_the_scores_that_they_have_among_all(self) -> None:
        model = self.build()
        every, draw = self.run(model), seeded(4)
        shared = torch.randperm(V, generator=draw)[:7]
        separate = torch.stack([torch.randperm(V, generator=draw)[:7] for _ in every])
        for candidates in (shared, separate):
            scores = model(**self.inputs(), candidates_to_score=candidates)["logits"]
            expected = every.gather(1, candidates.expand(len(every), -1))
            what = f"candidates of shape {tuple(candidates.shape)} have other scores than among all"
            assert_close(scores, expected, what)

    def test_what_hidden_states_are_returned_does_not_change_logits(self) -> None:
        model = self.build()
        expected = model(**self.inputs())
        for choice in ("none", "all"):
            model.output_hidden_states = choice
            output = model(**self.inputs())
            what = f"with output_hidden_states = {choice!r} the logits are others"
            assert_close(output["logits"], expected["logits"], what)
            if choice == "all":
                final, states = expected["hidden_states"][-1], output["hidden_states"]
                assert_close(
                    states[-1], final, "the last of all hidden states is not the final one"
                )

    def test_more_padding_does_not_change_the_loss(self) -> None:
        model = self.build().train()
        losses = [
            self.output(model, features(real), real)["loss"]
            for real in (padding_mask(), padding_mask(padding=2))
        ]
        assert_close(losses[1], losses[0], "two more positions of padding change the loss")

    def test_default_transforms_turn_raw_batches_into_arguments(self) -> None:
        subject = self.subject
        assert subject.recipe.data is not None
        transforms = subject.build_spec(subject.recipe.data).transforms
        parameters = inspect.signature(self.build().forward).parameters
        for split in ("train", "validate", "test", "predict"):
            batch: dict[str, Any] = raw_batch()
            for transform in transforms[split]:
                batch = transform(batch)
            model = self.build().train(split == "train")
            arguments = {name: batch[name] for name in parameters if name in batch}
            try:
                result = model(**arguments)["loss" if split == "train" else "logits"]
            except Exception as cause:
                raise AssertionError(
                    f"default transforms of {split} do not feed the model, they give "
                    f"{sorted(arguments)}: {cause}"
                ) from cause
            assert result.isfinite().all(), f"the result of a {split} batch is not finite"
