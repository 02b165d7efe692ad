"""Item ids to score in place of all, and what their columns of logits hold.

Candidates (C,) are the same for everybody. Candidates (B, C) are each user's own; users may have
different numbers of them, and negative ids are padding, which has the logit -inf whatever a model
says.

Letters in shapes: B users, C candidates, V items.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

__all__ = ["check_candidates", "logits_of_candidates", "padded_candidates", "without_padding"]

_PADDING = -1


def check_candidates(candidates: Tensor, *, each: bool = False) -> None:
    """Raises ValueError for candidates that are not of shape (C,), or not distinct.

    With `each` they may be (B, C), each user's own: distinct for a user, besides the padding.
    """
    is_own = each and candidates.ndim == 2
    if candidates.ndim != 1 and not is_own:
        raise ValueError(
            f"candidates_to_score has shape {tuple(candidates.shape)}; give item ids of shape "
            f"(C,){', or (B, C) for each user' if each else ''}"
        )
    ordered = candidates.sort(-1).values
    repeated = (ordered[..., 1:] == ordered[..., :-1]) & ((ordered[..., 1:] >= 0) | (not is_own))
    if (duplicates := int(repeated.sum())) > 0:
        raise ValueError(
            f"candidates_to_score repeats {duplicates} of its {candidates.numel()} ids; name each "
            f"item once{' a user' if is_own else ', for example with torch.unique'}"
        )


def without_padding(candidates: Tensor) -> Tensor:
    """Candidates that a model can score: item 0 stands where (B, C) have padding."""
    return candidates if candidates.ndim == 1 else candidates.clamp(min=0)


def logits_of_candidates(logits: Tensor, candidates: Tensor, *, of_all: bool) -> Tensor:
    """Logits (B, C) with -inf at padding, of what a model gave: (B, C), or (B, V) `of_all` items.

    Raises ValueError where a model did not give each user's own.
    """
    if candidates.ndim == 1:
        return logits[:, candidates] if of_all else logits
    users = (len(logits),) if of_all else tuple(logits.shape)
    if users != tuple(candidates.shape[: len(users)]):
        raise ValueError(
            f"logits have shape {tuple(logits.shape)} for candidates_to_score of shape "
            f"{tuple(candidates.shape)}; a row for each user is needed, and a forward that takes "
            "candidates scores (C,) for all users, and (B, C), each user's own"
        )
    if of_all:
        logits = logits.gather(1, candidates.clamp(min=0))
    return logits.masked_fill(candidates < 0, -torch.inf)


def padded_candidates(rows: Sequence[Sequence[int]]) -> Tensor:
    """Candidates (B, C) of lists, which may differ in length; -1 is padding, on the right."""
    padded = torch.full((len(rows), max(map(len, rows), default=0)), _PADDING)
    for place, row in enumerate(rows):
        padded[place, : len(row)] = torch.as_tensor(row)
    return padded
