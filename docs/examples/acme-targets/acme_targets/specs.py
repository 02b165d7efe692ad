"""The sampler targets: names, fields and defaults in specs."""

from seqrec_core.spec import SamplerSpec, param, spec

__all__ = ["TargetsSpec"]


@spec
class TargetsSpec(SamplerSpec):
    """Draws negatives among the targets of the batch, so that popular items come often."""

    target = "acme_targets.targets:Targets"
    runtime = ("generator",)
    num_negatives: int = param(20, ge=1, help="negatives for each batch")
