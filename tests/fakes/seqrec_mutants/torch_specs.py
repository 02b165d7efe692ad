"""A spec module that imports torch."""

import torch

from seqrec_core.spec import param, spec
from seqrec_mutants.specs import Norm


@spec
class ImportsTorch(Norm):
    """Made for the test."""

    target = "torch.nn:LayerNorm"
    normalized_shape: int = param(8, ge=1, help="size")
    eps: float = param(float(torch.finfo(torch.float32).eps), help="epsilon")
    elementwise_affine: bool = param(True, help="weights")
    bias: bool = param(True, help="a bias")
    device: str | None = param(None, help="device")
    dtype: str | None = param(None, help="dtype")
