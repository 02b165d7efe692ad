"""The trainer on a tiny model and a stream that knows where it stands."""

import lightning
import pytest
import torch
from seqrec_optimizer_standard.adam import AdamFactory
from tiny_runs import Batches, Data, HitRate, Model, batch, fit, tiny_run, tiny_trainer, train_only

from seqrec_core.contracts import TrainerProto
from seqrec_core.errors import DataError, SeqrecError


def test_it_is_a_trainer():
    assert isinstance(tiny_trainer(), TrainerProto)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path):
    one, two, other = Model(), Model(), Model()
    for index, (model, seed) in enumerate([(one, 1), (two, 1), (other, 2)]):
        fit(tiny_trainer(seed=seed), tmp_path / str(index), model=model)
    assert torch.equal(one.table, two.table)
    assert not torch.allclose(one.table, other.table)


@pytest.mark.parametrize("fault", [{"accelerator": "abacus"}, {"strategy": "solo"}])
def test_a_machine_that_is_not_there_is_named(tmp_path, fault):
    with pytest.raises(SeqrecError, match=f"does not suit here: .*{next(iter(fault.values()))}"):
        fit(tiny_trainer(**fault), tmp_path)


@pytest.mark.parametrize("fused", [False, True])
def test_gradients_are_clipped_in_bfloat16_too(tmp_path, fused):
    settings = {"precision": "bf16-mixed", "gradient_clip_val": 1e-12, "max_epochs": 1}
    trainer = tiny_trainer(optimizer=AdamFactory(lr=1.0, eps=1.0, fused=fused), **settings)
    model = Model()
    fit(trainer, tmp_path, model=model)
    torch.testing.assert_close(model.table, Model().table, rtol=0, atol=1e-6)


def test_without_validation_the_last_weights_are_kept(tmp_path):
    kept, recorded = [], []
    hands = {"keep": kept.append, "record": recorded.append}
    outcome = fit(tiny_trainer(), tmp_path, train_only(), **hands)
    assert [row["epoch"] for row in kept] == [3]
    assert outcome.best is None
    assert outcome.rows == recorded
    assert len(recorded) == 3


def test_a_run_without_a_folder_leaves_nothing_and_cannot_go_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(fit(tiny_trainer(), None).rows) == 3
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="without a folder has no checkpoint"):
        fit(tiny_trainer(), None, resume=True)


@pytest.mark.parametrize(("every", "epochs"), [(0.25, 8), (1, 2), (2, 1)])
def test_validations_come_as_often_as_asked(tmp_path, every, epochs):
    outcome = fit(tiny_trainer(validate_every=every, max_epochs=2), tmp_path)
    assert sum("hit@1" in row for row in outcome.rows) == epochs


def test_a_baseline_is_measured_by_the_metrics_alone():
    class Forbidden(lightning.Callback):
        def on_validation_start(self, trainer, module):
            assert isinstance(module.model, Model)

    class Other(torch.nn.Module):
        def forward(self, padding_mask):
            return {"logits": torch.zeros(len(padding_mask), 20), "hidden_states": ()}

    trainer = tiny_trainer(callbacks=[Forbidden()])
    labels = torch.cat([batch(seed)["positive_labels"] for seed in (1000, 1001)])
    share = (labels == 0).float().mean().item()
    baseline = tiny_run(model=Other(), only_metrics=True)
    assert trainer.evaluate(baseline, "validate") == {"hit@1": pytest.approx(share)}
    assert trainer.evaluate(tiny_run(), "validate").keys() == {"hit@1"}


def test_splits_that_nobody_knows_or_that_are_not_there_are_named():
    with pytest.raises(ValueError, match="split is 'valid'; choose 'validate' or 'test'"):
        tiny_trainer().evaluate(tiny_run(), "valid")
    with pytest.raises(DataError, match="no loaders for 'test'"):
        tiny_trainer().evaluate(tiny_run(data=train_only()), "test")


