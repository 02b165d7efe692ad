"""The baseline, measured as a model is."""

import pytest
import torch
from seqrec_tool_run.popularity import Popularity
from tiny_runs import ITEMS, batch, tiny_run, tiny_trainer


def test_popularity_is_measured_as_a_model_is():
    trainer = tiny_trainer()
    counts = torch.zeros(ITEMS)
    counts[batch(1000)["positive_labels"][0]] = 5
    expected = [batch(seed)["positive_labels"] == counts.argmax() for seed in (1000, 1001)]
    run = tiny_run(model=Popularity(counts), only_metrics=True)
    measured = trainer.evaluate(run, "test")
    assert measured == {"hit@1": pytest.approx(torch.cat(expected).float().mean().item())}


def test_popularity_counts_users_by_what_the_batch_has():
    model, truth = Popularity(torch.tensor([3, 1, 2])), torch.ones(2, 4)
    assert model(ground_truth=truth)["logits"].tolist() == [[3, 1, 2], [3, 1, 2]]
    with pytest.raises(ValueError, match="by padding_mask or ground_truth"):
        model()


def test_popularity_scores_candidates_only_where_they_are_given():
    model, mask = Popularity(torch.tensor([3, 1, 2])), torch.ones(2, 4, dtype=torch.bool)
    assert model(mask)["logits"].tolist() == [[3, 1, 2], [3, 1, 2]]
    assert model(mask, torch.tensor([2, 0]))["logits"].tolist() == [[2, 3], [2, 3]]
    own = torch.tensor([[2, 0, 1], [1, 2, 0]])
    assert model(mask, own)["logits"].tolist() == [[2, 3, 1], [1, 2, 3]]


def test_many_users_share_the_memory_of_one_row_which_none_may_edit():
    counts = torch.tensor([3.0, 1.0, 2.0])
    logits = Popularity(counts)(torch.ones(1_000, 4, dtype=torch.bool))["logits"]
    assert logits.untyped_storage().nbytes() == counts.nbytes
    with pytest.raises(RuntimeError, match=r"more than one element .* clone"):
        logits.mul_(2)
