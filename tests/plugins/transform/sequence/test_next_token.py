"""Labels some events ahead."""

import pytest
import torch
from seqrec_transform_sequence.next_token import NextTokenTransform
from seqrec_transform_sequence.specs import NextTokenSpec

from seqrec_core.contracts import ShortensSequences


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


def test_a_missing_column_is_told_from_those_there(batch):
    with pytest.raises(KeyError, match=r"no column 'absent' for \w+, only .*'item_id'.*; put it"):
        NextTokenTransform("absent")(batch)


def test_next_token_says_how_many_events_it_takes(batch):
    transform = NextTokenTransform("item_id", shift=2)
    assert isinstance(transform, ShortensSequences)
    lost = batch["item_id"].shape[1] - transform(batch)["item_id"].shape[1]
    assert lost == transform.events_taken() == transform.shift == 2
    assert NextTokenSpec(label_field="item_id", shift=2).events_taken() == 2
