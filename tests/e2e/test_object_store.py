"""Every command against an object store over HTTP, and a network before it that fails."""

import gzip
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from itertools import pairwise

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import seqrec
from s3_proxy import running_proxy
from s3_server import running_s3
from seqrec_datamodule_parquet.source import ParquetSource
from seqrec_tool_run.history_csv import HISTORY

from seqrec_core import retries
from seqrec_core.errors import DataError
from seqrec_core.places import delivered, local
from seqrec_core.printable import names

pytestmark = pytest.mark.slow
SMALL = ("trainer.max_epochs=1", "model.embedding_dim=8", "model.max_sequence_length=8")
ITEMS = tuple("ABCDEFGH")


def rows_of(users):
    return [f"u{u},{ITEMS[(u * 3 + t) % 8]},{u * 10 + t}" for u in users for t in range(6)]


def table_of(users):
    return "\n".join(["user,item,time", *rows_of(users)]).encode() + b"\n"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A store with files of events, the faults of the network before it, and the cache."""
    cache = tmp_path_factory.mktemp("cache")
    with (
        running_s3() as store,
        pytest.MonkeyPatch.context() as patch,
        running_proxy(int(store["AWS_ENDPOINT_URL"].rpartition(":")[2])) as (url, faults),
    ):
        variables = store | {"AWS_ENDPOINT_URL": url, "SEQREC_CACHE": str(cache)}
        for name, value in variables.items():
            patch.setenv(name, value)
        system = fsspec.filesystem("s3", **retries.settings("s3"))
        system.mkdir("shop")
        files = {
            "shop/in/a.csv": table_of(range(10)),
            "shop/in/b.csv": table_of(range(10, 20)),
            "shop/more/c.csv.gz": gzip.compress(table_of(range(20, 30))),
            "shop/items.txt": "\n".join(ITEMS).encode(),
            "shop/titles.csv": b"item,title\nA,Apple\n",
            "shop/space.json": b'{"model.dropout": {"low": 0.1, "high": 0.2}}',
        }
        system.pipe(files)
        yield system, faults, cache
        system.clear_instance_cache()
    names.clear()


@pytest.fixture(autouse=True)
def quiet(world):
    world[1].clear()


def run(*words, code=0):
    done = seqrec(*words)
    assert done.returncode == code, (words, done.stdout, done.stderr)
    return " ".join((done.stdout + done.stderr).split())


@pytest.fixture(scope="module")
def trained(world, tmp_path_factory):
    """A run at s3://shop/run, trained on the stream of s3://shop/d0/train.parquet."""
    system, _, cache = world
    spec = tmp_path_factory.mktemp("spec") / "spec.json"
    run("data", "prepare", "s3://shop/in/*.csv", "s3://shop/more/c.csv.gz", "--out", "s3://shop/d0")
    settings = [w for pair in SMALL for w in ("--set", pair)]
    train = ("--set", "data.train=s3://shop/d0/train.parquet")
    run("init", "sasrec", "--data", "s3://shop/d0", "--out", spec, *train, *settings)
    system.put(str(spec), "shop/spec.json")
    old = {name: value for name, value in json.loads(spec.read_text()).items() if name != "seqrec"}
    system.pipe("shop/old.json", json.dumps(old).encode())
    run("fit", "s3://shop/spec.json", "--out", "s3://shop/run")
    assert not [*cache.rglob("train.parquet")], "the rows of training were copied whole"
    return system


def test_files_of_patterns_and_compressed_ones_are_prepared(trained):
    users = pq.read_table(io.BytesIO(trained.cat("shop/d0/users.parquet")))
    assert users.num_rows == 30


