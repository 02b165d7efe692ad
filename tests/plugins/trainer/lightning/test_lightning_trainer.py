"""The trainer on a tiny model and a stream that knows where it stands."""

import io

import lightning
import pytest
import torch
from rich.console import Console
from seqrec_optimizer_standard.adam import AdamFactory
from tiny_runs import Data, HitRate, Model, TrainOnly, batch, fit, tiny_trainer

from seqrec_core.errors import SeqrecError


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path):
    one, two, other = tiny_trainer(), tiny_trainer(), tiny_trainer(seed=2)
    for index, run in enumerate((one, two, other)):
        fit(run, tmp_path / str(index))
    assert torch.equal(one.model.table, two.model.table)
    assert not torch.allclose(one.model.table, other.model.table)


@pytest.mark.parametrize("fault", [{"accelerator": "abacus"}, {"strategy": "solo"}])
def test_a_machine_that_is_not_there_is_named(tmp_path, fault):
    with pytest.raises(SeqrecError, match=f"does not suit here: .*{next(iter(fault.values()))}"):
        fit(tiny_trainer(**fault), tmp_path)


@pytest.mark.parametrize("fused", [False, True])
def test_gradients_are_clipped_in_bfloat16_too(tmp_path, fused):
    settings = {"precision": "bf16-mixed", "gradient_clip_val": 1e-12, "max_epochs": 1}
    run = tiny_trainer(optimizer=AdamFactory(lr=1.0, eps=1.0, fused=fused), **settings)
    fit(run, tmp_path)
    torch.testing.assert_close(run.model.table, Model().table, rtol=0, atol=1e-6)


def test_without_validation_the_last_weights_are_kept(tmp_path):
    rows = []
    outcome = tiny_trainer().fit(TrainOnly(), tmp_path, rows.append, Console(file=io.StringIO()))
    assert [row["epoch"] for row in rows] == [3]
    assert outcome.best is None
    assert len(outcome.rows) == 3


@pytest.mark.parametrize(("every", "epochs"), [(0.25, 8), (1, 2), (2, 1)])
def test_validations_come_as_often_as_asked(tmp_path, every, epochs):
    outcome = fit(tiny_trainer(validate_every=every, max_epochs=2), tmp_path)
    assert sum("hit@1" in row for row in outcome.rows) == epochs


def test_tensorboard_has_loss_rate_speed_and_metrics(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    fit(tiny_trainer(tensorboard=True, log_every_n_steps=4), tmp_path)
    log = EventAccumulator(str(tmp_path / "logs" / "tensorboard"))
    log.Reload()
    tags = set(log.Tags()["scalars"])
    assert {"train_loss_step", "train_loss", "hit@1", "sequences_per_second", "lr-RowAdam"} <= tags


def test_hidden_states_are_left_out_unless_a_callback_reads_them():
    class Reads(lightning.Callback):
        hidden_state_index = 0

    assert tiny_trainer().model.output_hidden_states == "none"
    assert not hasattr(tiny_trainer(callbacks=[Reads()]).model, "output_hidden_states")


def test_another_model_is_measured_by_the_metrics_alone():
    class Forbidden(lightning.Callback):
        def on_validation_start(self, trainer, module):
            assert isinstance(module.model, Model)

    class Other(torch.nn.Module):
        def forward(self, padding_mask):
            return {"logits": torch.zeros(len(padding_mask), 20), "hidden_states": ()}

    trainer = tiny_trainer(callbacks=[Forbidden()])
    labels = torch.cat([batch(seed)["positive_labels"] for seed in (1000, 1001)])
    share = (labels == 0).float().mean().item()
    assert trainer.evaluate(Data(), "validate", Other()) == {"hit@1": pytest.approx(share)}
    assert trainer.evaluate(Data(), "validate").keys() == {"hit@1"}


def test_predictions_go_to_the_writer_batch_by_batch():
    class Writer(lightning.Callback):
        shapes: list = []

        def on_predict_batch_end(self, trainer, module, outputs, batch, *_):
            self.shapes.append(outputs["logits"].shape)

    class Predict(lightning.LightningDataModule):
        def predict_dataloader(self):
            return torch.utils.data.DataLoader([batch(1), batch(2)], batch_size=None)

    tiny_trainer(devices=1).predict(Predict(), Writer())
    assert Writer.shapes == [(8, 20), (8, 20)]


def test_filters_are_those_of_the_metrics():
    metrics = HitRate()
    assert tiny_trainer(metrics=metrics).postprocessors == ()
    metrics.postprocessors = ("filter",)
    assert tiny_trainer(metrics=metrics).postprocessors == ("filter",)
