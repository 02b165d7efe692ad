"""Scalable cross-entropy: each position against the items that are hard for it."""

from seqrec_core.spec import LossSpec, param, spec


@spec
class SCESpec(LossSpec):
    """Cross-entropy of each position against the items that are hard for it."""

    target = "seqrec_loss_sce.sce:SCE"
    source = "https://arxiv.org/abs/2409.18721"
    n_buckets: int = param(128, ge=1, help="number of random buckets")
    bucket_size_x: int = param(128, ge=1, help="positions in each bucket")
    bucket_size_y: int = param(256, ge=1, help="items in each bucket")
    mix_x: bool = param(False, help="buckets around mixtures of hidden states")
