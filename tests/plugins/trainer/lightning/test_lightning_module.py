"""The module around a model: what it hands to it, and how a step is made."""

import inspect

import lightning
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from seqrec_library_kernels.deferred import DeferredLogits
from seqrec_library_kernels.scorer import ItemScorer
from seqrec_optimizer_standard.sgd import SGDFactory
from seqrec_scheduler_standard.step_lr import LRSchedulerFactory
from seqrec_scheduler_standard.warmup import WarmupFactory
from seqrec_trainer_lightning.history import History
from seqrec_trainer_lightning.lightning_module import LightningModule

pytestmark = pytest.mark.filterwarnings(
    "ignore:`isinstance.treespec, LeafSpec.` is deprecated:FutureWarning",
    "ignore:.*does not have many workers",
    "ignore:You defined a `validation_step`",
)
ITEMS = 5


class Model(torch.nn.Module):
    """Scores every item by one weight; remembers its last arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = torch.nn.Parameter(torch.arange(ITEMS, dtype=torch.float))
        self.arguments: dict = {}

    def forward(self, feature_tensors, padding_mask, candidates_to_score=None, target=None):
        self.arguments = {
            "feature_tensors": feature_tensors,
            "padding_mask": padding_mask,
            "candidates_to_score": candidates_to_score,
        }
        if self.training:
            return {"loss": self.weights.square().mean()}
        ids = slice(None) if candidates_to_score is None else candidates_to_score
        return {"logits": self.weights[ids].expand(len(padding_mask), -1), "hidden_states": ()}


def batch(**more) -> dict:
    mask = torch.ones(2, 3, dtype=torch.bool)
    return {"feature_tensors": {}, "padding_mask": mask, "query_id": torch.arange(2), **more}


def fit(
    module: LightningModule, batches: list[dict], epochs: int = 1, **settings
) -> lightning.Trainer:
    trainer = lightning.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **settings,
    )
    trainer.fit(module, torch.utils.data.DataLoader(batches, batch_size=None))
    return trainer


def test_keys_that_the_model_does_not_take_are_dropped():
    module = LightningModule(Model()).eval()
    assert module(batch(seen_ids=torch.zeros(2, 1)))["logits"].shape == (2, ITEMS)


def test_the_signature_is_read_once(monkeypatch):
    module = LightningModule(Model()).eval()
    monkeypatch.setattr(inspect, "signature", None)  # a second reading would fail
    assert module(batch())["logits"].shape == (2, ITEMS)


class Head(torch.nn.Module):
    def __init__(self, is_dot_product):
        super().__init__()
        self.dot = is_dot_product

    def is_dot_product(self):
        return self.dot

    def forward(self, hidden, weights):
        return hidden @ weights.T


class OpenModel(torch.nn.Module):
    """Tells its last hidden state from its scorer; notes what hidden states are asked for."""

    def __init__(self, is_dot_product: bool = True) -> None:
        super().__init__()
        self.head = Head(is_dot_product)
        self.hidden = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
        self.items = torch.tensor([[0.0, 5.0], [1.0, 4.0], [2.0, 3.0]])
        self.asked: list = []

    def scorer(self):
        return ItemScorer(self.head, lambda ids: self.items if ids is None else self.items[ids])

    def last_hidden_state(self, feature_tensors, padding_mask):
        return self.hidden[: len(padding_mask)]

    def forward(
        self,
        feature_tensors,
        padding_mask,
        candidates_to_score=None,
        output_hidden_states="final",
    ):
        self.asked.append(output_hidden_states)
        hidden = self.hidden[: len(padding_mask)]
        states = {"none": (), "final": (hidden,), "all": (hidden, hidden)}[output_hidden_states]
        return {"logits": self.scorer()(hidden, candidates_to_score), "hidden_states": states}


def test_logits_wait_until_they_are_read():
    model = OpenModel().eval()
    module = LightningModule(model, hidden_states="none").eval()
    for _ in range(2):
        answer = module.validation_step(batch(), 0)
        assert isinstance(answer, DeferredLogits)
        assert torch.equal(answer["logits"], model.hidden @ model.items.T)
        assert answer["hidden_states"] == ()
    assert model.asked == ["final"]  # the first batch goes both ways


def test_logits_do_not_wait_where_candidates_heads_states_or_compilers_want_forward():
    candidates = batch(candidates_to_score=torch.tensor([2, 0]))
    compiled = torch.compile(OpenModel().eval(), backend="eager")
    for model, rows, states in (
        (OpenModel().eval(), candidates, "none"),
        (OpenModel(is_dot_product=False).eval(), batch(), "none"),
        (OpenModel().eval(), batch(), "final"),
        (compiled, batch(), "none"),
    ):
        answer = LightningModule(model, hidden_states=states).eval().validation_step(rows, 0)
        assert not isinstance(answer, DeferredLogits)
        assert model.asked[0] == states


def predicted(module, *callbacks, **settings):
    """What a prediction of one batch returns."""
    trainer = lightning.Trainer(
        callbacks=list(callbacks),
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_checkpointing=False,
    )
    loader = torch.utils.data.DataLoader([batch()], batch_size=None)
    return trainer.predict(module, loader, **settings)


@pytest.mark.parametrize(("wish", "count"), [("final", 1), ("all", 2), (None, 0)])
def test_a_callback_gets_the_hidden_states_that_it_wants(wish, count):
    class Reads(lightning.Callback):
        seen: list = []

        def on_predict_batch_end(self, trainer, module, outputs, batch, *_):
            self.seen.append(len(outputs["hidden_states"]))

    class Wants(Reads):
        def hidden_states_wanted(self):
            return wish

    reader = Reads() if wish is None else Wants()
    module = LightningModule(OpenModel(), hidden_states="none")
    predicted(module, reader, return_predictions=False)
    assert reader.seen.pop() == count
    (answer,) = predicted(LightningModule(OpenModel()), reader)
    assert len(answer["hidden_states"]) == max(count, 1)
    assert reader.seen.pop() == max(count, 1)


def test_training_asks_for_what_the_module_was_told():
    model = OpenModel()
    LightningModule(model, hidden_states="none")(batch())
    LightningModule(model)(batch())
    assert model.asked == ["none", "final"]


def test_predictions_that_are_returned_hold_their_logits():
    (answer,) = predicted(LightningModule(OpenModel(), hidden_states="none"))
    assert answer["logits"].tolist() == [[0.0, 1.0, 2.0], [5.0, 4.0, 3.0]]


def test_a_compiled_model_keeps_its_arguments():
    module = LightningModule(torch.compile(Model(), backend="eager")).eval()
    assert module(batch(seen_ids=torch.zeros(2, 1)))["logits"].shape == (2, ITEMS)


def test_candidates_of_the_batch_beat_the_property():
    module = LightningModule(Model()).eval()
    module.candidates_to_score = torch.tensor([0, 1, 2])
    assert module(batch())["logits"][0].tolist() == [0, 1, 2]
    rows = batch(candidates_to_score=torch.tensor([4, 3]))
    assert module(rows)["logits"][0].tolist() == [4, 3]


def test_the_property_does_not_count_in_training():
    module = LightningModule(Model())
    module.candidates_to_score = torch.tensor([0, 1])
    module(batch())
    assert module.model.arguments["candidates_to_score"] is None


def test_the_batch_is_not_written_to():
    module = LightningModule(Model()).eval()
    module.candidates_to_score = torch.tensor([0, 1])
    rows = batch()
    before = dict(rows)
    module(rows)
    assert rows == before


def test_candidates_can_be_taken_back():
    module = LightningModule(Model()).eval()
    assert module.candidates_to_score is None
    module.candidates_to_score = torch.tensor([1])
    module.candidates_to_score = None
    assert module(batch())["logits"].shape == (2, ITEMS)


@pytest.mark.parametrize(
    ("candidates", "message"),
    [([1, 2, 1, 1], "repeats 2 of its 4 ids"), ([[[1, 2]]], r"shape \(1, 1, 2\); give item ids")],
)
def test_faulty_candidates_are_refused(candidates, message):
    module = LightningModule(Model()).eval()
    with pytest.raises(ValueError, match=message):
        module.candidates_to_score = torch.tensor(candidates)
    with pytest.raises(ValueError, match=message):
        module(batch(candidates_to_score=torch.tensor(candidates)))


def test_candidates_of_each_user_come_with_the_batch_alone():
    module = LightningModule(Model()).eval()
    with pytest.raises(ValueError, match=r"shape \(2, 3\); give item ids of shape \(C,\)"):
        module.candidates_to_score = torch.tensor([[1, 2, 3], [0, 3, 2]])
    module.candidates_to_score = torch.tensor([0])
    own = torch.tensor([[1, 2, 3], [0, -1, -1]])
    for step in (module.validation_step, module.test_step):
        logits = step(batch(candidates_to_score=own), 0)["logits"]
        assert logits.tolist() == [[1.0, 2.0, 3.0], [0.0, -torch.inf, -torch.inf]]


def test_training_steps_by_the_factories():
    module = LightningModule(Model(), SGDFactory(lr=0.5), LRSchedulerFactory(1, 0.1))
    trainer = fit(module, [batch()] * 2, epochs=2)
    expected = torch.arange(ITEMS, dtype=torch.float)
    for rate in (0.5, 0.5, 0.05, 0.05):
        expected = expected - rate * 2 * expected / ITEMS
    torch.testing.assert_close(module.model.weights.detach(), expected)
    assert trainer.optimizers[0].param_groups[0]["lr"] == pytest.approx(0.005)


def test_a_warmup_moves_every_step():
    module = LightningModule(Model(), SGDFactory(lr=1.0), WarmupFactory(10, 0.1))
    trainer = fit(module, [batch()] * 5)
    assert trainer.optimizers[0].param_groups[0]["lr"] == pytest.approx(0.55)


def test_the_default_optimizer_is_adam():
    optimizer = LightningModule(Model()).configure_optimizers()
    assert isinstance(optimizer, torch.optim.Adam)
    assert optimizer.defaults["betas"] == (0.9, 0.98)


def test_loss_weight_multiplies_the_loss_and_its_gradient():
    module = LightningModule(Model(), SGDFactory(lr=0.5))
    trainer = fit(module, [batch(loss_weight=torch.tensor(0.25))])
    start = torch.arange(ITEMS, dtype=torch.float)
    torch.testing.assert_close(
        module.model.weights.detach(), start - 0.25 * 0.5 * 2 * start / ITEMS
    )
    logged = trainer.callback_metrics["train_loss"]
    torch.testing.assert_close(logged, 0.25 * start.square().mean())


def test_the_epoch_loss_is_the_mean_over_steps():
    module = LightningModule(Model(), SGDFactory(lr=0.0))
    weights = [0.5, 1.0, 3.0]
    trainer = fit(module, [batch(loss_weight=torch.tensor(weight)) for weight in weights])
    start = torch.arange(ITEMS, dtype=torch.float)
    torch.testing.assert_close(trainer.callback_metrics["train_loss"], 1.5 * start.square().mean())


def test_a_checkpoint_can_be_chosen_by_the_loss_of_an_epoch(tmp_path):
    best = ModelCheckpoint(tmp_path, monitor="train_loss_epoch")
    settings = {"max_epochs": 2, "callbacks": [best], "logger": False}
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "accelerator": "cpu"}
    trainer = lightning.Trainer(**settings, **quiet)
    loader = torch.utils.data.DataLoader([batch()] * 2, batch_size=None)
    trainer.fit(LightningModule(Model(), SGDFactory(lr=0.1)), loader)
    assert best.best_model_path
    logged = trainer.callback_metrics
    assert best.best_model_score == logged["train_loss_epoch"] == logged["train_loss"]


def test_lightnings_own_bar_shows_losses_and_rate():
    class Bar(lightning.pytorch.callbacks.ProgressBar):
        shown: dict = {}

        def on_train_batch_end(self, trainer, module, *_):
            self.shown = self.get_metrics(trainer, module)

        def disable(self):
            pass

        on_train_epoch_end = on_train_batch_end

    bar, seen = Bar(), {}
    trainer = lightning.Trainer(
        max_epochs=1,
        callbacks=[bar],
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
    )

    class Keep(lightning.Callback):
        def on_train_batch_start(self, *_):
            seen.update(bar.shown)

    trainer.callbacks.append(Keep())
    module = LightningModule(Model(), SGDFactory(lr=0.25))
    trainer.fit(module, torch.utils.data.DataLoader([batch()] * 2, batch_size=None))
    assert seen["train_loss_step"] == pytest.approx(6.0)
    assert seen["learning_rate"] == 0.25
    assert "train_loss" in trainer.progress_bar_metrics


def test_the_learning_rate_is_logged_unless_another_callback_does_so(tmp_path):
    def logged(*callbacks):
        module = LightningModule(Model(), SGDFactory(lr=0.25))
        return fit(module, [batch()], callbacks=list(callbacks)).callback_metrics

    assert logged()["learning_rate"] == 0.25
    assert "learning_rate" not in logged(History(print))


@pytest.mark.parametrize("sparse", [False, True])
def test_gradients_are_clipped_by_their_common_norm_row_sparse_ones_too(sparse):
    class Tables(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = torch.nn.Embedding(ITEMS, 2, sparse=sparse)
            self.bias = torch.nn.Parameter(torch.zeros(1))

        def forward(self, padding_mask):
            rows = self.table(torch.tensor([1, 1, 3]))
            return {"loss": 3 * rows.sum() + 4 * self.bias.sum()}

    module = LightningModule(Tables(), SGDFactory(lr=1.0))
    before = module.model.table.weight.detach().clone()
    fit(module, [batch()], gradient_clip_val=2.0)
    gradient = torch.zeros(ITEMS, 2)
    gradient[1], gradient[3] = 6, 3
    norm = torch.sqrt(gradient.square().sum() + 16)
    moved = before - module.model.table.weight.detach()
    torch.testing.assert_close(moved, gradient * 2 / norm)
    torch.testing.assert_close(-module.model.bias.detach(), torch.tensor([4.0]) * 2 / norm)
