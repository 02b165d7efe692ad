"""What docs/places.md and docs/sharing.md show, against an object store and a hub on loopback."""

import io
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import fsspec
import pyarrow.parquet as pq
import pytest
from command_line import Done
from hub_server import running_hub
from s3_server import running_s3

from seqrec_core import Bundle
from seqrec_core.printable import names

RUN = """
import json, sys
sys.path.insert(0, sys.argv[1])
from command_line import seqrec
print(json.dumps([seqrec(*words) for words in json.loads(sys.argv[2])]))
"""
FAKES = Path(__file__).parents[1] / "fakes"
DOCS = Path(__file__).parents[2] / "docs"
SMALL = ("trainer.max_epochs=1", "model.embedding_dim=8", "model.max_sequence_length=8")


def blocks(page, language):
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands(page):
    """The lines of a page's first block for a shell, without `seqrec`."""
    lines = blocks(page, "sh")[0].splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines]


def in_one_process(code, *words):
    """What a fresh process prints: libraries read the environment once."""
    line = [sys.executable, "-W", "ignore", "-c", code, *words]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def words_of(done):
    return " ".join((done.stdout + done.stderr).split())


def settings(*pairs):
    return [word for pair in pairs for word in ("--set", pair)]


@pytest.fixture
def world(tmp_path, monkeypatch):
    """An object store and a hub, by the environment, and a folder with a file of events."""
    items = ("ITEM", *"ABCDEFG")
    rows = [f"u{u},{items[(u * 3 + t) % 8]},{u * 10 + t}" for u in range(30) for t in range(6)]
    (tmp_path / "events.csv").write_text("\n".join(["user,item,time", *rows]) + "\n")
    monkeypatch.chdir(tmp_path)
    with running_s3() as store, running_hub() as (_, hub):
        variables = store | {
            "HF_ENDPOINT": hub,
            "HF_TOKEN": "hf_made_up",
            "HF_HOME": str(tmp_path / "hf"),
            "SEQREC_CACHE": str(tmp_path / "cache"),
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield tmp_path
        fsspec.filesystem("s3").clear_instance_cache()
    names.clear()


@pytest.mark.slow
def test_the_commands_of_the_pages_run(world):
    store = fsspec.filesystem("s3")
    store.mkdir("shop")
    store.mkdir("models")
    prepare, init, fit, evaluate, predict = commands("places")
    push_hub, push_store, pull, recommend = commands("sharing")
    fit += settings(*SMALL)
    lines = [
        prepare,
        init,
        fit,
        fit,
        [*fit, "--resume", "--set", "trainer.max_epochs=2"],
        evaluate[:2],
        evaluate,
        predict,
        ["pull", "s3://shop/run", "run"],
        push_hub,
        push_store,
        pull,
        recommend,
        ["recommend", "s3://models/shop", "A"],
        ["pull", "s3://models/none", "none"],
    ]
    run = [Done(*said) for said in json.loads(in_one_process(RUN, str(FAKES), json.dumps(lines)))]
    assert [said.returncode for said in run] == [0, 0, 0, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 2], run
    assert not [said for said in run if str(world / "cache") in said.stdout + said.stderr]
    fitted, refused, resumed, unknown, evaluated, predicted = map(words_of, run[2:8])
    for words in (fitted, resumed):
        assert "bundle: s3://shop/run report: s3://shop/run/report.html" in words
    assert "s3://shop/run" in refused
    assert "go on with it by --resume" in refused
    assert "s3://shop/run names its data as s3://shop/d0: give --data s3://shop/d0" in unknown
    assert "report: s3://shop/run/report.html" in evaluated
    assert "recommendations: s3://shop/top.parquet" in predicted
    assert "s3://models/none: no such file or folder" in words_of(run[-1])
    metrics = json.loads(store.cat("shop/run/metrics.json"))
    assert "test/ndcg@10" in metrics
    table = pq.read_table(io.BytesIO(store.cat("shop/top.parquet")))
    assert {*table["user"].to_pylist()} == {f"u{number}" for number in range(30)}
    locks = [Bundle.load(place).lock for place in ("run2", "s3://models/shop")]
    assert locks[0] == locks[1] == json.loads(store.cat("shop/run/spec.lock.json"))
    [code] = blocks("sharing", "python")
    calls = "\nsend(Path('run'))\nimport shutil\nshutil.rmtree('run2')\nprint(*fetch())"
    assert "spec.lock.json" in in_one_process(code + calls)


def test_what_needs_no_network_runs_as_python(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SEQREC_CACHE", str(tmp_path))  # it is as before afterwards
    [code] = blocks("places", "python")
    exec(code, {})
    assert capsys.readouterr().out == "item\nA\n\n"
    memory = fsspec.filesystem("memory")
    assert memory.cat("/shop/top.csv") == b"user,item\n"
    memory.store.clear()
    names.clear()
