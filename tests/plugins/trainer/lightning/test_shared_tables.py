"""Two processes that share out a table train, validate and go on as with whole tables."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from lightning.pytorch.strategies import DDPStrategy
from seqrec_library_sharding.row_exchange import RowExchange
from seqrec_library_sharding.sharded_table import ShardedTable
from seqrec_trainer_lightning.averaging import AverageWeights
from seqrec_trainer_lightning.shared_tables import SharesTables, own_state, shared_parameters

from seqrec_core.errors import SeqrecError

FAKES = Path(__file__).parents[3] / "fakes"
SCRIPT = """
    import json, os, sys, warnings
    from pathlib import Path

    sys.path.insert(0, sys.argv[1])
    import torch
    from seqrec_library_sharding.sharded_table import ShardedTable
    from tiny_runs import ITEMS, Data, InterruptAt, Stream, batch, fit, tiny_run, tiny_trainer
    from torch.nn import functional as F

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    folder = Path(sys.argv[2])
    rank = int(os.environ.get("LOCAL_RANK", "0"))

    class Whole(torch.nn.Embedding):
        def without(self, row):
            return self.weight[:row]

    class Model(torch.nn.Module):
        def __init__(self, kind, is_sparse):
            super().__init__()
            torch.manual_seed(3 + rank)  # the first one's weights count
            self.items = kind(ITEMS + 1, 4, padding_idx=ITEMS, sparse=is_sparse)
            self.inner = torch.nn.Linear(4, 4)

        def forward(self, feature_tensors, padding_mask, positive_labels=None):
            hidden = self.inner(self.items(feature_tensors["item_id"][:, -1]))
            if not self.training:
                return {"logits": F.linear(hidden, self.items.without(ITEMS)), "hidden_states": ()}
            ids = torch.stack([positive_labels, (positive_labels + 7) % ITEMS], 1)
            logits = (hidden.unsqueeze(1) * self.items(ids)).sum(-1)
            return {"loss": F.cross_entropy(logits, torch.zeros(len(ids), dtype=torch.long))}

    class Ranked(Stream):
        def __iter__(self):
            return ({**each, **batch(2 * self.place + rank)} for each in super().__iter__())

    class OfOne:  # of which the other process has no batch
        def __iter__(self):
            return iter([] if rank else [batch(2000 + number) for number in range(3)])

    class Unequal(Data):
        def loaders(self, split):
            if split == "train":
                return [Ranked()]
            first = [batch(1000 + number) for number in range(3)]
            return [torch.utils.data.DataLoader(first, batch_size=None), OfOne()]
        def transform(self, split, batch):
            return batch

    def run(name, is_sparse, kind=ShardedTable, resume=False, **settings):
        model, kept = Model(kind, is_sparse), {}
        trainer = tiny_trainer(
            devices=2, strategy="ddp", log_every_n_steps=1, gradient_clip_val=0.2,
            accumulate_grad_batches=2, monitor="hit@1/dataloader_idx_0", **settings,
        )

        def keep(row):
            kept.update({name: value.clone() for name, value in model.state_dict().items()})

        outcome = fit(trainer, folder / name, Unequal(), model=model, keep=keep, resume=resume)
        metrics = [trainer.evaluate(tiny_run(None, Unequal(), model=model), "test")]
        rows = [{k: v for k, v in row.items() if "sec" not in k} for row in outcome.rows]
        return kept, rows, metrics, model, trainer

    def gap(left, right):
        assert left.keys() == right.keys()
        return max(float((left[name] - right[name]).abs().max()) for name in left)

    def compared(name, is_sparse):
        expected, rows, metrics, *_ = run(f"{name}-whole", is_sparse, Whole)
        shared, shared_rows, shared_metrics, model, trainer = run(name, is_sparse)
        assert len(model.items.weight) == len(range(rank, ITEMS + 1, 2))
        cut = f"{name}-cut"
        run(cut, is_sparse, callbacks=[InterruptAt(7)], validate_every=None)
        again, again_rows, *_ = run(cut, is_sparse, resume=True)
        if not trainer.is_main_process():
            return None
        torch.save(shared, folder / f"{name}.pt")
        return [
            gap(expected, shared), rows, shared_rows, metrics, shared_metrics,
            gap(shared, again), again_rows == shared_rows,
        ]

    said = {"dense": compared("dense", False), "sparse": compared("sparse", True)}
    if said["dense"]:
        print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """What two processes that train the same models with whole tables and with shared ones say."""
    folder = tmp_path_factory.mktemp("shared")
    script = folder / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    command = [sys.executable, str(script), str(FAKES), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize("gradients", ["dense", "sparse"])
def test_weights_metrics_and_resumption_are_those_of_whole_tables(compared, gradients):
    folder, said = compared
    off, rows, shared_rows, metrics, shared_metrics, resumed_off, resumes_alike = said[gradients]
    assert off < 1e-5
    assert shared_metrics == [pytest.approx(each) for each in metrics]
    assert shared_rows == [pytest.approx(row, abs=1e-5) for row in rows]
    assert resumed_off == 0
    assert resumes_alike
    path = folder / gradients / "checkpoints" / "last.ckpt"
    checkpoint = torch.load(path, weights_only=True)
    table = checkpoint["state_dict"]["model.items.weight"]
    (optimizer,) = checkpoint["optimizer_states"]
    state = optimizer["state"][checkpoint["seqrec_parameters"].index("items.weight")]
    assert table.shape == state["exp_avg"].shape == state["exp_avg_sq"].shape
    assert torch.load(folder / f"{gradients}.pt")["items.weight"].shape == table.shape
    assert not [*folder.glob("**/.rows-*")]


class Strategy(DDPStrategy):
    def __init__(self):
        self.is_there = True


def set_up(**settings):
    """A table, after sharing it out was asked for; or what is said of the trainer."""
    usual = {"world_size": 2, "strategy": Strategy(), "precision": "32-true", "callbacks": []}
    model = torch.nn.ModuleDict({"items_of": ShardedTable(5, 2)})
    SharesTables().setup(SimpleNamespace(**(usual | settings)), SimpleNamespace(model=model), "fit")
    return model["items_of"]


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"strategy": object()}, 'trainer.strategy "ddp"'),
        ({"precision": "16-mixed"}, "bf16-mixed"),
        ({"callbacks": [AverageWeights(0.9)]}, "ema_decay needs whole tables"),
    ],
)
def test_what_needs_whole_tables_is_refused(settings, fault):
    with pytest.raises(SeqrecError, match=fault):
        set_up(**settings)


def test_one_process_has_whole_tables():
    table = set_up(world_size=1, strategy=object())
    assert table.exchange is None
    assert table.weight.shape == (5, 2)


def test_a_process_takes_its_rows_of_a_state():
    model = torch.nn.ModuleDict({"items_of": ShardedTable(5, 2), "inner": torch.nn.Linear(2, 5)})
    state = {"exp_avg": torch.arange(10.0).view(5, 2), "step": torch.tensor(3.0)}
    assert shared_parameters(model) == {}
    assert own_state(state, "items_of.weight", model) is state
    exchange = object.__new__(RowExchange)
    exchange.rank, exchange.size = 1, 2
    model["items_of"].exchange = exchange
    assert list(shared_parameters(model)) == ["items_of.weight"]
    own = own_state(state, "items_of.weight", model)
    assert own["exp_avg"].tolist() == [[2, 3], [6, 7]]
    assert own["step"] is state["step"]
    assert own_state(state, "inner.weight", model) is state
