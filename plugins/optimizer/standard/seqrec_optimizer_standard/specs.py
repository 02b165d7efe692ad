"""How parameters are updated by their gradients: Adam, or plain gradient descent."""

from collections.abc import Iterable
from typing import Literal

from seqrec_core.spec import OptimizerSpec, param, spec


@spec
class AdamSpec(OptimizerSpec):
    """Adam, fused into one kernel, with row-sparse gradients taken row by row."""

    target = "seqrec_optimizer_standard.adam:AdamFactory"
    source = "https://arxiv.org/abs/1412.6980"

    lr: float = param(0.001, gt=0, help="learning rate")
    betas: tuple[float, float] = param((0.9, 0.98), help="decay of the two moments, below 1")
    eps: float = param(1e-8, ge=0, help="added to the denominator")
    weight_decay: float = param(0.0, ge=0, help="L2 penalty; 0 where gradients are row-sparse")
    fused: bool = param(True, help="one kernel for the update; false to clip under 16-mixed")
    sparse: Literal["lazy", "exact"] = param(
        "lazy", help="row-sparse gradients: untouched rows stand still, or catch up when touched"
    )

    def check(self) -> Iterable[tuple[str, str]]:
        """Each of the betas is in [0, 1)."""
        for beta in self.betas:
            if not 0 <= beta < 1:
                yield "betas", f"{beta} is not at least 0 and below 1"

    def is_fused(self) -> bool:
        """Whether the update is one kernel."""
        return self.fused


@spec
class SGDSpec(OptimizerSpec):
    """Stochastic gradient descent, with momentum where asked for."""

    target = "seqrec_optimizer_standard.sgd:SGDFactory"

    lr: float = param(0.01, gt=0, help="learning rate")
    momentum: float = param(0.0, ge=0, lt=1, help="share of the last update that is kept")
    weight_decay: float = param(0.0, ge=0, help="L2 penalty")
