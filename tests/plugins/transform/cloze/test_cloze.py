import pytest
import torch
from seqrec_transform_cloze.cloze import Cloze


def cloze(**settings):
    return Cloze("item_id", generator=torch.Generator().manual_seed(0), **settings)


def hidden_of(transform, real):
    items = torch.arange(real.numel()).view(real.shape)
    return transform({"item_id": items, "padding_mask": real})["target_padding_mask"][..., 0]


def left_padded(lengths, longest):
    return torch.arange(longest) >= longest - torch.as_tensor(lengths)[:, None]


def test_labels_are_the_items_and_their_mask_is_what_is_hidden():
    real = left_padded([2, 4], 4)
    items = torch.arange(8).view(2, 4)
    batch = cloze(share=1.0)({"item_id": items, "padding_mask": real})
    assert torch.equal(batch["positive_labels"], items[..., None])
    assert torch.equal(batch["target_padding_mask"], real[..., None])
    assert torch.equal(batch["item_id"], items)


@pytest.mark.parametrize("share", [0.15, 0.6])
def test_each_real_event_is_hidden_with_the_probability_asked_for_anew_each_time(share):
    real = torch.rand(400, 100, generator=torch.Generator().manual_seed(1)) < 0.5
    transform = cloze(share=share)
    first, second = hidden_of(transform, real), hidden_of(transform, real)
    assert not (first & ~real).any()
    assert float(first.sum() / real.sum()) == pytest.approx(share, abs=0.01)
    assert float((first & second).sum() / real.sum()) == pytest.approx(share**2, abs=0.01)


def test_a_row_with_events_hides_at_least_one_any_of_them_and_a_row_without_none():
    lengths = torch.tensor([0, 1, 2, 5]).repeat(4000)
    hidden = hidden_of(cloze(share=0.0), left_padded(lengths, 5))
    assert torch.equal(hidden.sum(1), (lengths > 0).long())
    shares = hidden[lengths == 5].float().mean(0)
    torch.testing.assert_close(shares, torch.full((5,), 0.2), atol=0.02, rtol=0)


def test_in_a_share_of_the_rows_the_last_event_is_hidden_and_no_other():
    real = left_padded([40] * 4000, 50)
    real[:, -1] = False  # the last event is where the mask says so
    hidden = hidden_of(cloze(share=0.5, last_share=0.3), real)
    alone = hidden[:, -2] & (hidden.sum(1) == 1)
    assert float(alone.float().mean()) == pytest.approx(0.3, abs=0.03)
    always = hidden_of(cloze(last_share=1.0), real)
    assert always.nonzero()[:, 1].eq(48).all()


def test_its_draws_go_on_where_the_state_of_its_generator_was_kept():
    real, transform = left_padded([9] * 20, 10), cloze(last_share=0.5)
    hidden_of(transform, real)
    [generator] = transform.generators()
    state, expected = generator.get_state(), hidden_of(transform, real)
    other = cloze(last_share=0.5)
    other.generators()[0].set_state(state)
    assert torch.equal(hidden_of(other, real), expected)
    assert Cloze("item_id").generators() == ()


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"padding_mask": torch.ones(2, 3)}, TypeError, "must be torch.bool"),
        ({"item_id": torch.ones(2, 3, 2)}, ValueError, "one item each"),
        ({"item_id": torch.ones(2, 4)}, ValueError, "one item each"),
    ],
)
def test_a_batch_of_another_form_is_refused(change, error, words):
    batch = {"item_id": torch.ones(2, 3), "padding_mask": torch.ones(2, 3, dtype=torch.bool)}
    with pytest.raises(error, match=words):
        cloze()({**batch, **change})


@pytest.mark.parametrize("name", ["share", "last_share"])
def test_a_share_lies_between_nothing_and_all(name):
    with pytest.raises(ValueError, match=rf"{name} is 1.5; it must lie in 0\.\.1"):
        cloze(**{name: 1.5})
