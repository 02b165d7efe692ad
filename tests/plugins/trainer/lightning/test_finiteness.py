"""A run ends at the step at which a number is not finite; what was good stays."""

import lightning
import pytest
import torch
from seqrec_optimizer_standard.sgd import SGDFactory
from seqrec_trainer_lightning.finiteness import Reading, tensors_of
from tiny_runs import STEPS, Batches, HitRate, Model, batch, fit, tiny_trainer
from torch import nn

from seqrec_core.errors import DataError, SeqrecError

NAN, INF = float("nan"), float("inf")


class Priced(nn.Module):
    """Adds an embedding of a price, a part of a part, to the tiny model."""

    def __init__(self):
        super().__init__()
        self.table = Model().table
        self.embedder = nn.ModuleDict({"price": nn.Linear(1, 4)})
        self.head = nn.Identity()

    def forward(self, feature_tensors, padding_mask, positive_labels=None):
        price = self.embedder["price"](feature_tensors["price"][:, -1:])
        hidden = self.head(self.table[feature_tensors["item_id"][:, -1]] + price)
        logits = hidden @ self.table.T
        if self.training:
            return {"loss": nn.functional.cross_entropy(logits, positive_labels)}
        return {"logits": logits, "hidden_states": ()}


class Untimely(nn.Identity):
    """Divides by zero in its n-th call."""

    def __init__(self, number):
        super().__init__()
        self.left = number

    def forward(self, x):
        self.left -= 1
        return x / (0 if self.left <= 0 else 1)


def batches(spoilt=None, value=NAN, validate=()):
    """Twelve batches with prices; in one of them the price of query 17 is spoilt."""
    train = []
    for number in range(1, STEPS + 1):
        columns = batch(number)
        price = torch.rand(8, 3, generator=torch.manual_seed(number))
        if number == spoilt:
            price[5, 2] = value
        features = {**columns["feature_tensors"], "price": price}
        ids = torch.arange(8) + 12
        train.append({**columns, "feature_tensors": features, "query_id": ids})
    return Batches(train=[train], validate=validate)


@pytest.mark.parametrize("value", [NAN, INF, -INF])
@pytest.mark.parametrize("accumulate", [1, 4])
def test_a_cell_of_the_data_is_named_and_the_batch_saved_before_weights_change(
    tmp_path, value, accumulate
):
    model = Priced()
    trainer = tiny_trainer(accumulate_grad_batches=accumulate)
    words = r"loss became nan at step {}.*'price' of query 17, position 2 is {}; .*'embedder.price'"
    step = 7 if accumulate == 1 else 2
    with pytest.raises(DataError, match=words.format(step, value)) as caught:
        fit(trainer, tmp_path, batches(7, value), model=model)
    path = tmp_path / "faults" / f"batch-{step}.pt"
    assert str(path) in str(caught.value)
    saved = torch.load(path, weights_only=True)
    torch.testing.assert_close(saved, batches(7, value).splits["train"][0][6], equal_nan=True)
    assert not (tmp_path / "checkpoints" / "last.ckpt").exists()
    assert all(p.isfinite().all() for p in model.parameters())


def test_a_module_that_divides_by_zero_is_named(tmp_path):
    model = Priced()
    model.head = Untimely(3)
    with pytest.raises(SeqrecError, match=r"at step 3 \(epoch 1, batch 3\).*of 'head'. Look at"):
        fit(tiny_trainer(), tmp_path, batches(), model=model)


def test_weights_that_grow_are_said_to(tmp_path):
    with pytest.raises(SeqrecError, match=r"at step 2 .*weights have grown to .*lr or set"):
        fit(tiny_trainer(optimizer=SGDFactory(lr=1e30)), tmp_path)


class Spoiler(lightning.Callback):
    """Writes nan into the weights after a step, or into its gradients."""

    def __init__(self, step, gradient):
        self.step, self.gradient = step, gradient

    def on_before_optimizer_step(self, trainer, module, optimizer):
        if self.gradient and trainer.global_step + 1 == self.step:
            module.model.table.grad[0, 0] = INF

    def on_train_batch_end(self, trainer, module, *_):
        if not self.gradient and trainer.global_step == self.step:
            with torch.no_grad():
                module.model.table[0, 0] = NAN


