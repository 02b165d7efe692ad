"""The printed examples of the reference, corner cases, and where we differ on purpose."""

import pytest
import torch
from seqrec_transform_sequence.equality_mask import EqualityMaskTransform
from seqrec_transform_sequence.next_token import NextTokenTransform
from seqrec_transform_sequence.sequence_roll import SequenceRollTransform
from seqrec_transform_sequence.token_mask import TokenMaskTransform
from seqrec_transform_sequence.trim import AdaptiveTrimTransform, TrimTransform


def printed(batch):
    return " ".join(repr(batch).split())


@pytest.fixture
def batch():
    return {
        "query_id": torch.tensor([7, 8]),
        "item_id": torch.tensor([[9, 9, 1, 2], [3, 4, 5, 6]]),
        "item_id_mask": torch.tensor([[False, False, True, True], [True, True, True, True]]),
        "genres": torch.arange(16).view(2, 4, 2),
        "profile": torch.ones(2, 3),
    }


def test_next_token_prints_the_reference_example():
    batch = {
        "user_id": torch.LongTensor([111]),
        "item_id": torch.LongTensor([[5, 0, 7, 4]]),
        "item_id_mask": torch.BoolTensor([[0, 1, 1, 1]]),
    }
    output = NextTokenTransform(label_field="item_id", shift=1, query_features="user_id")(batch)
    assert printed(output) == (
        "{'user_id': tensor([111]), 'item_id': tensor([[5, 0, 7]]), "
        "'item_id_mask': tensor([[False, True, True]]), 'positive_labels': tensor([[0, 7, 4]]), "
        "'positive_labels_mask': tensor([[True, True, True]])}"
    )
    assert batch["item_id"].shape == (1, 4)


def test_next_token_cuts_only_what_has_the_length_of_the_labels(batch):
    output = NextTokenTransform("item_id", query_features="absent")(batch)
    assert {name: tuple(value.shape) for name, value in output.items()} == {
        "query_id": (2,),
        "item_id": (2, 3),
        "item_id_mask": (2, 3),
        "genres": (2, 3, 2),
        "profile": (2, 3),
        "positive_labels": (2, 3),
        "positive_labels_mask": (2, 3),
    }
    assert output["profile"] is batch["profile"]
    assert torch.equal(output["genres"], batch["genres"][:, :-1])


def test_next_token_goes_before_columns_are_grouped(batch):
    transform = NextTokenTransform("item_id")
    grouped = {**batch, "feature_tensors": {"item_id": batch["item_id"]}}
    with pytest.raises(ValueError, match="got the group 'feature_tensors'; put it before group"):
        transform(grouped)
    with pytest.raises(KeyError, match="no column 'item_id' for next_token"):
        transform({"feature_tensors": grouped["feature_tensors"]})
    with pytest.raises(KeyError, match="no column 'item_id_mask' for next_token"):
        transform({"item_id": batch["item_id"]})


def test_next_token_leaves_query_features_whole_even_if_they_have_the_length(batch):
    output = NextTokenTransform("item_id", query_features=["genres"])(batch)
    assert output["genres"] is batch["genres"]


def test_next_token_counts_the_first_item_as_a_label_unless_told_to_skip_it(batch):
    labels = NextTokenTransform("item_id")(batch)["positive_labels_mask"]
    assert labels.tolist() == [[False, True, True], [True, True, True]]
    skipped = NextTokenTransform("item_id", skip_padding_context=True)(batch)
    assert skipped["positive_labels_mask"].tolist() == [[False, False, True], [True, True, True]]
    two = NextTokenTransform("item_id", shift=2, skip_padding_context=True)(batch)
    assert two["positive_labels_mask"].tolist() == [[False, False], [True, True]]


def test_next_token_names_a_sequence_that_is_too_short(batch):
    with pytest.raises(ValueError, match="shift=4 needs"):
        NextTokenTransform("item_id", shift=4)(batch)
    with pytest.raises(ValueError, match="at least 1"):
        NextTokenTransform("item_id", shift=0)


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


def test_trim_prints_the_reference_example():
    batch = {
        "user_id": torch.LongTensor([111]),
        "item_id": torch.LongTensor([[5, 4, 0, 7, 4]]),
        "seen_ids": torch.LongTensor([[5, 4, 0, 7, 4]]),
    }
    assert printed(TrimTransform(seq_len=3, feature_names="item_id")(batch)) == (
        "{'user_id': tensor([111]), 'item_id': tensor([[0, 7, 4]]), "
        "'seen_ids': tensor([[5, 4, 0, 7, 4]])}"
    )
    with pytest.raises(ValueError, match="cannot trim 'seen_ids' of length 5 to 6"):
        TrimTransform(6, ["seen_ids"])(batch)
    with pytest.raises(ValueError, match="seq_len is 0"):
        TrimTransform(0, "item_id")


