"""docs/streams.md, over three days: a run that is killed ends as one that is not."""

import csv
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest
from command_line import seqrec
from seqrec_datamodule_follow.arrivals import Arrivals

from seqrec_core.errors import DataError

PAGE = Path(__file__).parents[2] / "docs" / "streams.md"
SMALL = ("embedding_dim=8", "num_heads=1", "num_blocks=1", "max_sequence_length=16")
SETTINGS = [
    *(f"model.{setting}" for setting in SMALL),
    *("data.batch_size=16", "trainer.accelerator=cpu", "trainer.validate_every=0.5", "trackers=[]"),
]


def blocks():
    """The commands of each block for a shell."""
    texts = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [[shlex.split(line) for line in text.splitlines()] for text in texts]


def write_log(path, users, first, items=30):
    draw = random.Random(first)
    rows = []
    for user in users:
        item = draw.randrange(items)
        for step in range(12):
            item = (item + draw.choice((1, 1, 2))) % items
            rows.append(f"u{user},item {item},{first + step}")
    path.write_text("\n".join(["user,item,timestamp", *rows]) + "\n")


def here(words, *more):
    """Runs a line of the page."""
    if words[0] == "seqrec":
        done = seqrec(*words[1:], *more, OMP_NUM_THREADS="1")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr
    if words[0] == "mkdir":
        return Path(words[1]).mkdir()
    return {"cp": shutil.copy, "mv": shutil.move}[words[0]](*words[1:])


MAIN = "from seqrec_core.cli import main; main()"


@pytest.fixture
def following():
    """Starts `fit --follow`, its output in follow.log; ends what still runs."""
    started = []

    def start(words):
        line = [sys.executable, "-W", "ignore", "-c", MAIN, *words[1:], "--poll", "0.1"]
        variables = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        with Path("follow.log").open("w") as log:
            process = subprocess.Popen(line, stdout=log, stderr=subprocess.STDOUT, env=variables)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_for(process, what):
    end = time.monotonic() + 60
    while not what():
        log = Path("follow.log").read_text()
        assert process.poll() is None, log
        assert time.monotonic() < end, log
        time.sleep(0.02)


def said(text):
    return lambda: text in Path("follow.log").read_text()


def measured(run):
    """Epoch, step and metric of each row of a history."""
    file = Path(run, "logs/history.csv")
    lines = file.read_text().splitlines() if file.is_file() else ()
    rows = csv.DictReader(lines)
    return [(float(row["epoch"]), row["step"], row["ndcg@10"]) for row in rows]


def has_come_to(epoch):
    return lambda: any(row[0] >= epoch for row in measured("run"))


def weights(run):
    import torch

    state = torch.load(f"{run}/checkpoints/last.ckpt", weights_only=True)
    return {name: value.numpy().tobytes() for name, value in state["state_dict"].items()}


@pytest.mark.slow
def test_a_followed_run_that_was_killed_ends_with_the_weights_of_one_that_was_not(
    tmp_path, monkeypatch, following
):
    monkeypatch.chdir(tmp_path)
    for day in (16, 17, 18):
        write_log(Path(f"day{day}.csv"), range(10 * day, 10 * day + 100), day * 1000)
    first, second, again, every_night, new_items = blocks()
    *prepare, init, follow = first
    for words in prepare:
        here(words)
    here(init, *(word for setting in SETTINGS for word in ("--set", setting)))
    process = following(follow)
    wait_for(process, said("waiting for files in stream"))
    for words in second:
        here(words)
    wait_for(process, has_come_to(1.1))
    process.kill()
    process.wait()
    assert not said("interrupted")()

    process = following(again[0])
    wait_for(process, said("waiting for files"))
    assert has_come_to(2.0)()
    here([word.replace("17", "18") for word in second[0]])
    here([word.replace("17", "18") for word in second[1]])
    wait_for(process, has_come_to(3.0))
    wait_for(process, lambda: Path("follow.log").read_text().count("waiting for files") > 1)
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 130
    assert said("interrupted; go on with --follow --resume")()
    done = here(every_night[0])
    assert "no new file in stream" in done
    assert "finished, best weights of epoch" in done
    assert "ndcg@10" in done.partition("finished")[0]

    here([word.replace("run", "whole") for word in every_night[0]])
    assert measured("run") == measured("whole")
    assert weights("run") == weights("whole")
    assert (
        Path("run/model.safetensors").read_bytes() == Path("whole/model.safetensors").read_bytes()
    )

    *update, go_on = new_items
    write_log(Path("day19.csv"), range(250, 350), 19_000, items=33)
    for words in update:
        said_of_it = here(words)
    assert "30 items keep ids and weights, 3 are new" in said_of_it
    assert measured("run19")[-1][0] == 1
    shutil.copy("data19/stream/2026-11-19.parquet", "data19/stream/2026-11-20.parquet")
    here([word for word in go_on if word != "--follow"])
    assert measured("run19")[-1][0] == 2


