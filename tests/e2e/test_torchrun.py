"""Runs that torchrun starts: a death, other numbers of processes afterwards, what is measured."""

import csv
import json
import math
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_tool_run.history_csv import HISTORY

SEQREC = str(Path(sys.executable).with_name("seqrec"))
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--nproc-per-node")
ALONE = {**os.environ, "OMP_NUM_THREADS": "1"}
FEW = ("--users", "83", "--items", "40", "--clusters", "4", "--events-per-user", "8")
SETTINGS = {
    "model.embedding_dim": 8,
    "model.num_heads": 2,
    "model.max_sequence_length": 8,
    "data.batch_size": 7,  # steps of an epoch are even in one process and in two
    "trainer.max_epochs": 5000,
    "trainer.validate_every": 0.5,
    "trainer.patience": "null",
    "trainer.accelerator": "cpu",
    "trainer.metrics.cold": "items.parquet:count",
    "trainer.metrics.metrics": '["recall","map","mrr","ndcg","coverage","novelty"]',
}
EVALUATED = """
    import json, sys
    from pathlib import Path
    from seqrec_tool_run.evaluate import measure

    run, out = map(Path, sys.argv[1:])
    validate, test = (measure(run, split=split) for split in ("validate", "test"))
    if test.is_main:
        out.write_text(json.dumps({**validate.metrics, **test.metrics}))
"""
USERS, STOPS = 331, [(1, 7), (2, 5), (1, 0)]  # processes, and after how many batches they stop
ROWS = """
    import io, json, os, signal, sys, warnings
    from pathlib import Path
    import lightning, torch
    from rich.console import Console
    from seqrec_datamodule_parquet.dataset import ParquetDataset
    from tiny_runs import Batches, batch, fit, tiny_trainer

    warnings.simplefilter("ignore")
    folder, stop = Path(sys.argv[1]), int(sys.argv[2])
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))

    class Data(Batches):
        stream = ParquetDataset(
            str(folder / "train.parquet"), {"query_id": {}}, 100, 8,
            generator=torch.Generator().manual_seed(1), equal_steps=True,
        )
        def loaders(self, split):
            return [self.stream] if split == "train" else [[batch(1)]]
        def transform(self, split, rows):
            return rows if split != "train" else {**batch(3), **rows}

    class Rows(lightning.Callback):
        def on_train_batch_end(self, trainer, module, outputs, rows, number):
            users = rows["query_id"][rows["query_id_mask"]].tolist()
            read.append([trainer.current_epoch, users])
            if len(read) == stop:
                os.kill(os.getpid(), signal.SIGINT)

    read, console = [], Console(file=io.StringIO())
    trainer = tiny_trainer(
        max_epochs=2, validate_every=0.5, callbacks=[Rows()], log_every_n_steps=1,
        strategy="ddp" if world > 1 else "auto",
    )
    goes_on = (folder / "run").exists()
    outcome = fit(trainer, folder / "run", Data(), console=console, resume=goes_on)
    epochs = [row["epoch"] for row in outcome.rows]
    said = [read, epochs, console.file.getvalue()]
    (folder / f"{rank}.json").write_text(json.dumps(said))
"""


def run(*words, **more):
    """What a program said; fails with that where it fails."""
    settings = {"capture_output": True, "text": True, "timeout": 300, "env": ALONE, **more}
    done = subprocess.run([*map(str, words)], check=False, **settings)
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-3000:]
    return done.stdout


def program(path, text):
    path.write_text(textwrap.dedent(text))
    return path


