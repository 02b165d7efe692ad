"""Random events hidden for masked language modelling."""

import pytest
import torch
from seqrec_transform_sequence.token_mask import TokenMaskTransform

from seqrec_core.contracts import DrawsNumbers


def printed(batch):
    return " ".join(repr(batch).split())


def test_token_mask_prints_the_reference_example():
    _ = torch.manual_seed(0)
    output = TokenMaskTransform("padding_id")({"padding_id": torch.BoolTensor([0, 1, 1])})
    assert printed(output) == (
        "{'padding_id': tensor([False, True, True]), 'token_mask': tensor([False, True, False])}"
    )


@pytest.mark.parametrize("mask_prob", [0.0, 0.15, 0.9, 1.0])
def test_token_mask_hides_and_shows_something_in_every_row(mask_prob):
    lengths = torch.arange(300) % 6
    real = torch.arange(5) >= 5 - lengths[:, None]
    generator = torch.Generator().manual_seed(1)
    visible = TokenMaskTransform("m", mask_prob=mask_prob, generator=generator)({"m": real})[
        "token_mask"
    ]
    assert not (visible & ~real).any()
    assert (visible != real)[lengths >= 1].any(1).all()
    assert visible[lengths >= 2].any(1).all()


def test_token_mask_draws_every_row_by_itself():
    generator = torch.Generator().manual_seed(3)
    real = torch.ones(4000, 50, dtype=torch.bool)
    visible = TokenMaskTransform("m", generator=generator)({"m": real})["token_mask"]
    assert visible.unique(dim=0).shape[0] > 3900
    assert visible.float().mean().item() == pytest.approx(0.85, abs=0.005)


def test_token_mask_wants_a_bool_mask():
    with pytest.raises(TypeError, match=r"torch\.bool"):
        TokenMaskTransform("m")({"m": torch.ones(2, 3)})


def test_a_missing_column_is_told_from_those_there():
    with pytest.raises(KeyError, match=r"no column 'absent' for \w+, only .*'item_id'.*; put it"):
        TokenMaskTransform("absent")({"item_id": torch.tensor([[1]])})


def test_token_mask_names_the_generator_that_it_draws_from():
    generator = torch.Generator()
    assert isinstance(TokenMaskTransform("mask"), DrawsNumbers)
    assert list(TokenMaskTransform("mask", generator=generator).generators()) == [generator]
    assert not TokenMaskTransform("mask").generators()
