"""Losses over a whole catalogue of items, without ever holding its logits.

A *row* is a position of the batch that has a target: its hidden state, and its logits, one for
each item. All logits, (M, C), would be gigabytes. So the rows go through the catalogue a *chunk*
at a time, as many as have logits that fit the cache. While a chunk is there, a *row rule*, which is
all that one loss has and another has not, turns its logits into losses and, in place, into
gradients; these are multiplied on into the gradients of hidden states and items at once. That is
three matrix products and one pass over the logits, in one reused buffer, and backward has nothing
left to do but to scale.

Letters in shapes: M rows, R rows of a chunk, C columns of the logits (the items, or some of them),
P positives of a row, D dim.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from seqrec_core.contracts import ScorerProto

__all__ = [
    "Chunk",
    "RowRule",
    "catalogue_loss",
    "chunks",
    "logit_losses",
    "matrix_loss",
    "refuse_second_derivatives",
    "row_losses",
    "softmax_",
    "weighted_sum",
]

CACHE_BYTES = 2 * 2**20
"""Bytes of logits in a chunk on a CPU: about what a core's caches take."""
DEVICE_BYTES = 256 * 2**20
"""Bytes of logits in a chunk elsewhere, where large matrix products are the fast ones."""
FEWEST_ROWS = 96
"""Rows in a chunk, however large the catalogue is: see `chunks`."""


class Chunk(NamedTuple):
    """Some rows on their way through the catalogue: what a row rule gets.

    `rows` says which R of the M rows, none if M is 0; `logits` (R, C) are their scores, and
    `positives` (R, P) the scores of positives that are no column of the logits. `weights`, (R,) or
    (R, P), multiply the losses, 1 if None. `gradient` asks the rule for gradients.
    """

    rows: slice
    logits: Tensor
    positives: Tensor | None = None
    weights: Tensor | None = None
    gradient: bool = False


class RowRule(Protocol):
    """What makes a loss: how whole rows of logits turn into losses and gradients.

    `seqrec_library_kernels.cross_entropy.CrossEntropyRows` is the one to read first.
    """

    def __call__(self, chunk: Chunk, /) -> Tensor:
        """Return the unweighted losses, (R,) or (R, P), of a chunk, which is the rule's to edit.

        Where `chunk.gradient` is set, `logits` and `positives` hold on return the gradient of
        the sum of the weighted losses.
        """


def catalogue_loss(
    rule: RowRule,
    hidden: Tensor,
    scorer: ScorerProto,
    *,
    weights: Tensor | None = None,
    summed: bool = True,
) -> Tensor:
    """Return a loss of hidden states (M, D) against every item: the weighted sum, a scalar.

    `weights`, (M,) or (M, P) as the rule's losses, take no gradient. `summed=False` returns the
    unweighted losses of the rows instead, for twice the work in backward; a head that is no dot
    product costs that in any case.
    """
    return matrix_loss(rule, hidden, scorer.item_weights(), scorer, weights=weights, summed=summed)


def matrix_loss(
    rule: RowRule,
    hidden: Tensor,
    weight: Tensor,
    scorer: ScorerProto,
    *,
    positives: Tensor | None = None,
    weights: Tensor | None = None,
    summed: bool = True,
) -> Tensor:
    """Return a loss as `catalogue_loss`, of items (C, D) that the caller has looked up already.

    `positives` (M, P) are logits of items that are none of the columns; the rule gets them beside.
    """
    if summed and scorer.is_dot_product:
        if not torch.is_grad_enabled():
            hidden, weight = hidden.detach(), weight.detach()
            positives = None if positives is None else positives.detach()
        total: Tensor = _SummedLoss.apply(rule, hidden, weight, positives, weights)  # type: ignore[no-untyped-call]
        return total

    def score(rows: slice, hidden: Tensor, weight: Tensor) -> Tensor:
        return scorer.head(hidden[rows], weight)

    losses = logit_losses(rule, score, hidden, weight, positives, columns=weight.size(0))
    return weighted_sum(losses, weights) if summed else losses


def logit_losses(
    rule: RowRule,
    score: Callable[[slice, Tensor, Tensor], Tensor],
    hidden: Tensor,
    weight: Tensor,
    positives: Tensor | None,
    columns: int,
) -> Tensor:
    """Return the losses of all rows, (M,) or (M, P), whatever function makes their logits.

    `score(rows, hidden, weight)` gives logits (R, columns); they are computed again in backward.
    """

    def one(rows: slice, hidden: Tensor, weight: Tensor, positives: Tensor | None) -> Tensor:
        positive_logits = None if positives is None else positives[rows]
        return row_losses(rule, rows, score(rows, hidden, weight), positive_logits)

    parts = [
        checkpoint(one, rows, hidden, weight, positives, use_reentrant=False)
        for rows in chunks(len(hidden), columns * hidden.element_size(), hidden.device)
    ]
    return torch.cat(parts)


def row_losses(rule: RowRule, rows: slice, logits: Tensor, positives: Tensor | None) -> Tensor:
    """Return the losses, (R,) or (R, P), of logits (R, C) that autograd knows."""
    losses: Tensor = _RowLosses.apply(rule, rows, logits, positives)  # type: ignore[no-untyped-call]
    return losses


def weighted_sum(losses: Tensor, weights: Tensor | None) -> Tensor:
    """Return the sum of losses times weights, of one shape; 1 for None."""
    return losses.sum() if weights is None else (losses * weights).sum()


