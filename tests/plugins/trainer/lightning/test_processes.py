"""Two processes that train together and have unequal work in validation."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import tiny_runs
import torch

SCRIPT = """
    import io, json, sys, warnings
    from pathlib import Path
    import torch
    from rich.console import Console
    from seqrec_callback_metrics.ranking_metrics import RankingMetrics
    from seqrec_optimizer_standard.sgd import SGDFactory
    from seqrec_trainer_lightning.lightning_trainer import LightningTrainer
    from seqrec_core.contracts import Run

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    ITEMS = 12
    processes, batches = int(sys.argv[2]), int(sys.argv[3])
    decay = float(sys.argv[4]) or None

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            generator = torch.Generator().manual_seed(0)
            self.table = torch.nn.Parameter(torch.randn(ITEMS, 4, generator=generator))
            self.register_buffer("scale", torch.tensor(2.0))

        def forward(self, feature_tensors, padding_mask, positive_labels=None):
            logits = self.table[feature_tensors["item_id"][:, -1]] @ self.table.T * self.scale
            if self.training:
                return {"loss": torch.nn.functional.cross_entropy(logits, positive_labels)}
            return {"logits": logits, "hidden_states": ()}

    def batch(seed):
        items = torch.randint(ITEMS, (4, 3), generator=torch.Generator().manual_seed(seed))
        return {
            "feature_tensors": {"item_id": items},
            "padding_mask": torch.ones(4, 3, dtype=torch.bool),
            "positive_labels": (items[:, -1] + 1) % ITEMS,
            "ground_truth": (items[:, -1:] + 1) % ITEMS,
        }

    class Rows(torch.utils.data.IterableDataset):
        def __init__(self, count):
            self.count = count
        def __iter__(self):
            rank = torch.distributed.get_rank() if processes > 1 else 0
            return (batch(seed) for seed in range(rank, self.count, processes))

    class Data:
        def loaders(self, split):
            if split == "train":
                return [Rows(4)]
            return [Rows(batches), Rows(3 * batches)]
        def transform(self, split, batch):
            return batch
        def vocabularies(self):
            return None

    trainer = LightningTrainer(
        seed=1, optimizer=SGDFactory(lr=0.0), max_epochs=2,
        ema_decay=decay,
        metrics=RankingMetrics(["ndcg"], [10]), monitor="ndcg@10/dataloader_idx_0",
        accelerator="cpu", devices=processes, strategy="ddp" if processes > 1 else "auto",
    )
    console = Console(file=io.StringIO())
    run = Run(model=Model(), data=Data(), folder=Path(sys.argv[1]), console=console)
    outcome = trainer.fit(run)
    if trainer.is_main_process():
        names = ["ndcg@10/dataloader_idx_0", "ndcg@10/dataloader_idx_1", "train_loss"]
        print(json.dumps([row[name] for row in outcome.rows for name in names]))
"""


def validations(folder, processes, batches, ema_decay=0.0):
    """Metrics and loss of each epoch of a run in a process of its own."""
    script = folder / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    arguments = [folder / "run", processes, batches, ema_decay]
    command = [sys.executable, str(script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What one process finds for the same batch."""
    return validations(tmp_path_factory.mktemp("alone"), processes=1, batches=1)


@pytest.mark.slow
@pytest.mark.parametrize("ema_decay", [0.0, 0.5])
def test_a_process_without_rows_does_not_stop_a_validation(tmp_path, alone, ema_decay):
    two = validations(tmp_path, processes=2, batches=1, ema_decay=ema_decay)
    assert len(two) == 2 * 3
    assert two == pytest.approx(alone)


ACCUMULATION = """
    import sys, warnings
    from pathlib import Path

    sys.path[:0] = sys.argv[1].split(":")
    import torch
    from seqrec_optimizer_standard.sgd import SGDFactory
    from test_accumulation import InterruptAtBatch, Plain, batches_of, rows
    from tiny_runs import Batches, fit, tiny_trainer

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    folder, processes, clip, stop = Path(sys.argv[2]), *map(int, sys.argv[3:])

    class Shared:
        place = 0

        def __init__(self, batches):
            self.batches = batches

        def __len__(self):
            return len(self.batches) // processes

        def __iter__(self):
            first = torch.distributed.get_rank() if processes > 1 else 0
            for batch in self.batches[first::processes][self.place % len(self):]:
                self.place += 1
                yield batch

        def state_dict(self):
            return {"place": self.place}

        def load_state_dict(self, state):
            self.place = state["place"]

    batches = rows(30) if processes > 1 else batches_of([120, 120, 60])
    many = {"devices": processes, "strategy": "ddp", "accumulate_grad_batches": 2}

    def train(resume, *callbacks):
        model = Plain()
        trainer = tiny_trainer(
            optimizer=SGDFactory(lr=0.1), callbacks=callbacks, log_every_n_steps=1,
            gradient_clip_val=0.5 if clip else None, **(many if processes > 1 else {}),
        )
        outcome = fit(trainer, folder, Batches(train=[Shared(batches)]), model=model, resume=resume)
        return model.state_dict(), trainer, outcome

    if stop:
        assert train(False, InterruptAtBatch(stop))[2].interrupted
    weights, trainer, outcome = train(bool(stop))
    if trainer.is_main_process():
        torch.save([weights, outcome.rows[-1]["step"]], folder / "weights.pt")
"""


def accumulated(folder, processes, clip, stop=0):
    """Weights and steps of three epochs, whose groups are two batches of either process."""
    folder.mkdir()
    script = folder / "script.py"
    script.write_text(textwrap.dedent(ACCUMULATION))
    paths = f"{Path(__file__).parent}:{Path(tiny_runs.__file__).parent}"
    words = [paths, folder, processes, int(clip), stop]
    command = [sys.executable, str(script), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return torch.load(folder / "weights.pt", weights_only=True)


@pytest.mark.slow
@pytest.mark.parametrize("clip", [False, True])
def test_groups_of_batches_of_two_processes_are_steps_of_all_their_rows(tmp_path, clip):
    alone, steps = accumulated(tmp_path / "alone", 1, clip)
    two, steps_of_two = accumulated(tmp_path / "two", 2, clip)
    assert steps_of_two == steps == 3 * 3
    torch.testing.assert_close(two, alone, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_a_group_of_two_processes_that_was_interrupted_goes_on_to_the_same_step(tmp_path):
    whole = accumulated(tmp_path / "whole", 2, clip=False)
    cut = accumulated(tmp_path / "cut", 2, clip=False, stop=3)
    torch.testing.assert_close(cut, whole, rtol=1e-5, atol=1e-6)
