"""How often an item is drawn as a negative: an ability of samplers, and what losses make of it.

A loss over few negatives stands for one over all items. Items that are drawn more often than
others count too much in it, unless their logits are lowered by the logarithm of how often that is
(Bengio and Senecal 2008; Yi et al., "Sampling-Bias-Corrected Neural Modeling", RecSys 2019). With
negatives n of which each item d is expected Q(d) times, the sum of exp(f(n)) / Q(n) is expected to
be the sum of exp(f(d)) over all items that are no positives: that of the whole softmax.

The positive is always there and was not drawn, so its logit stays (Khrylchenko et al., "Correcting
the LogQ Correction", RecSys 2025, arXiv:2507.09331). Their weight 1 - P(p) of a loss over negatives
alone needs no further factor: the gradient of -f(p) + log(exp(f(p)) + S), S that sum, is
1 - P(p) = S / (exp(f(p)) + S) times that of -f(p) + log(S).
"""

from typing import Literal, NamedTuple, Protocol, get_args, runtime_checkable

from torch import Tensor

from seqrec_core.contracts import Batch, Labels

__all__ = ["DrawLogs", "KnowsFrequency", "LogQ", "draw_logs", "log_frequency_of"]

LogQ = Literal["none", "negatives", "both"]
"""Whose logits a loss lowers: nobody's, those of negatives, or those of positives too."""

_RAREST = -87.0  # about the logarithm of the smallest single


@runtime_checkable
class KnowsFrequency(Protocol):
    """A sampler that tells how often it draws an item."""

    def log_frequency(self, items: Tensor, batch: Batch) -> Tensor | None:
        """Logarithms, shaped as `items`, of how often each is expected in one draw for a batch.

        That is the expected number of times that the item stands among the negatives that one
        position is compared with: N / V for N distinct ones of V items alike. Ids that are no
        items get 0, items that are never drawn -inf; None where it is not known.
        """


class DrawLogs(NamedTuple):
    """What logits are lowered by: shaped as the negatives, and (B, L, P); None lowers nothing."""

    negatives: Tensor | None = None
    positives: Tensor | None = None


def draw_logs(loss: object, labels: Labels, logq: LogQ) -> DrawLogs:
    """What a loss that corrects as `logq` says lowers the logits by.

    A positive that is never drawn counts as one that nearly never is, so that its loss is 0 and
    finite. Raises ValueError for an unknown `logq`, and for labels without what it asks for.
    """
    if logq not in get_args(LogQ):
        raise ValueError(f"logq is {logq!r}; choose 'none', 'negatives' or 'both'")
    if logq == "none":
        return DrawLogs()
    name = f"{type(loss).__name__} with logq {logq!r}"
    negatives = _checked(name, "negative_logq", labels.negative_logq, labels.negatives)
    if logq == "negatives":
        return DrawLogs(negatives)
    positives = _checked(name, "positive_logq", labels.positive_logq, labels.positives)
    return DrawLogs(negatives, positives.clamp(min=_RAREST))


def _checked(loss: str, name: str, values: Tensor | None, items: Tensor | None) -> Tensor:
    """These values, if they are there and one an item; else ValueError."""
    if values is None:
        raise ValueError(
            f"{loss} needs {name}; give the transform negatives logq = true and model.negatives "
            "that know it, such as popularity, or set logq to 'none'"
        )
    if items is not None and values.shape != items.shape:
        raise ValueError(
            f"{name} has shape {tuple(values.shape)}, and its items {tuple(items.shape)}; give "
            "one number an item"
        )
    return values


def log_frequency_of(table: Tensor, items: Tensor, offset: float = 0.0) -> Tensor:
    """What a table (V,) beside `items` says of each, plus an offset; 0 for what is no item."""
    is_item = (items >= 0) & (items < len(table))
    return (table[items.where(is_item, 0)] + offset).where(is_item, 0.0)
