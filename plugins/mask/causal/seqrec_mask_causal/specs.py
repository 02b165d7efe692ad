"""The attention mask of models that must not see the future."""

from seqrec_core.spec import MaskSpec, inherited, param, spec

__all__ = ["DefaultAttentionMaskSpec"]


@spec
class DefaultAttentionMaskSpec(MaskSpec):
    """Each event sees itself and the real events before it."""

    target = "seqrec_mask_causal.causal:DefaultAttentionMask"
    reference_feature_name: str = inherited(
        "item_feature_name", help="feature whose length the mask takes"
    )
    num_heads: int = inherited(ge=1, help="attention heads of the encoder")
    broadcast_heads: bool = param(True, help="one mask (B, 1, L, L) for all heads, not a copy each")
