"""Layer and root-mean-square normalisation of hidden states."""

from seqrec_core.spec import NormSpec, inherited, param, spec

__all__ = ["LayerNormSpec", "RMSNormSpec"]


@spec
class LayerNormSpec(NormSpec):
    """Subtracts the mean and divides by the standard deviation; learns a scale and a bias."""

    target = "seqrec_norm_standard.normalisations:LayerNorm"
    source = "https://arxiv.org/abs/1607.06450"
    embedding_dim: int = inherited(ge=1, help="size of what is normalised")
    eps: float = param(1e-5, gt=0, help="added to the variance")


@spec
class RMSNormSpec(NormSpec):
    """Divides by the root mean square; learns a scale."""

    target = "seqrec_norm_standard.normalisations:RMSNorm"
    source = "https://arxiv.org/abs/1910.07467"
    embedding_dim: int = inherited(ge=1, help="size of what is normalised")
    eps: float | None = param(
        None, gt=0, help="added to the mean square; by default the dtype's machine epsilon"
    )
