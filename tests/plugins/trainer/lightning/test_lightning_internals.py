"""What seqrec uses of Lightning's inside: each does what is said of it, in a real run."""

import lightning
import pytest
import torch
from lightning.pytorch.callbacks import WeightAveraging
from seqrec_trainer_lightning.lightning_internals import (
    batches_begun,
    leave_average,
    returns_predictions,
    stand_at_batch,
    swap_average,
    validates_after,
)

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*LeafSpec.*is deprecated",
    "ignore:.*does not have many workers",
    "ignore:You defined a `validation_step`",
)
BATCHES = 5


class Module(lightning.LightningModule):
    """One weight; its gradient is 1, its rate 1: after n steps it is -n."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))
        self.returned: list[bool] = []

    def training_step(self, batch):
        return self.weight

    def validation_step(self, batch):
        pass

    def predict_step(self, batch):
        self.returned.append(returns_predictions(self.trainer))
        return batch

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1.0)


def trainer(*callbacks, **settings) -> lightning.Trainer:
    return lightning.Trainer(
        callbacks=list(callbacks),
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        **settings,
    )


def loader() -> torch.utils.data.DataLoader:
    return torch.utils.data.DataLoader(range(BATCHES), batch_size=None)


class Log(lightning.Callback):
    """What happens, in order: batches, with whether a validation is said to follow; validations."""

    def __init__(self) -> None:
        self.events: list = []

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        assert batches_begun(trainer) == batch_idx + 1
        assert trainer.is_last_batch == (batch_idx == BATCHES - 1)
        self.events.append(validates_after(trainer, batch_idx))

    def on_validation_end(self, trainer, module) -> None:
        self.events.append(f"validation after {batches_begun(trainer)}")


def test_batches_are_counted_and_validations_foreseen_within_an_epoch():
    log = Log()
    trainer(log, max_epochs=2, val_check_interval=0.4).fit(Module(), loader(), loader())
    epoch = [False, True, "validation after 2", False, True, "validation after 4", False]
    assert log.events == 2 * epoch


def test_where_validation_comes_once_an_epoch_its_place_is_the_last_batch():
    log = Log()
    trainer(log, max_epochs=1).fit(Module(), loader())  # the place, even if nothing is validated
    assert log.events == [False, False, False, False, True]


@pytest.mark.parametrize("choice", [True, False])
def test_the_module_sees_whether_predictions_are_returned(choice):
    module = Module()
    trainer().predict(module, loader(), return_predictions=choice)
    assert module.returned == BATCHES * [choice]


def test_weights_and_their_average_are_exchanged_and_the_average_is_left():
    module, averaging = Module(), WeightAveraging()
    swap_average(averaging, module)  # no average yet
    leave_average(averaging, module)
    assert module.weight.item() == 0
    values = []

    class Swap(lightning.Callback):
        def on_train_batch_end(self, trainer, module, *_) -> None:
            values.append(module.weight.item())
            swap_average(averaging, module)
            values.append(module.weight.item())
            swap_average(averaging, module)
            values.append(module.weight.item())

    trainer(averaging, Swap(), max_epochs=1, limit_train_batches=3).fit(module, loader())
    assert values == [-1, -1, -1, -2, -1.5, -2, -3, -2, -3]
    module.weight.data.fill_(7)
    leave_average(averaging, module)
    assert module.weight.item() == -2


class StandAt(lightning.Callback):
    """Has the first epoch go on as if this many batches of it had been."""

    def on_train_start(self, trainer, module) -> None:
        if trainer.ckpt_path:
            stand_at_batch(trainer, 3)


@pytest.mark.filterwarnings("ignore:.*your dataloader is not resumable")
def test_an_epoch_that_goes_on_counts_from_the_batch_that_it_stands_at(tmp_path):
    first, second, log = Module(), Module(), Log()

    class Stop(lightning.Callback):
        def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
            trainer.save_checkpoint(tmp_path / "first.ckpt")
            trainer.should_stop = True

    trainer(Stop(), max_epochs=1).fit(first, loader())
    rest = trainer(StandAt(), log, max_epochs=1)
    rest.fit(second, loader(), ckpt_path=tmp_path / "first.ckpt", weights_only=True)
    assert log.events == [False, True]
    assert float(second.weight.detach()) == -3