def test_metrics_may_be_a_callback_of_lightning(tmp_path):
    class Lengths(lightning.Callback):
        def on_validation_batch_end(self, trainer, module, outputs, batch, *_):
            module.log("length", float(len(outputs["logits"])), batch_size=1)

    outcome = fit(tiny_trainer(metrics=Lengths(), monitor="length", max_epochs=1), tmp_path)
    assert outcome.best["length"] == 8


def test_metrics_for_any_trainer_measure_among_the_callbacks_too(tmp_path):
    class Batchwise(HitRate):
        def compute(self):
            return {"users": float(self.hits[1])}

    outcome = fit(tiny_trainer(callbacks=[Batchwise()], max_epochs=1), tmp_path)
    assert outcome.best["users"] == 16
    assert "hit@1" in outcome.best


def test_what_one_run_was_is_forgotten_by_the_next(tmp_path):
    trainer = tiny_trainer(max_epochs=1)
    first = fit(trainer, tmp_path / "first")
    second = fit(trainer, tmp_path / "second")
    assert first.best["hit@1"] == second.best["hit@1"]
    assert len(second.rows) == 1


class Writer:
    """Keeps shapes and candidates of what it is handed."""

    def __init__(self):
        self.shapes, self.candidates = [], []

    def update(self, batch, output):
        self.shapes.append(tuple(output["logits"].shape))
        self.candidates.append(batch.get("candidates_to_score"))


def test_predictions_go_to_the_writer_batch_by_batch_and_to_those_among_the_callbacks():
    writer, other = Writer(), Writer()
    data = Batches(predict=[[batch(1), batch(2)]])
    tiny_trainer(callbacks=[other, HitRate()]).predict(tiny_run(data=data), writer)
    assert writer.shapes == other.shapes == [(8, 20), (8, 20)]
    assert writer.candidates == [None, None]


def test_candidates_of_a_run_reach_model_metrics_and_writers():
    class Scores(Model):
        def forward(self, feature_tensors, candidates_to_score=None):
            logits = self.table[feature_tensors["item_id"][:, -1]] @ self.table.T
            return {"logits": logits[:, candidates_to_score]}

    class Seen(HitRate):
        def update(self, batch, output):
            self.candidates = batch["candidates_to_score"]
            assert output["logits"].shape == (8, 2)

        def compute(self):
            return {}

    writer, metric = Writer(), Seen()
    data = Batches(predict=[[batch(1)]], test=[[batch(1)]])
    run = tiny_run(data=data, model=Scores(), candidates=torch.tensor([3, 1]))
    tiny_trainer().predict(run, writer)
    tiny_trainer(metrics=metric).evaluate(run, "test")
    assert writer.shapes == [(8, 2)]
    assert writer.candidates[0].tolist() == metric.candidates.tolist() == [3, 1]


def test_evaluation_leaves_weights_as_they_are():
    model = Model()
    tiny_trainer().evaluate(tiny_run(data=Data(), model=model), "test")
    assert torch.equal(model.table, Model().table)


def test_batches_answers_and_attributes_of_the_model_stay_as_they_are():
    seen = []

    def note(columns):
        tensors = {**columns, **columns.get("feature_tensors", {})}
        copies = {name: x.clone() for name, x in tensors.items() if isinstance(x, torch.Tensor)}
        seen.append((columns, dict(columns), tensors, copies))

    class Noted(Data):
        def transform(self, split, batch):
            output = super().transform(split, batch)
            note(batch)
            note(output)
            return output

    model = Model()
    model.register_forward_hook(lambda module, _, output: note(output))
    attributes = [set(vars(module)) for module in model.modules()]
    trainer = tiny_trainer(max_epochs=1, callbacks=[Writer()], gradient_clip_val=0.1)
    run = tiny_run(data=Noted(), model=model)
    trainer.fit(run)
    trainer.evaluate(run, "test")
    trainer.predict(run, Writer())
    assert len(seen) > 3 * 12
    for columns, before, tensors, copies in seen:
        assert columns == before
        assert all(torch.equal(tensors[name], copy) for name, copy in copies.items())
    assert [set(vars(module)) for module in model.modules()] == attributes