def fit(folder, *more, **settings):
    """The words of a fit."""
    settings = {**SETTINGS, **settings}
    sets = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    return ["fit", folder / "spec.json", "--out", folder / "run", *sets, *more]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder with items that are cold, and a spec."""
    folder = tmp_path_factory.mktemp("several")
    run(SEQREC, "data", "synth", "--out", folder / "data", *FEW)
    items = pq.read_table(folder / "data" / "items.parquet")
    counts = [0 if row % 4 == 0 else count for row, count in enumerate(items["count"].to_pylist())]
    place = items.column_names.index("count")
    cold = items.set_column(place, "count", pa.array(counts, items["count"].type))
    pq.write_table(cold, folder / "data" / "items.parquet")
    run(SEQREC, "init", "sasrec", "--data", folder / "data", "--out", folder / "spec.json")
    return folder


@pytest.fixture(scope="module")
def killed(folder):
    """What torchrun said of a run of two processes, one of which was killed; how, and how soon."""
    words = [*TORCHRUN, "2", SEQREC, *fit(folder)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "env": ALONE}
    launcher = subprocess.Popen([*map(str, words)], start_new_session=True, **pipes)
    try:
        end = time.monotonic() + 120
        while not (folder / "run" / "checkpoints" / "last.ckpt").exists():
            assert launcher.poll() is None, launcher.communicate()
            assert time.monotonic() < end
            time.sleep(0.05)
        children = Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text().split()
        os.kill(int(children[-1]), signal.SIGKILL)
        start = time.monotonic()
        said, _ = launcher.communicate(timeout=60)
        return said, launcher.returncode, time.monotonic() - start
    finally:
        if launcher.poll() is None:
            os.killpg(launcher.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def resumed(folder, killed):
    """The run, which one process went on with, and what that said."""
    rows = len((folder / "run" / HISTORY).read_text().splitlines())
    said = run(SEQREC, *fit(folder, "--resume", **{"trainer.max_epochs": 1 + rows // 2}))
    return folder / "run", said


@pytest.mark.slow
def test_a_process_that_is_killed_ends_all(killed):
    said, code, seconds = killed
    assert code != 0
    assert seconds < 60
    assert "SIGKILL" in said  # torchrun says so, and ends the other one before it can speak


@pytest.mark.slow
def test_one_process_goes_on_where_two_were_killed(resumed):
    path, said = resumed
    assert "the run was one of 2 processes and goes on in 1" in said
    with (path / HISTORY).open() as file:
        rows = list(csv.DictReader(file))
    epochs = [float(row["epoch"]) for row in rows]
    assert epochs == [(number + 1) / 2 for number in range(len(rows))]
    names = ("train_loss", "ndcg@10")
    assert all(math.isfinite(float(row[name])) for row in rows for name in names)
    assert not (path / ".unfinished").exists()


@pytest.mark.slow
def test_any_number_of_processes_measures_what_one_does(tmp_path, resumed):
    script = program(tmp_path / "script.py", EVALUATED)
    path, _ = resumed

    def measured(*launch, of=path):
        run(*launch, script, of, tmp_path / "measured.json")
        return json.loads((tmp_path / "measured.json").read_text())

    alone = measured(sys.executable)
    assert {name.split("/")[0] for name in alone} == {"validate", "test"}
    assert any("/cold_ndcg@" in name for name in alone)
    assert any("baseline" in name or "popularity" in name for name in alone)
    assert measured(*TORCHRUN, 4) == pytest.approx(alone, abs=1e-6)
    lock = json.loads((path / "spec.lock.json").read_text())
    del lock["digest"]
    text = json.dumps(lock, indent=2).replace('"devices": null', '"devices": 3')
    (path / "spec.lock.json").write_text(text)
    assert measured(sys.executable) == pytest.approx(alone, abs=1e-6)


@pytest.mark.slow
def test_other_numbers_of_processes_go_on_with_the_rows_that_are_left(tmp_path):
    pq.write_table(pa.table({"query_id": range(USERS)}), tmp_path / "train.parquet")
    script = program(tmp_path / "script.py", ROWS)
    users = [[], []]
    for size, stop in STOPS:
        launch = (*TORCHRUN, size) if size > 1 else (sys.executable,)
        run(*launch, script, tmp_path, stop, env={**ALONE, "PYTHONPATH": "tests/fakes"})
        said = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(size)]
        assert len({len(read) for read, *_ in said}) == 1
        for read, *_ in said:
            for epoch, ids in read:
                users[epoch] += ids
    assert [Counter(each) for each in users] == [Counter(range(USERS))] * 2
    _, epochs, line = said[0]
    assert "was one of 2 processes and goes on in 1" in line
    assert epochs == pytest.approx([0.5, 1, 1.5, 2], abs=0.06)