def test_gradients_that_are_clipped_end_the_run_at_their_step(tmp_path):
    trainer = tiny_trainer(gradient_clip_val=1.0, callbacks=[Spoiler(5, gradient=True)])
    words = r"norm of the gradients became inf at step 5 .*'table' is the first.*lr or"
    with pytest.raises(SeqrecError, match=words):
        fit(trainer, tmp_path)
    assert (tmp_path / "faults" / "batch-5.pt").is_file()


class Unread(Model):
    """Has a weight that no loss reads."""

    def __init__(self):
        super().__init__()
        self.unread = nn.Parameter(torch.zeros(2))


@pytest.mark.parametrize("validate", [True, False])
def test_weights_that_are_not_finite_are_neither_kept_nor_written(tmp_path, validate):
    class Spoils(lightning.Callback):
        def on_train_batch_end(self, trainer, module, *_):
            if trainer.global_step == STEPS + 3:
                module.model.unread.data[1] = NAN

    kept = []
    loaders = [[batch(1000)]] if validate else ()
    data = Batches(train=[[batch(n) for n in range(STEPS)]], validate=loaders)
    trainer = tiny_trainer(callbacks=[Spoils()], metrics=HitRate([0.1, 0.9]))
    with pytest.raises(SeqrecError, match=rf"by step {2 * STEPS} .*'unread' is the first such"):
        fit(trainer, tmp_path, data, model=Unread(), keep=kept.append)
    assert [row["epoch"] for row in kept] == [1] * validate
    last = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=False)
    assert last["state_dict"]["model.unread"].isfinite().all()


def test_a_run_without_a_folder_says_the_same_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="query 17"):
        fit(tiny_trainer(), None, batches(2), model=Priced())
    assert not list(tmp_path.iterdir())


def test_of_a_batch_what_a_stranger_made_is_left_out():
    kept = tensors_of({"a": torch.ones(2), "b": {"c": 1, "d": object()}, "e": "text", "f": [1]})
    assert kept.keys() == {"a", "b", "e"}
    assert kept["b"] == {"c": 1}


def test_a_number_of_the_cpu_is_here_at_once():
    reading = Reading.of(torch.tensor(2.5), {}, 1, 1)
    assert reading.is_here
    assert reading.value() == 2.5


class Arrival:
    """Of a number that a GPU has yet to compute; notes how many batches were asked for by then."""

    forwards = 0
    waits: list[int] = []

    def synchronize(self):
        Arrival.waits.append(Arrival.forwards)


class Counting(Priced):
    """Counts the batches of training that it was asked for."""

    def forward(self, *arguments, **keywords):
        Arrival.forwards += self.training
        return super().forward(*arguments, **keywords)


@pytest.fixture
def late(monkeypatch):
    """Numbers arrive as those of a GPU do."""

    def of(number, batch, step, batch_of_epoch):
        return Reading(batch, step, batch_of_epoch, number.clone(), Arrival())

    monkeypatch.setattr(Reading, "of", of)
    monkeypatch.setattr(Arrival, "forwards", 0)
    monkeypatch.setattr(Arrival, "waits", [])


@pytest.mark.parametrize("clip", [None, 1.0])
def test_no_number_is_waited_for_before_the_next_batch_has_been_asked_for(late, tmp_path, clip):
    fit(tiny_trainer(gradient_clip_val=clip, max_epochs=1), tmp_path, batches(), model=Counting())
    numbers = 1 if clip is None else 2
    expected = [step + 1 for step in range(1, STEPS) for _ in range(numbers)]
    assert Arrival.waits == expected + [STEPS] * numbers  # the last before weights are kept


@pytest.mark.parametrize("spoilt", [7, STEPS])
def test_a_number_that_comes_late_names_its_own_step_and_nothing_is_kept(late, tmp_path, spoilt):
    kept = []
    words = rf"loss became nan at step {spoilt} .*'price' of query 17.*may have changed.*batch-"
    with pytest.raises(DataError, match=words):
        fit(tiny_trainer(), tmp_path, batches(spoilt), model=Counting(), keep=kept.append)
    assert not kept
    assert not (tmp_path / "checkpoints" / "last.ckpt").exists()
    assert (tmp_path / "faults" / f"batch-{spoilt}.pt").is_file()