DATA = ("--data", "s3://shop/d0")
OF_RUN = (*DATA, "--trust")  # its lock names the file that it was streamed from
WORKING = [
    ("validate", "s3://shop/spec.json"),
    ("resolve", "s3://shop/spec.json"),
    ("plan", "s3://shop/spec.json"),
    ("build", "s3://shop/spec.json", "--out", "s3://shop/built"),
    ("data", "check", "s3://shop/d0", "--spec", "s3://shop/spec.json"),
    ("data", "synth", "--users", "60", "--items", "200", "--out", "s3://shop/synth"),
    ("evaluate", "s3://shop/run", *OF_RUN, "--candidates", "s3://shop/items.txt"),
    (
        "predict", "s3://shop/run", *OF_RUN, "--out", "s3://shop/top.parquet",
        "--candidates", "s3://shop/items.txt",
    ),
    ("recommend", "s3://shop/run", "--trust", "D", "E", "--candidates", "s3://shop/items.txt"),
    ("show", "s3://shop/run"),
    ("bundle", "verify", "s3://shop/run", "--trust"),
    ("bundle", "requirements", "s3://shop/run"),
    ("diff", "s3://shop/spec.json", "s3://shop/run"),
    ("migrate", "s3://shop/spec.json"),
    ("migrate", "s3://shop/old.json", "--dry-run"),
    ("index", "s3://shop/run", *OF_RUN, "--kind", "flat", "--out", "s3://shop/index"),
    ("recommend", "s3://shop/run", "--trust", "D", "--index", "s3://shop/index"),
    ("export", "s3://shop/run", "--trust", "--to", "torch", "--out", "s3://shop/graph.pt2"),
    ("export", "s3://shop/run", "--embeddings", "s3://shop/embeddings", *OF_RUN),
    (
        "tune", "s3://shop/spec.json", "--space", "s3://shop/space.json", "--trials", "1",
        "--out", "s3://shop/search",
    ),
    ("push", "s3://shop/run", "s3://shop/pushed", "--trust"),
]  # fmt: skip
REFUSED = [
    ("init", "sasrec", *DATA, "--out", "s3://shop/x.json"),
    ("schema", "--out", "s3://shop/x.json"),
    ("migrate", "s3://shop/spec.json", "--out", "s3://shop/x.json"),
    ("--log-file", "s3://shop/x.log", "plugins", "list"),
    ("plugins", "new", "acme-x", "--kind", "loss", "--out", "s3://shop/x"),
    ("plugins", "new", "x", "--kind", "loss", "--add-to", "s3://shop/x"),
    ("migrate", "s3://shop/old.json"),
    ("serve", "s3://shop/run", "--port-file", "s3://shop/x"),
    ("serve", "s3://shop/run", "--trust", "--watch", "5"),
    ("update", "s3://shop/run", *DATA, "--out", "s3://shop/x"),
    ("import-replay", "s3://shop/in/a.csv", "--spec", "s3://shop/spec.json", "--out", "s3://x/y"),
    ("data", "prepare", "s3://shop/none/*.csv", "--out", "s3://shop/x"),
    ("data", "check", "s3://shop/none"),
]


