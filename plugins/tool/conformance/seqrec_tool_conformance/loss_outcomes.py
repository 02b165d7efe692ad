"""What a loss makes of labels, and its gradients: what checks of losses compare.

Letters in shapes: B users, L positions, D dim, N negatives, P positives, V items.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from seqrec_core.contracts import Labels, LossProto, ScorerProto
from seqrec_core.spec import LossSpec
from seqrec_tool_conformance.batches import DIM, V, padding_mask, seeded, training_labels
from seqrec_tool_conformance.compare import assert_close
from seqrec_tool_conformance.encoders import embeddings
from seqrec_tool_conformance.modules import ModuleConformance
from seqrec_tool_conformance.scorers import DotHead, PlainScorer

__all__ = ["LossOutcomes", "Outcome", "assert_alike"]


class Outcome(NamedTuple):
    """A loss, and its gradients for hidden states (B, L, D) and for the table (V + 1, D)."""

    loss: Tensor
    hidden: Tensor
    items: Tensor


class LossOutcomes(ModuleConformance):
    """Calls a loss with hidden states, labels and a scorer for the items.

    `Labels` hold positives, mask, five negatives, the logarithms of how often these are drawn, and
    the features of the batch.
    """

    kind = "loss"
    contract = LossProto
    place = "model.loss"
    dtypes = (torch.float64,)  # a loss of bfloat16 states may be summed in float32

    def inputs(self) -> dict[str, Any]:
        """Hidden states, what labels hold, and the item table (V + 1, D) of the scorer."""
        return self.batch(padding_mask())

    def batch(self, real: Tensor, seed: int = 0, items: int = V) -> dict[str, Any]:
        """Inputs for a padding mask (B, L); events count from the end, as everywhere."""
        draw = seeded(3)
        return {
            "hidden_states": embeddings(real, seed),
            **training_labels(real, seed + 1),
            "feature_tensors": self.events(real, seed),
            "negative_labels": torch.randperm(items, generator=draw)[:5],
            "item_table": torch.randn(items + 1, DIM, generator=draw),
        }

    def call(self, module: Any, inputs: dict[str, Any]) -> Any:
        """The loss, by a scorer of dot products."""
        table = inputs["item_table"]
        return self.loss(module, inputs, PlainScorer(table, len(table) - 1))

    def loss(self, module: Any, inputs: Mapping[str, Any], scorer: ScorerProto) -> Tensor:
        """What a model would get, of all the labels that there are."""
        positives, negatives = inputs["positive_labels"], inputs.get("negative_labels")
        labels = Labels(
            positives,
            inputs["target_padding_mask"],
            negatives=negatives,
            features=inputs["feature_tensors"],
        )
        if negatives is not None and inputs.get("logq", True):
            logq = -0.5 - 0.1 * torch.arange(negatives.size(-1))
            labels = labels._replace(
                negative_logq=logq.expand(negatives.shape),
                positive_logq=torch.full(positives.shape, -0.7),
            )
        loss: Tensor = module(inputs["hidden_states"], labels, scorer=scorer)
        return loss

    @property
    def needs_negatives(self) -> bool:
        """What its spec says."""
        cls = self.subject.cls
        return issubclass(cls, LossSpec) and cls.needs_negatives

    def outcome(
        self, inputs: Mapping[str, Any], head: DotHead | None = None, padding_value: int = V
    ) -> Outcome:
        """Loss and gradients, of a fresh object with the random numbers of a seed."""
        hidden = inputs["hidden_states"].clone().requires_grad_()
        table = inputs["item_table"].clone().requires_grad_()
        scorer = PlainScorer(table, padding_value, head)
        module = self.build().train().to(hidden.dtype)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            loss = self.loss(module, {**inputs, "hidden_states": hidden}, scorer)
            loss.backward()
        gradients = (torch.zeros_like(x) if x.grad is None else x.grad for x in (hidden, table))
        return Outcome(loss.detach(), *gradients)

    def answer(self, inputs: dict[str, Any], absent: str) -> Any:
        """What it makes of inputs that lack something; None where it raises ValueError."""
        try:
            return self.run(self.build(), inputs)
        except ValueError:
            return None
        except Exception as cause:
            raise AssertionError(
                f"without {absent} it raises {type(cause).__name__}; say by a ValueError what is "
                "missing"
            ) from cause


def assert_alike(actual: Outcome, expected: Outcome, what: str) -> None:
    """Raises AssertionError where the losses or gradients differ; `what` begins the message."""
    names = ("the loss", "the gradient of hidden states", "the gradient of items")
    for name, one, other in zip(names, actual, expected, strict=True):
        assert_close(one, other, f"{what} {name}")