def test_adaptive_trim_keeps_one_pad_position_in_front_of_the_longest_sequence():
    batch = {
        "item_id": torch.LongTensor([[5, 5, 5, 5, 0], [5, 5, 5, 2, 4]]),
        "padding_mask": torch.BoolTensor([[0, 0, 0, 0, 1], [0, 0, 0, 1, 1]]),
    }
    assert printed(AdaptiveTrimTransform("item_id")(batch)) == (
        "{'item_id': tensor([[5, 5, 0], [5, 2, 4]]), "
        "'padding_mask': tensor([[False, False, True], [False, True, True]])}"
    )
    assert AdaptiveTrimTransform("item_id", front_padding=0)(batch)["item_id"].shape == (2, 2)
    assert batch["item_id"].shape == (2, 5)


def test_adaptive_trim_cuts_nothing_real_and_never_everything():
    full = {"x": torch.arange(4)[None], "padding_mask": torch.BoolTensor([[1, 0, 1, 1]])}
    assert torch.equal(AdaptiveTrimTransform("x")(full)["x"], full["x"])
    empty = {"x": torch.arange(4)[None], "padding_mask": torch.zeros(1, 4, dtype=torch.bool)}
    assert AdaptiveTrimTransform(["x"], front_padding=0)(empty)["x"].shape == (1, 1)


def test_adaptive_trim_leaves_the_list_it_was_given_alone():
    names = ["x"]
    AdaptiveTrimTransform(names)
    assert names == ["x"]


def test_sequence_roll_prints_the_reference_example():
    batch = {"item_id": torch.LongTensor([[2, 3, 1]])}
    output = SequenceRollTransform("item_id", roll=-1, padding_value=10)(batch)
    assert printed(output) == "{'item_id': tensor([[ 3, 1, 10]])}"


@pytest.mark.parametrize(
    ("roll", "expected"),
    [(0, [2, 3, 1]), (1, [9, 2, 3]), (-2, [1, 9, 9]), (5, [9, 9, 9]), (-3, [9, 9, 9])],
)
def test_sequence_roll_fills_what_nothing_moves_into(roll, expected):
    batch = {"item_id": torch.LongTensor([[2, 3, 1]])}
    output = SequenceRollTransform("item_id", roll=roll, padding_value=9)(batch)
    assert output["item_id"].tolist() == [expected]
    assert batch["item_id"].tolist() == [[2, 3, 1]]


def test_equality_mask_keeps_positions_of_one_value():
    batch = {
        "target_padding_mask": torch.BoolTensor([[0, 1, 1, 1, 1]]),
        "events_type": torch.LongTensor([0, 3, 2, 1, 2]),
    }
    assert printed(EqualityMaskTransform("events_type", 2, mode="and")(batch)) == (
        "{'target_padding_mask': tensor([[False, False, True, False, True]]), "
        "'events_type': tensor([0, 3, 2, 1, 2])}"
    )
    joined = EqualityMaskTransform("events_type", 2, mode="xor")(batch)["target_padding_mask"]
    assert joined.tolist() == [[False, True, False, True, False]]


def test_equality_mask_lines_features_up_with_positions_of_several_labels():
    feature = torch.tensor([[1.0, 2.0], [2.0, 2.0]])
    batch = {"f": feature, "m": torch.ones(2, 2, 2, dtype=torch.bool)}
    joined = EqualityMaskTransform("f", 2.0, mask_name="m")(batch)["m"]
    assert torch.equal(joined, (feature == 2).unsqueeze(-1).expand(2, 2, 2))


def test_equality_mask_tells_large_ids_apart():
    batch = {"f": torch.tensor([2**24, 2**24 + 1]), "m": torch.tensor([True, True])}
    joined = EqualityMaskTransform("f", float(2**24 + 1), mask_name="m")(batch)["m"]
    assert joined.tolist() == [False, True]


def test_equality_mask_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="choose one of"):
        EqualityMaskTransform("f", 1, mode="nor")
    batch = {"f": torch.zeros(3, 2), "m": torch.ones(2, dtype=torch.bool)}
    with pytest.raises(ValueError, match="does not fit the mask"):
        EqualityMaskTransform("f", 1, mask_name="m")(batch)


@pytest.mark.parametrize(
    "transform",
    [
        NextTokenTransform("absent"),
        TokenMaskTransform("absent"),
        TrimTransform(1, "absent"),
        AdaptiveTrimTransform("item_id", "absent"),
        AdaptiveTrimTransform("absent", "item_id_mask"),
        SequenceRollTransform("absent"),
        EqualityMaskTransform("absent", 1),
        EqualityMaskTransform("item_id", 1, mask_name="absent"),
    ],
)
def test_a_missing_column_is_told_from_those_there(batch, transform):
    with pytest.raises(KeyError, match=r"no column 'absent' for \w+, only .*'item_id'.*; put it"):
        transform(batch)