@pytest.mark.parametrize("line", WORKING, ids=lambda line: " ".join(line[:2]))
def test_a_command_takes_uris(trained, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(*line)
    for name, place in pairwise(line):
        if name == "--out" or name == "--embeddings":
            assert trained.exists(place), place
    assert not [*tmp_path.iterdir()], "a folder that is called s3:"


@pytest.mark.parametrize("line", REFUSED, ids=lambda line: " ".join(line[:2]))
def test_what_takes_no_uri_says_so(trained, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = run(*line, code=2)
    assert "s3://" in said
    assert "Traceback" not in said
    assert not [*tmp_path.iterdir()]


def fresh(*words):
    """A command in a process of its own."""
    code = "from seqrec_core.cli import main; main()"
    line = [sys.executable, "-W", "ignore", "-c", code, *map(str, words)]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_a_run_that_was_killed_goes_on_at_its_uri(trained, world):
    long = ("--out", "s3://shop/killed", "--set", "trainer.max_epochs=20")
    process, until = fresh("fit", "s3://shop/spec.json", *long), time.monotonic() + 90
    while not [*(world[2] / "work").rglob("*.ckpt")] and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not trained.exists("shop/killed/spec.lock.json")
    run("fit", "s3://shop/spec.json", *long, "--resume", "--trust")
    assert trained.exists("shop/killed/spec.lock.json")


def test_of_the_processes_of_a_run_the_first_delivers(trained, world):
    trained.copy("shop/run", "shop/both", recursive=True)
    start = (sys.executable, "-W", "ignore", "-m", "torch.distributed.run", "--nproc-per-node", "2")
    program = ("--no-python", os.path.join(os.path.dirname(sys.executable), "seqrec"), "fit")
    goes_on = ("--set", "trainer.max_epochs=2", "--resume", "--trust")
    line = (*start, *program, "s3://shop/spec.json", "--out", "s3://shop/both", *goes_on)
    done = subprocess.run(line, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not [*(world[2] / "work").glob("*/")]
    assert len(trained.cat(f"shop/both/{HISTORY}").splitlines()) == 1 + 2
    assert trained.exists("shop/both/spec.lock.json")


def test_a_bundle_at_a_uri_is_served(trained, tmp_path):
    port = tmp_path / "port"
    titles = ("--titles", "s3://shop/titles.csv:item:title")
    process = fresh(
        "serve", "s3://shop/run", "--trust", "--port", "0", "--port-file", port, *titles
    )
    until = time.monotonic() + 90
    while not port.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.1)
    try:
        body = json.dumps({"history": ["D", "E"], "top_k": 3}).encode()
        head = {"Content-Type": "application/json"}
        url = f"http://127.0.0.1:{port.read_text().strip()}/recommend"
        with urllib.request.urlopen(urllib.request.Request(url, body, head), timeout=30) as answer:
            assert len(json.loads(answer.read())["items"]) == 3
    finally:
        process.terminate()
        process.communicate(timeout=30)


ROWS = 40_000
SLOW = {"cut_every": 3, "busy_every": 4, "stall_every": 7}


@pytest.fixture(scope="module")
def stored(world, tmp_path_factory):
    """A table of twenty row groups and a file of 20 MB, at s3://shop/big; and both as they are."""
    folder = tmp_path_factory.mktemp("big") / "big"
    folder.mkdir()
    rng = np.random.default_rng(0)
    table = pa.table({
        "query_id": np.arange(ROWS),
        "item_id": pa.array(rng.integers(0, 10**6, (ROWS, 5)).tolist()),
        "unread": rng.random((ROWS, 4)).tolist(),
    })  # fmt: skip
    pq.write_table(table, folder / "train.parquet", row_group_size=ROWS // 20)
    (folder / "weights").write_bytes(rng.bytes(20 * 2**20))
    (folder / "schema.json").write_text("{}")
    world[0].put(str(folder), "shop/big", recursive=True)
    return folder, table


def streamed(uri="s3://shop/big/train.parquet"):
    source = ParquetSource(uri)
    schema = source.schema(["query_id", "item_id"])
    return pa.concat_tables(source.tables(source.groups, schema, 0, [ROWS // 2] * 2))


@pytest.mark.parametrize("fault", ["none", "cut_every", "busy_every", "stall_every", "refuses"])
def test_rows_are_streamed_through_a_network_that_fails(world, stored, fault):
    faults, (folder, table) = world[1], stored
    if fault in SLOW:
        faults.__dict__[fault] = SLOW[fault]
        faults.stall_seconds = 1.5
    if fault == "refuses":
        faults.refuses_until = time.monotonic() + 3
    faults.sent = 0
    rows = streamed()
    assert rows["query_id"].equals(table["query_id"])
    assert rows["item_id"].to_pylist() == table["item_id"].to_pylist()
    if fault == "none":
        size = (folder / "train.parquet").stat().st_size
        assert faults.sent < 0.6 * size, "columns that nobody reads were fetched"


def test_what_is_fetched_and_sent_through_such_a_network_is_whole(world, stored, tmp_path):
    system, faults, _ = world
    digest = hashlib.sha256((stored[0] / "weights").read_bytes()).hexdigest()
    faults.cut_every, faults.busy_every = 3, 5
    copy = local("s3://shop/big")
    assert hashlib.sha256((copy / "weights").read_bytes()).hexdigest() == digest
    with delivered("s3://shop/sent", anew=True) as folder:
        shutil.copytree(stored[0], folder)
    faults.clear()
    sent = {path: system.cat(path) for path in system.find("shop/sent")}
    assert {path.removeprefix("shop/sent/"): data for path, data in sent.items()} == {
        path.name: path.read_bytes() for path in stored[0].iterdir()
    }


def test_at_the_end_of_patience_a_sentence_says_what_to_do(world, stored, monkeypatch, capsys):
    system, faults, cache = world
    monkeypatch.setattr(retries, "PATIENCE", 2.0)
    monkeypatch.setattr(retries, "QUIET", 0.5)
    faults.refuses_until = time.monotonic() + 600
    for read in (lambda: local("s3://shop/big"), streamed):
        with pytest.raises(DataError, match=r"s3://shop/big.* cannot be read: .* in \d+ tries"):
            read()
    assert "s3://shop/big does not answer, waiting up to" in capsys.readouterr().err
    assert not [*cache.glob("drafts/*")]
    faults.clear()
    lost = pytest.raises(DataError, match=r"cannot be written: .* it is kept in .*, and the same")
    with lost, delivered("s3://shop/late", anew=True) as folder:
        folder.mkdir()
        (folder / "a").write_text("dear")
        (folder / "schema.json").write_text("{}")
        faults.refuses_until = time.monotonic() + 600
    faults.clear()
    assert not system.exists("shop/late/schema.json")
    with delivered("s3://shop/late"):
        pass
    assert {path: system.cat(path) for path in system.find("shop/late")} == {
        "shop/late/a": b"dear", "shop/late/schema.json": b"{}",
    }  # fmt: skip


def test_a_table_that_changes_while_it_is_streamed_is_an_error(world, stored):
    system, (folder, _) = world[0], stored
    data = (folder / "train.parquet").read_bytes()
    system.pipe("shop/changing.parquet", data)
    source = ParquetSource("s3a://shop/changing.parquet")
    schema = source.schema(["query_id"])
    assert source.read(source.groups[0], schema).num_rows == ROWS // 20
    other = pq.read_table(io.BytesIO(data)).slice(1)
    sink = io.BytesIO()
    pq.write_table(other, sink, row_group_size=ROWS // 20)
    system.pipe("shop/changing.parquet", sink.getvalue())
    with pytest.raises(DataError, match=r"shop/changing\.parquet has changed since it was opened"):
        source.read(source.groups[1], schema)


def test_a_process_that_was_forked_reads_with_connections_of_its_own(world, stored):
    source = ParquetSource("s3://shop/big/train.parquet")
    schema = source.schema(["query_id"])
    source.read(source.groups[0], schema)
    child = os.fork()
    if not child:
        code = 1
        try:
            rows = source.read(source.groups[3], schema)["query_id"].to_pylist()
            code = 0 if rows[0] == 3 * ROWS // 20 else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