class Killed(BaseException):
    """In place of the end of a process, which leaves the files as they are."""


@pytest.mark.slow
def test_a_kill_between_the_checkpoint_of_a_file_and_its_bundle_loses_nothing(
    tmp_path, monkeypatch
):
    """No validation chooses weights here: the bundle has the newest, whatever was killed when."""
    from seqrec_tool_run.fit import fit
    from seqrec_trainer_lightning.keep_last import KeepLast

    from seqrec_core import Bundle
    from seqrec_core.session import load_resolved

    monkeypatch.chdir(tmp_path)
    for day in (1, 2):
        write_log(Path(f"day{day}.csv"), range(40), 1000 * day)
    here(["seqrec", "data", "prepare", "day1.csv", "--out", "data"])
    here(["seqrec", "data", "prepare", "day2.csv", "--ids-from", "data", "--out", "day2"])
    more = ["data.type=follow", "data.stream=stream", "data.validate=null", "trainer.patience=null"]
    init = ["seqrec", "init", "sasrec", "--data", "data", "--out", "spec.json"]
    here(init, *(word for setting in [*SETTINGS[:-2], *more] for word in ("--set", setting)))
    recipe, save = load_resolved("spec.json").recipe, KeepLast._save

    def killed(*words):
        save(*words)
        raise Killed

    def trained():
        state = {
            f"model.{name}": each for name, each in Bundle.load("run").model.state_dict().items()
        }
        return {name: value.numpy().tobytes() for name, value in state.items()} == weights("run")

    Path("data/stream").mkdir()
    for number, source in enumerate(("data", "day2"), start=1):
        shutil.copy(f"{source}/train.parquet", f"data/stream/{number}.parquet")
        monkeypatch.setattr(KeepLast, "_save", killed)
        with pytest.raises(Killed):
            fit(recipe, Path("run"), resume=True)
        assert Path("run/model.safetensors").is_file() == (number > 1)
        monkeypatch.setattr(KeepLast, "_save", save)
        if number == 2:  # files behind the position may be removed
            for file in Path("data/stream").iterdir():
                file.unlink()
        for _ in range(2):
            assert fit(recipe, Path("run"), resume=True)
            assert Bundle.load("run").metrics["epoch"] == number
            assert trained()
    shutil.rmtree("data/stream")
    with pytest.raises(DataError, match="stream, is gone, and files of it were trained on"):
        fit(recipe, Path("run"), resume=True)


def test_a_module_that_cannot_be_followed_is_refused_with_those_that_can(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_log(Path("day16.csv"), range(30), 0)
    here(blocks()[0][0])
    here(["seqrec", "init", "sasrec", "--data", "data", "--out", "spec.json"])
    done = seqrec("fit", "spec.json", "--out", "run", "--follow")
    words = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 2
    assert "'parquet' does not follow files that come later" in words
    assert "installed are follow" in words
    assert not Path("run").exists()


def test_a_stream_without_rows_is_an_error_unless_it_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_log(Path("day16.csv"), range(30), 0)
    here(blocks()[0][0])
    more = ("--set", "data.type=follow", "--set", "data.stream=stream")
    here(["seqrec", "init", "sasrec", "--data", "data", "--out", "spec.json"], *more)
    done = seqrec("fit", "spec.json", "--out", "run")
    words = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 2
    assert "data.stream, stream, has no rows to train on; add a file, or wait for one" in words
    assert not Path("run").exists()


def test_a_consumer_that_is_killed_writes_each_row_into_one_file(tmp_path):
    class Consumer:
        def __init__(self, end):
            self.end, self.at = end, committed[-1]

        def __iter__(self):
            for at in range(self.at, self.end):
                self.at = at
                yield SimpleNamespace(offset=at)

        def commit(self):
            if self.at == 5:
                raise ConnectionError
            committed.append(self.at + 1)

    (text,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(text.split("def ")[1].splitlines()) <= 15
    names, committed = {}, [0]
    exec(text, names)

    def row_of(message):
        return {"query_id": message.offset, "item_id": [1, 2]}

    with pytest.raises(ConnectionError):
        names["consume"](Consumer(10), row_of, tmp_path, 3)
    (tmp_path / "_00000000000000000099").touch()  # of one that was killed
    Consumer.commit = lambda self: committed.append(self.at + 1)
    names["consume"](Consumer(10), row_of, tmp_path, 3)
    files = Arrivals(str(tmp_path)).files()
    rows = [pq.read_table(file.place)["query_id"].to_pylist() for file in files]
    assert rows == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
