"""Which weights decay: those of two dimensions or more that no pattern names."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from seqrec_core.errors import SeqrecError

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

__all__ = ["USUAL", "groups_by_dimension", "groups_by_name", "refuse_row_sparse"]

USUAL = ("*embed*", "*position*", "*norm*", "*bias*")
"""Tables of embeddings and positions, gains and biases.

Decay takes the same share of every row of a table at each step, gradients come to a row as often
as its item is seen: rare items would be pulled to zero, and out of the ranking.
"""

Groups = list[dict[str, Any]]


def groups_by_name(
    named_parameters: "Iterable[tuple[str, Tensor]]", decay: float, no_decay: Iterable[str]
) -> Groups:
    """Groups of parameters for an optimiser: those that decay first, each in the order they have.

    Scalars and vectors, which are gains and biases, never decay. Raises SeqrecError for a pattern
    that matches no name, unless it is one of the usual ones.
    """
    parameters = {id(parameter): (name, parameter) for name, parameter in named_parameters}
    pairs = list(parameters.values())
    patterns = tuple(no_decay)
    for pattern in patterns:
        if pattern not in USUAL and not any(fnmatchcase(name, pattern) for name, _ in pairs):
            names = ", ".join(name for name, _ in pairs) or "none"
            raise SeqrecError(
                f"trainer.optimizer.no_decay: {pattern!r} matches no weight of the model; * stands "
                f"for any characters, and the names are {names}"
            )
    kept = [any(fnmatchcase(name, pattern) for pattern in patterns) for name, _ in pairs]
    tensors = [parameter for _, parameter in pairs]
    return _groups(tensors, kept, decay)


def groups_by_dimension(
    parameters: "Iterable[Tensor]", decay: float, no_decay: Iterable[str]
) -> Groups:
    """As `groups_by_name`, where names are not known: all of two dimensions or more decay.

    Raises SeqrecError for patterns of one's own, which would do nothing.
    """
    if decay and (own := [pattern for pattern in no_decay if pattern not in USUAL]):
        raise SeqrecError(
            f"no_decay={own} goes by names, which `create` is not told; call `create_named` with "
            "those of the model"
        )
    tensors = list(parameters)
    return _groups(tensors, [False] * len(tensors), decay)


def _groups(parameters: "list[Tensor]", kept: list[bool], decay: float) -> Groups:
    """One group where nothing decays, or all does."""
    decays = [
        not keeps and parameter.dim() > 1 for parameter, keeps in zip(parameters, kept, strict=True)
    ]
    if not decay or not parameters:
        return [{"params": parameters, "weight_decay": decay}]
    groups = []
    for side, weight_decay in ((True, decay), (False, 0.0)):
        members = [p for p, each in zip(parameters, decays, strict=True) if each is side]
        if members:
            groups.append({"params": members, "weight_decay": weight_decay})
    return groups


def refuse_row_sparse(optimizer: "Optimizer") -> None:
    """Raises SeqrecError where a gradient is row-sparse."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            if parameter.grad is not None and parameter.grad.is_sparse:
                raise SeqrecError(
                    f"{type(optimizer).__name__} moves every weight at each step, but the gradient "
                    f"of a table {tuple(parameter.shape)} is row-sparse: set its embedder's sparse "
                    "to false, or take the optimizer adam"
                )
