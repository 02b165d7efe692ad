"""Projections to heads and back, beside those of torch."""

import pytest
import torch
from seqrec_library_kernels.attention_heads import AttentionHeads

B, H, Q, L, D = 2, 3, 4, 5, 12


def test_with_the_weights_of_torchs_they_attend_as_it_does():
    torch.manual_seed(0)
    theirs = torch.nn.MultiheadAttention(D, H, batch_first=True).double()
    torch.nn.init.normal_(theirs.in_proj_bias)
    ours = AttentionHeads(D, H, dropout=0.3).double().eval()
    ours.load_state_dict(
        {
            "in_projection.weight": theirs.in_proj_weight,
            "in_projection.bias": theirs.in_proj_bias,
            "out_projection.weight": theirs.out_proj.weight,
            "out_projection.bias": theirs.out_proj.bias,
        }
    )
    asking, answering = torch.randn(B, Q, D).double(), torch.randn(B, L, D).double()
    mask = torch.full((Q, L), -torch.inf).triu(1).double()
    expected, _ = theirs(asking, answering, answering, attn_mask=mask)
    parts = ours.project(asking, answering)
    assert [part.shape for part in parts] == [(B, H, n, D // H) for n in (Q, L, L)]
    torch.testing.assert_close(ours.attend(*parts, mask.expand(B, 1, Q, L)), expected)


def test_in_training_weights_drop_out():
    torch.manual_seed(0)
    heads, x, mask = AttentionHeads(D, H, 0.5), torch.randn(B, L, D), torch.zeros(B, 1, L, L)
    first, again = (heads.attend(*heads.project(x, x), mask) for _ in range(2))
    assert not torch.equal(first, again)
    heads.eval()
    first, again = (heads.attend(*heads.project(x, x), mask) for _ in range(2))
    assert torch.equal(first, again)


def test_heads_must_divide_the_embedding():
    with pytest.raises(ValueError, match="num_heads 3 does not divide embedding_dim 8"):
        AttentionHeads(8, 3, 0.0)
