"""`seqrec predict` over Spark and Ray: the rows of the trainer, though a process is killed.

Of a model that reads features of items, with candidates of each user.
"""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import torch
from engines_in_use import ray_in_use, spark_in_use
from seqrec_datamodule_parquet import stream_parts
from seqrec_library_engines.chosen import engine_of
from seqrec_tool_run.predict import write_predictions
from typer.testing import CliRunner

from seqrec_core.build import Runtime, build_model
from seqrec_core.bundle import Bundle
from seqrec_core.cli.app import app
from seqrec_core.errors import SeqrecError
from seqrec_core.session import load_resolved
from seqrec_core.vocabulary import read_table

pytestmark = pytest.mark.slow

USERS, ITEMS = 130, 40


def command(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A bundle of random weights, its data, candidates of each user; what the trainer writes."""
    root = tmp_path_factory.mktemp("scored")
    rng = np.random.default_rng(0)
    events = [f"u{u},i{rng.integers(ITEMS)},{t}" for u in range(USERS) for t in range(6)]
    (root / "events.csv").write_text("\n".join(["user,item,timestamp", *events]))
    items = [f"i{n},b{n % 5},{rng.random():.3f}" for n in range(ITEMS)]
    (root / "items.csv").write_text("\n".join(["item,brand,price", *items]))
    pairs = [f"u{u},i{(u * 7 + k) % ITEMS}" for u in range(3, USERS) for k in range(9)]
    (root / "each.csv").write_text("\n".join(["user,item", *pairs]))
    features = ("--item-features", "brand:categorical,price:numerical")
    features = ("--items", root / "items.csv", *features)
    command("data", "prepare", root / "events.csv", *features, "--out", root / "data")
    sizes = ["model.embedding_dim=16", "model.num_blocks=1", "model.num_heads=2"]
    small = [*sizes, "data.eval_batch_size=1", "trainer.accelerator=cpu"]
    command("init", "sasrec", "--data", root / "data", "--out", root / "spec.json")
    recipe = load_resolved(root / "spec.json", small).recipe
    assert {"brand", "price"} <= {feature.name for feature in recipe.schema.features}
    model = build_model(recipe, Runtime(recipe.schema.tensor_schema()))
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(torch.randn_like(weights) / 4)
    Bundle.write(root / "run", model, recipe, items=read_table(root / "data" / "items.parquet"))
    write_predictions(root / "run", None, root / "all.parquet", top_k=7)
    each = root / "each.csv"
    write_predictions(root / "run", None, root / "each.parquet", top_k=7, candidates=each)
    return root


@pytest.fixture(autouse=True)
def few_rows(monkeypatch):
    """50 users are a piece."""
    monkeypatch.setattr(stream_parts, "ROWS", 40)


@pytest.fixture(scope="module")
def spark():
    with spark_in_use() as session:
        yield session


@pytest.fixture(scope="module")
def ray():
    with ray_in_use() as ray:
        yield ray


def killing(engine, flag):
    """An engine whose first process to have written piece 1 dies before it answers."""

    class KillsOnce:
        def __init__(self, work):
            self.work = work

        def open(self, files):
            answer = self.work.open(files)

            def answer_or_die(piece):
                answered = answer(piece)
                if piece[0] == 1 and not Path(flag).exists():
                    Path(flag).touch()
                    os.kill(os.getpid(), signal.SIGKILL)
                return answered

            return answer_or_die

    class Killing:
        def map(self, work, pieces, files):
            return engine.map(KillsOnce(work), pieces, files)

    return Killing()


def assert_equal(parts, file):
    """Row for row, however the parts are read; scores to 1e-6."""
    rows = pq.read_table(file)
    ids, scores = rows.drop_columns("score"), rows["score"].to_numpy()
    for there in (
        pq.read_table(parts),
        ds.dataset(parts, format="parquet").to_table(),
        pl.read_parquet(parts / "*.parquet").to_arrow(),
    ):
        assert there.drop_columns("score").to_pydict() == ids.to_pydict()
        np.testing.assert_allclose(there["score"].to_numpy(), scores, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["spark", "ray"])
def test_the_rows_are_those_of_the_trainer_though_a_process_is_killed(
    request, root, tmp_path, name
):
    request.getfixturevalue(name)
    engine = killing(engine_of(name), tmp_path / "flag")
    predictions = write_predictions(root / "run", None, tmp_path / "top", top_k=7, engine=engine)
    assert (tmp_path / "flag").exists()
    assert_equal(tmp_path / "top", root / "all.parquet")
    assert predictions.rows == pq.read_metadata(root / "all.parquet").num_rows
    assert len([*(tmp_path / "top").glob("part-*")]) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flag", "top"]


@pytest.mark.parametrize("name", ["spark", "ray"])
def test_candidates_of_each_user_reach_every_process(request, root, tmp_path, name):
    request.getfixturevalue(name)
    each = ("--candidates", root / "each.csv", "--top-k", 7)
    said = command("predict", root / "run", *each, "--out", tmp_path / "top", "--engine", name)
    assert_equal(tmp_path / "top", root / "each.parquet")
    assert "nothing is recommended to them" in said


@pytest.mark.parametrize("name", ["spark", "ray"])
def test_a_disk_that_is_full_where_parts_are_written_leaves_nothing(request, root, tmp_path, name):
    request.getfixturevalue(name)

    class Full:
        """Writes piece 0; then there is no room."""

        def __init__(self, work):
            self.work = work

        def open(self, files):
            answer = self.work.open(files)

            def limited(piece):
                answered = answer(piece)
                if piece[0]:
                    raise OSError(errno.ENOSPC, "No space left on device")
                return answered

            return limited

    class OnFull:
        def map(self, work, pieces, files):
            return engine_of(name).map(Full(work), pieces, files)

    with pytest.raises(SeqrecError, match="No space left on device"):
        write_predictions(root / "run", None, tmp_path / "top", engine=OnFull())
    assert not [*tmp_path.iterdir()]


def test_an_interrupt_leaves_nothing(root, tmp_path):
    """Neither parts nor processes, over a session of its own."""
    pytest.importorskip("pyspark", reason="needs pyspark: pip install pyspark")
    if not shutil.which("java"):
        pytest.skip("Spark needs Java 17 or later")
    entry = "from seqrec_core.cli import main; raise SystemExit(main())"
    spark = ("--engine", "spark", "--set", "engine.master=local[2]")
    words = ("predict", root / "run", "--out", tmp_path / "top", *spark)
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", entry, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    while process.poll() is None and not [*tmp_path.glob(".top.unfinished/*")]:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert not [*tmp_path.iterdir()]
    end = time.monotonic() + 60  # Java ends a moment later
    while is_there(process.pid) and time.monotonic() < end:
        time.sleep(0.1)
    assert not is_there(process.pid)


def is_there(group):
    """Whether a process of the group lives."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
