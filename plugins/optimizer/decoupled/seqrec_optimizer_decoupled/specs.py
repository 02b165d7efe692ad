"""Optimisers that shrink weights beside their update, all but those that are named."""

from collections.abc import Iterable

from seqrec_core.spec import OptimizerSpec, param, spec
from seqrec_optimizer_decoupled.decay_groups import USUAL

_NAMES = "names of weights that keep their size: patterns such as *embed*; vectors do in any case"


@spec
class AdamWSpec(OptimizerSpec):
    """Adam with weight decay beside the update, fused into one kernel; no row-sparse gradients."""

    target = "seqrec_optimizer_decoupled.adamw:AdamWFactory"
    source = "https://arxiv.org/abs/1711.05101"

    lr: float = param(0.001, gt=0, help="learning rate")
    betas: tuple[float, float] = param((0.9, 0.98), help="decay of the two moments, below 1")
    eps: float = param(1e-8, ge=0, help="added to the denominator")
    weight_decay: float = param(0.01, ge=0, help="share of a weight, times lr, lost at each step")
    no_decay: tuple[str, ...] = param(USUAL, help=_NAMES)
    fused: bool = param(True, help="one kernel for the update; false to clip under 16-mixed")

    def check(self) -> Iterable[tuple[str, str]]:
        """Each of the betas is in [0, 1)."""
        return _beta_faults(self.betas)

    def is_fused(self) -> bool:
        """Whether the update is one kernel."""
        return self.fused


@spec
class LionSpec(OptimizerSpec):
    """The sign of a momentum, with weight decay; half of Adam's memory; no row-sparse gradients."""

    target = "seqrec_optimizer_decoupled.lion:LionFactory"
    source = "https://arxiv.org/abs/2302.06675"

    lr: float = param(1e-4, gt=0, help="learning rate: 3 to 10 times lower than Adam's")
    betas: tuple[float, float] = param((0.9, 0.99), help="of the update and the momentum, below 1")
    weight_decay: float = param(
        0.1,
        ge=0,
        help="share of a weight, times lr, lost at each step: higher than AdamW's",
    )
    no_decay: tuple[str, ...] = param(USUAL, help=_NAMES)

    def check(self) -> Iterable[tuple[str, str]]:
        """Each of the betas is in [0, 1)."""
        return _beta_faults(self.betas)


def _beta_faults(betas: tuple[float, float]) -> Iterable[tuple[str, str]]:
    for beta in betas:
        if not 0 <= beta < 1:
            yield "betas", f"{beta} is not at least 0 and below 1"