def softmax_(logits: Tensor) -> Tensor:
    """Turn logits (R, C) into probabilities, in place; return their log-sum-exp (R,)."""
    top = logits.amax(-1)
    torch.softmax(logits, -1, out=logits)
    return top - logits.amax(-1).log()


def chunks(length: int, row_bytes: int, device: torch.device) -> Iterator[slice]:
    """Cut rows into slices whose logits fit the cache; no rows give one empty slice.

    Rows of a huge catalogue get a longer buffer: with few rows, reading and writing the item
    gradients costs more than a cache can save.
    """
    budget = CACHE_BYTES if device.type == "cpu" else DEVICE_BYTES
    size = max(budget // max(row_bytes, 1), FEWEST_ROWS)
    for start in range(0, max(length, 1), size):
        yield slice(start, min(start + size, length))


def refuse_second_derivatives() -> None:
    """Raise RuntimeError in a backward pass that is to be differentiated once more.

    Its gradients would count as constants, and a penalty on them would silently have none.
    """
    if torch.is_grad_enabled():
        raise RuntimeError(
            "this loss has first derivatives only, and create_graph=True asks for second ones; "
            "leave it out, or choose CE with backend 'torch', which has them"
        )


class _SummedLoss(torch.autograd.Function):
    """The weighted sum of all losses; forward computes the gradients, backward scales them."""

    @staticmethod
    def forward(
        ctx: Any,
        rule: RowRule,
        hidden: Tensor,
        weight: Tensor,
        positives: Tensor | None,
        weights: Tensor | None,
    ) -> Tensor:
        product_dtype, sum_dtype = _dtypes(hidden, weight)
        states, items = hidden.to(product_dtype), weight.to(product_dtype)
        needs = ctx.needs_input_grad[1:4]
        grad_states = torch.empty_like(states) if needs[0] else None
        grad_items = torch.zeros_like(items, dtype=sum_dtype) if needs[1] else None
        # The rule turns these logits into their gradient, chunk by chunk.
        positive_logits = None if positives is None else positives.to(sum_dtype, copy=True)
        total = states.new_zeros((), dtype=sum_dtype)
        buffer = states.new_empty(0)
        with torch.autocast(hidden.device.type, enabled=False):
            for rows in chunks(len(states), len(items) * states.element_size(), states.device):
                buffer = buffer.resize_(rows.stop - rows.start, len(items))
                logits = torch.mm(states[rows], items.T, out=buffer).to(sum_dtype)
                apart = None if positive_logits is None else positive_logits[rows]
                factors = None if weights is None else weights[rows].to(sum_dtype)
                losses = rule(Chunk(rows, logits, apart, factors, any(needs)))
                total += weighted_sum(losses, factors)
                slopes = logits.to(product_dtype)  # the rule has put the gradient there
                if grad_states is not None:
                    torch.mm(slopes, items, out=grad_states[rows])
                if grad_items is not None:
                    _add_product(grad_items, slopes.T, states[rows])
        grad_positives = positive_logits if needs[2] else None
        ctx.save_for_backward(grad_states, grad_items, grad_positives)
        ctx.dtypes = [None if x is None else x.dtype for x in (hidden, weight, positives)]
        return total

    @staticmethod
    def backward(ctx: Any, scale: Tensor) -> tuple[Tensor | None, ...]:
        refuse_second_derivatives()
        gradients = (
            None if gradient is None else (gradient * scale).to(dtype)
            for gradient, dtype in zip(ctx.saved_tensors, ctx.dtypes, strict=True)
        )
        return None, *gradients, None


class _RowLosses(torch.autograd.Function):
    """Losses (R,) or (R, P) of logits that autograd knows; the rule gives their gradients."""

    @staticmethod
    def forward(
        ctx: Any, rule: RowRule, rows: slice, logits: Tensor, positives: Tensor | None
    ) -> Tensor:
        ctx.save_for_backward(logits, positives)
        ctx.rule, ctx.rows = rule, rows
        return rule(Chunk(rows, *_copies(logits, positives)))

    @staticmethod
    def backward(ctx: Any, weights: Tensor) -> tuple[Tensor | None, ...]:
        refuse_second_derivatives()
        logits, positives = _copies(*ctx.saved_tensors)
        ctx.rule(Chunk(ctx.rows, logits, positives, weights, gradient=True))
        return None, None, logits, positives


def _copies(logits: Tensor, positives: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """Return copies in at least single precision, for a rule to edit."""
    dtype = torch.promote_types(logits.dtype, torch.float32)
    copy = logits.to(dtype, copy=True)
    return copy, None if positives is None else positives.to(dtype, copy=True)


def _dtypes(hidden: Tensor, weight: Tensor) -> tuple[torch.dtype, torch.dtype]:
    """Return the dtype of the matrix products and that of everything summed up from them."""
    device = hidden.device.type
    if torch.is_autocast_enabled(device):
        products = torch.get_autocast_dtype(device)
    else:
        products = torch.promote_types(hidden.dtype, weight.dtype)
    return products, torch.promote_types(products, torch.float32)


def _add_product(total: Tensor, left: Tensor, right: Tensor) -> None:
    """Add a matrix product to a total of the same or of a longer dtype."""
    if total.dtype == left.dtype:
        total.addmm_(left, right)
    else:
        total += left @ right
