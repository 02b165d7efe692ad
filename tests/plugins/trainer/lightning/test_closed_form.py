"""Models that are fitted from one pass over the training data."""

import pytest
import torch
from tiny_runs import ITEMS, Batches, Data, Stream, batch, fit, tiny_trainer

from seqrec_core.errors import DataError, SeqrecError


class Counting(torch.nn.Module):
    """Ranks items by how often they are labels."""

    def __init__(self, answer=True):
        super().__init__()
        self.register_buffer("counts", torch.zeros(ITEMS))
        self.answer = answer
        self.weight = torch.nn.Parameter(torch.zeros(()))

    def fit_closed_form(self, batches):
        if self.answer is None:
            return None
        for columns in batches:
            self.counts += torch.bincount(columns["positive_labels"], minlength=ITEMS)
        return True

    def forward(self, padding_mask):
        if self.training:
            return {"loss": (self.weight - 1) ** 2}
        return {"logits": self.counts.expand(len(padding_mask), -1)}


def test_one_pass_over_the_transformed_batches_fits_and_one_row_is_recorded(tmp_path):
    model, rows, kept, logged = Counting(), [], [], []
    hands = {"record": rows.append, "keep": kept.append, "log": lambda *call: logged.append(call)}
    outcome = fit(tiny_trainer(), tmp_path, model=model, **hands)
    again, expected = Data(), torch.zeros(ITEMS)
    for raw in Stream():
        labels = again.transform("train", raw)["positive_labels"]
        expected += torch.bincount(labels, minlength=ITEMS)
    assert torch.equal(model.counts, expected)
    assert rows == kept == outcome.rows == [outcome.best]
    best = int(expected.argmax())
    labels = torch.cat([batch(seed)["positive_labels"] for seed in (1000, 1001)])
    assert rows[0]["hit@1"] == pytest.approx((labels == best).float().mean().item())
    assert {"epoch": 1, "step": 12}.items() <= rows[0].items()
    assert "train_loss" not in rows[0]
    ((values, step),) = logged
    assert values | {"step": step} == rows[0]
    assert not outcome.interrupted


def test_without_validation_the_fitted_weights_are_kept(tmp_path):
    kept = []
    data = Batches(train=[[batch(1)]])
    outcome = fit(tiny_trainer(), tmp_path, data, model=Counting(), keep=kept.append)
    assert outcome.best is None
    assert kept == outcome.rows


def test_a_model_that_answers_none_is_trained_by_gradients(tmp_path):
    model = Counting(answer=None)
    outcome = fit(tiny_trainer(), tmp_path, model=model)
    assert [row["epoch"] for row in outcome.rows] == [1, 2, 3]
    assert model.weight.item() > 0


def test_a_metric_that_nobody_measures_is_named(tmp_path):
    with pytest.raises(SeqrecError, match="'map@1', which no callback measures; measured: hit@1"):
        fit(tiny_trainer(monitor="map@1"), tmp_path, model=Counting())


def test_a_data_module_without_training_is_named(tmp_path):
    with pytest.raises(DataError, match="no loaders for 'train'"):
        fit(tiny_trainer(), tmp_path, Batches(), model=Counting())
