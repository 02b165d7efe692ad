"""The moving average of the weights, beside a recurrence of its own."""

import lightning
import pytest
import torch
from seqrec_trainer_lightning.averaging import moving_average
from tiny_runs import STEPS, InterruptAt, Model, fit, tiny_trainer, train_only


class Record(lightning.Callback):
    """Weights after each step, and those that each validation sees after so many steps."""

    def __init__(self) -> None:
        self.weights: list = []
        self.validated: list = []

    def on_train_batch_end(self, trainer, module, *_) -> None:
        self.weights.append(module.model.table.detach().clone())

    def on_validation_batch_end(self, trainer, module, *_) -> None:
        self.validated.append((len(self.weights), module.model.table.detach().clone()))


def average(weights, decay):
    """The first weights, then moved towards each of the next."""
    mean = weights[0]
    for n, each in enumerate(weights[1:], 1):
        grown = min(decay, (1 + n) / (10 + n))
        mean = grown * mean + (1 - grown) * each
    return mean


def run(path, data=None, callbacks=(), **settings):
    """The model, its weights after each step, and those of each time that some were kept."""
    record, best, model = Record(), [], Model()

    def keep(row):
        best.append((row["step"], model.table.detach().clone()))

    trainer = tiny_trainer(callbacks=(record, *callbacks), **settings)
    fit(trainer, path, data, model=model, keep=keep)
    return model, record.weights, best


@pytest.mark.parametrize("decay", [0.25, 0.9])
@pytest.mark.parametrize("every", [0.5, 1])
def test_kept_is_the_average_of_the_weights_so_far(tmp_path, decay, every):
    _, weights, best = run(tmp_path, ema_decay=decay, validate_every=every)
    assert best
    for step, held in best:
        torch.testing.assert_close(held, average(weights[: int(step)], decay))


def test_training_is_not_touched_by_averaging(tmp_path):
    _, averaged, _ = run(tmp_path / "averaged", ema_decay=0.9, validate_every=0.5)
    _, plain, _ = run(tmp_path / "plain", validate_every=0.5)
    assert len(plain) == 3 * STEPS
    assert all(map(torch.equal, averaged, plain))


def test_validation_sees_the_average(tmp_path):
    record = Record()
    fit(tiny_trainer(callbacks=[record], ema_decay=0.9, validate_every=0.5), tmp_path)
    assert len(record.validated) == 12
    for steps, seen in record.validated:
        torch.testing.assert_close(seen, average(record.weights[:steps], 0.9))


def test_without_validation_the_average_is_kept_at_the_end(tmp_path):
    _, weights, [(_, held)] = run(tmp_path, train_only(), ema_decay=0.9)
    torch.testing.assert_close(held, average(weights, 0.9))


def test_an_interrupted_run_without_validation_keeps_the_average(tmp_path):
    stop = (InterruptAt(STEPS + 5),)
    _, weights, [(_, held)] = run(tmp_path, train_only(), stop, ema_decay=0.9)
    assert len(weights) == STEPS + 5
    torch.testing.assert_close(held, average(weights, 0.9))


def test_a_run_with_validation_ends_with_the_average_in_the_model(tmp_path):
    model, weights, _ = run(tmp_path, ema_decay=0.9)
    torch.testing.assert_close(model.table, average(weights, 0.9))


@pytest.mark.parametrize(("n", "decay"), [(1, 2 / 11), (8, 0.5), (1000, 0.5)])
def test_the_decay_grows_until_it_is_the_one_that_was_set(n, decay):
    average, weights = [torch.tensor([1.0, 4.0])], [torch.tensor([3.0, 0.0])]
    moving_average(0.5)(average, weights, torch.tensor(n))
    expected = decay * torch.tensor([1.0, 4.0]) + (1 - decay) * torch.tensor([3.0, 0.0])
    torch.testing.assert_close(average[0], expected)
