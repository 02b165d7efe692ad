"""What all callbacks that collect recommendations share."""

import pytest
import torch
from seqrec_callback_top_items.pandas_frame import PandasTopItemsCallback
from seqrec_callback_top_items.tensors import TorchTopItemsCallback
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter


def test_a_second_run_forgets_the_first(recommended, batches):
    callback = TorchTopItemsCallback(1)
    recommended(callback, batches)
    users, _, _ = recommended(callback, batches[1:])
    assert users.tolist() == [9]


def test_candidates_of_the_module_name_the_columns(recommended, batches, model):
    model.candidates = torch.tensor([10, 30, 20, 40])
    batch = batches[0] | {"seen_ids": torch.tensor([[30], [40]])}
    _, items, _ = recommended(TorchTopItemsCallback(2, [SeenItemsFilter(50)]), [batch])
    assert items.tolist() == [[10, 20], [20, 30]]


def test_several_callbacks_share_logits_without_harm(trainer, model, loader, batches):
    filtered = TorchTopItemsCallback(2, [SeenItemsFilter(4)])
    plain = TorchTopItemsCallback(2)
    trainer(filtered, plain).predict(model, loader(batches))
    assert plain.get_result()[1].tolist() == [[0, 1], [2, 3], [3, 2]]


def test_users_come_from_the_named_column_where_the_batch_has_it(recommended):
    batch = {"user": torch.tensor([[5]]), "logits": torch.ones(1, 2), "query_id": torch.tensor([1])}
    frame = recommended(PandasTopItemsCallback(1, "user", "item"), [batch])
    assert frame["user"].tolist() == [5]


def test_a_batch_without_users_is_named(recommended):
    with pytest.raises(KeyError, match=r"'user'.*logits"):
        recommended(PandasTopItemsCallback(1, "user", "item"), [{"logits": torch.ones(1, 2)}])


def test_a_result_before_any_prediction_is_refused():
    with pytest.raises(RuntimeError, match=r"call trainer\.predict"):
        TorchTopItemsCallback(1).get_result()


def test_the_length_of_the_list_must_be_positive():
    with pytest.raises(ValueError, match="top_k must be at least 1, got 0"):
        TorchTopItemsCallback(0)
