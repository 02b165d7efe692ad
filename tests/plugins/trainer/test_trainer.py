"""The trainer on a tiny model and a stream that knows where it stands."""

import io

import lightning
import pytest
import torch
from rich.console import Console
from seqrec_optimizer_standard.factories import AdamFactory, SGDFactory
from seqrec_optimizer_standard.specs import AdamSpec
from seqrec_tool_run.popularity import Popularity
from seqrec_trainer_lightning.history import read_rows
from seqrec_trainer_lightning.specs import LightningTrainerSpec
from seqrec_trainer_lightning.trainer import LightningTrainer
from tiny_runs import ITEMS, STEPS, Data, HitRate, Model, TrainOnly, batch, fit, trainer

from seqrec_core.errors import SeqrecError


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path):
    one, two, other = trainer(), trainer(), trainer(seed=2)
    for index, made in enumerate((one, two, other)):
        fit(made, tmp_path / str(index))
    assert torch.equal(one.model.table, two.model.table)
    assert not torch.allclose(one.model.table, other.model.table)


def test_the_best_weights_are_kept_and_the_run_stops_when_patience_ends(tmp_path):
    made = trainer(metrics=HitRate([0.1, 0.3, 0.2, 0.3, 0.5]), max_epochs=9, patience=2)
    kept = []
    outcome = made.fit(Data(), tmp_path, kept.append, Console(file=io.StringIO()))
    assert [row["epoch"] for row in kept] == [1, 2]
    assert [row["epoch"] for row in outcome.rows] == [1, 2, 3, 4]
    assert outcome.best == kept[-1]


def test_less_is_better_in_mode_min(tmp_path):
    outcome = fit(trainer(metrics=HitRate([0.3, 0.1, 0.2]), mode="min"), tmp_path)
    assert outcome.best["epoch"] == 2


def test_nan_is_never_the_best(tmp_path):
    outcome = fit(trainer(metrics=HitRate([0.2, float("nan"), 0.1])), tmp_path)
    assert outcome.best["epoch"] == 1


def test_a_metric_that_nobody_measures_is_named_with_those_measured(tmp_path):
    with pytest.raises(SeqrecError, match="'ndcg@10', which no callback measures; measured: hit@1"):
        fit(trainer(monitor="ndcg@10"), tmp_path)


def test_a_loss_that_is_not_finite_ends_the_run_with_advice(tmp_path):
    made = trainer(optimizer=SGDFactory(lr=1e30))
    with pytest.raises(SeqrecError, match=r"became (nan|inf) in epoch 1; lower the learning rate"):
        fit(made, tmp_path)


@pytest.mark.parametrize("fault", [{"accelerator": "abacus"}, {"strategy": "solo"}])
def test_a_machine_that_is_not_there_is_named(tmp_path, fault):
    with pytest.raises(SeqrecError, match=f"does not suit here: .*{next(iter(fault.values()))}"):
        fit(trainer(**fault), tmp_path)


@pytest.mark.parametrize("fused", [False, True])
def test_gradients_are_clipped_in_bfloat16_too(tmp_path, fused):
    settings = {"precision": "bf16-mixed", "gradient_clip_val": 1e-12, "max_epochs": 1}
    made = trainer(optimizer=AdamFactory(lr=1.0, eps=1.0, fused=fused), **settings)
    fit(made, tmp_path)
    torch.testing.assert_close(made.model.table, Model().table, rtol=0, atol=1e-6)


def test_fused_gradients_are_not_clipped_while_they_are_scaled():
    def faults(**adam):
        settings = {"precision": "16-mixed", "gradient_clip_val": 1.0}
        return list(LightningTrainerSpec(optimizer=AdamSpec(**adam), **settings).check())

    assert [field for field, _ in faults()] == ["gradient_clip_val"]
    assert faults(fused=False) == []


def test_without_validation_the_last_weights_are_kept(tmp_path):
    kept = []
    outcome = trainer().fit(TrainOnly(), tmp_path, kept.append, Console(file=io.StringIO()))
    assert [row["epoch"] for row in kept] == [3]
    assert outcome.best is None
    assert len(outcome.rows) == 3


