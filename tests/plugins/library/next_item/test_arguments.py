import inspect

from seqrec_library_next_item.arguments import columns_of
from seqrec_library_next_item.next_item import next_item


def test_training_needs_labels_and_evaluation_does_not():
    assert set(columns_of("train", ["item_id", "price"], True)) == {
        *("padding_mask", "positive_labels", "target_padding_mask", "negative_labels"),
        *("feature_tensors.item_id", "feature_tensors.price"),
    }
    assert "negative_labels" not in columns_of("train", ["item_id"], False)
    for split in ("validate", "test", "predict"):
        assert columns_of(split, ["*"], True) == ("padding_mask", "feature_tensors.*")


def test_where_no_feature_is_known_some_have_to_be_there():
    assert columns_of("test", (), False) == ("padding_mask", "feature_tensors")


def test_they_are_arguments_of_the_forward_pass():
    names = {name.partition(".")[0] for name in columns_of("train", ["item_id"], True)}
    assert names <= set(inspect.signature(next_item).parameters)