@pytest.mark.parametrize(("every", "epochs"), [(0.25, 8), (1, 2), (2, 1)])
def test_validations_come_as_often_as_asked(tmp_path, every, epochs):
    outcome = fit(trainer(validate_every=every, max_epochs=2), tmp_path)
    assert sum("hit@1" in row for row in outcome.rows) == epochs


def test_rows_are_written_as_csv_with_the_mean_loss_since_the_last(tmp_path):
    outcome = fit(trainer(optimizer=SGDFactory(lr=1e-9), max_epochs=2), tmp_path)
    rows = read_rows(tmp_path / "logs" / "history.csv")
    assert rows == outcome.rows
    assert [row["step"] for row in rows] == [STEPS, 2 * STEPS]
    model = Model().train()
    losses = [model(**batch(index + 1))["loss"].item() for index in range(STEPS)]
    assert rows[0]["train_loss"] == pytest.approx(sum(losses) / STEPS, rel=0.2)  # other dropout


def test_tensorboard_has_loss_rate_speed_and_metrics(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    fit(trainer(tensorboard=True, log_every_n_steps=4), tmp_path)
    log = EventAccumulator(str(tmp_path / "logs" / "tensorboard"))
    log.Reload()
    tags = set(log.Tags()["scalars"])
    assert {"train_loss_step", "train_loss", "hit@1", "sequences_per_second", "lr-RowAdam"} <= tags


def test_each_epoch_prints_a_line_where_there_is_no_terminal(tmp_path):
    screen = io.StringIO()
    fit(trainer(metrics=HitRate([0.2, 0.1, 0.3])), tmp_path, console=Console(file=screen))
    lines = screen.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("epoch 1")
    assert all(word in lines[0] for word in ("loss", "hit@1 0.2000", "lr 0.05", "seq/s"))
    assert [line.endswith("best") for line in lines] == [True, False, True]


def test_a_terminal_shows_a_bar_with_loss_rate_and_speed(tmp_path, monkeypatch):
    monkeypatch.setattr("seqrec_trainer_lightning.progress.REFRESH", 0.0)
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=140)
    fit(trainer(max_epochs=1), tmp_path, console=console)
    assert all(word in screen.getvalue() for word in ("epoch 1/1", "loss", "lr 0.05", "seq/s"))


def test_popularity_is_measured_by_the_same_callback(tmp_path):
    made = trainer()
    counts = torch.zeros(ITEMS)
    counts[batch(1000)["positive_labels"][0]] = 5
    expected = [batch(seed)["positive_labels"] == counts.argmax() for seed in (1000, 1001)]
    measured = made.evaluate(Data(), "test", Popularity(counts))
    assert measured == {"hit@1": pytest.approx(torch.cat(expected).float().mean().item())}
    assert made.evaluate(Data(), "validate").keys() == {"hit@1"}


def test_popularity_scores_candidates_only_where_they_are_given():
    model, mask = Popularity(torch.tensor([3, 1, 2])), torch.ones(2, 4, dtype=torch.bool)
    assert model(mask)["logits"].tolist() == [[3, 1, 2], [3, 1, 2]]
    assert model(mask, torch.tensor([2, 0]))["logits"].tolist() == [[2, 3], [2, 3]]


def test_hidden_states_are_left_out_unless_a_callback_reads_them():
    class Reads(lightning.Callback):
        hidden_state_index = 0

    assert trainer().model.output_hidden_states == "none"
    assert not hasattr(trainer(callbacks=[Reads()]).model, "output_hidden_states")


def test_spec_and_trainer_have_the_same_settings_and_defaults():
    import inspect

    from seqrec_trainer_lightning.specs import LightningTrainerSpec

    from seqrec_core.spec.fields import fields_of

    parameters = inspect.signature(LightningTrainer).parameters
    fields = {field.name: field.default for field in fields_of(LightningTrainerSpec)}
    assert set(parameters) == fields.keys() | set(LightningTrainerSpec.runtime)
    for name, parameter in parameters.items():
        if parameter.default is not inspect.Parameter.empty:
            assert fields[name] == parameter.default, name
