"""Several processes of a run: what they know of each other, and what they do when one dies."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from types import SimpleNamespace

import pytest
import torch
from seqrec_trainer_lightning import other_processes
from seqrec_trainer_lightning.other_processes import (
    LostProcessError,
    is_first,
    machine_of,
    of_launcher,
    watching_others,
)

from seqrec_core.errors import SeqrecError

SCRIPT = """
    import os, signal, sys, warnings
    from pathlib import Path
    import lightning, torch
    from seqrec_core.errors import SeqrecError
    from tiny_runs import Data, InterruptAt, Model, Stream, fit, tiny_trainer

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    folder, what, devices = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    rank = int(os.environ.get("LOCAL_RANK", "0"))

    class Ranked(Data):
        "Each process draws and reads otherwise."
        def __init__(self):
            super().__init__()
            self.noise.generator.manual_seed(100 + rank)
        def loaders(self, split):
            loaders = super().loaders(split)
            if split == "train":
                loaders[0].place = 0
                torch.manual_seed(rank)
            return loaders

    class DieAt(lightning.Callback):
        def on_train_batch_end(self, trainer, *_):
            if trainer.global_step == 8 and rank == int(what):
                os.kill(os.getpid(), signal.SIGKILL)

    def run(name, resume=False, **settings):
        model = Model()
        trainer = tiny_trainer(devices=devices, strategy="ddp", log_every_n_steps=2, **settings)
        outcome = fit(trainer, folder / name, Ranked(), model=model, resume=resume)
        return model, outcome, trainer

    if what == "resume":
        whole, expected, trainer = run("whole", validate_every=0.5)
        run("cut", validate_every=0.5, callbacks=[InterruptAt(17)])
        second, outcome, trainer = run("cut", resume=True, validate_every=0.5)
        losses = [[row["train_loss"] for row in each.rows] for each in (expected, outcome)]
        if trainer.is_main_process():
            off = float((whole.table - second.table).abs().max().detach())
            print(json.dumps([off, losses[0] == losses[1], len(losses[0])]))
    else:
        try:
            run("run", max_epochs=10000, callbacks=[DieAt()])
        except SeqrecError as error:
            sys.exit(str(error))
"""


class Fakes(SimpleNamespace):
    """A process that was started, and what it ended with."""

    killed = False

    def poll(self):
        return self.returncode

    def kill(self):
        self.killed = True


def trainer_of(*processes, world_size=2):
    launcher = SimpleNamespace(procs=list(processes))
    strategy = SimpleNamespace(launcher=launcher)
    return SimpleNamespace(world_size=world_size, local_rank=0, strategy=strategy)


@pytest.mark.parametrize(
    ("code", "how"), [(-9, "SIGKILL, perhaps for lack of memory"), (3, "exit code 3")]
)
def test_what_fails_since_another_process_died_says_so(code, how):
    dead, alive = Fakes(returncode=code, pid=1), Fakes(returncode=None, pid=2)

    def fail():
        with watching_others(trainer_of(dead, alive)):
            raise RuntimeError("[gloo] Connection closed by peer")

    with pytest.raises(LostProcessError, match=f"process 1 of this run .*{how}; .*--resume"):
        fail()
    assert alive.killed
    assert "seqrec-other-processes" not in [each.name for each in threading.enumerate()]


def test_other_errors_stay_what_they_are(monkeypatch):
    monkeypatch.setattr(other_processes, "LAST_WORDS", 0.1)

    def fail(text):
        with watching_others(trainer_of(Fakes(returncode=None, pid=1))):
            raise RuntimeError(text)

    with pytest.raises(RuntimeError, match="shapes"):
        fail("shapes do not agree")
    with pytest.raises(LostProcessError, match="another process of this run has ended"):
        fail("[../third_party/gloo/pair.cc:534] Connection closed by peer [127.0.0.1]:4")


@pytest.mark.parametrize(
    ("cause", "says"),
    [
        (
            "server socket has failed to listen, port: 29511, EADDRINUSE",
            "MASTER_PORT=29511 is taken",
        ),
        (
            "The client socket has timed out\nmore",
            "MASTER_ADDR=there, MASTER_PORT=29511: The client",
        ),
    ],
)
def test_processes_that_do_not_find_each_other_say_where(monkeypatch, cause, says):
    monkeypatch.setenv("MASTER_ADDR", "there")
    monkeypatch.setenv("MASTER_PORT", "29511")

    def fail():
        with watching_others(trainer_of(Fakes(returncode=None, pid=1))):
            raise torch.distributed.DistNetworkError(cause)

    with pytest.raises(SeqrecError, match=says) as caught:
        fail()
    assert "\n" not in str(caught.value)
    assert not isinstance(caught.value, LostProcessError)


def test_a_process_knows_that_the_one_that_started_it_ended_before(monkeypatch):
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    watch = other_processes._Watch(SimpleNamespace(**vars(trainer_of()) | {"local_rank": 1}))
    assert watch.lost(0) is None
    monkeypatch.setenv(other_processes.STARTER, str(ended.pid))
    watch = other_processes._Watch(SimpleNamespace(**vars(trainer_of()) | {"local_rank": 1}))
    assert watch.lost(0) == f"process {ended.pid}, which started this one, has ended"


def test_one_process_starts_no_thread():
    before = threading.active_count()
    with watching_others(trainer_of(world_size=1)):
        assert threading.active_count() == before


def test_a_process_that_waits_in_vain_is_ended(monkeypatch, capsys):
    ended = threading.Event()
    monkeypatch.setattr(other_processes, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(other_processes, "LAST_WORDS", 0.01)
    monkeypatch.setattr(os, "kill", lambda process, number: ended.set())
    with watching_others(trainer_of(Fakes(returncode=-9, pid=1))):
        assert ended.wait(5)
    assert "process 1 of this run was ended by SIGKILL" in capsys.readouterr().err


def test_torchrun_says_how_many_processes_there_are(monkeypatch):
    assert of_launcher() == {}
    assert machine_of(None) == {"devices": "auto"}
    assert machine_of(3) == {"devices": 3}
    monkeypatch.setattr(torch.distributed, "is_torchelastic_launched", lambda: True)
    for name, value in {"LOCAL_WORLD_SIZE": "2", "WORLD_SIZE": "6", "RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    assert machine_of(None) == machine_of(2) == {"devices": 2, "num_nodes": 3}
    assert not is_first()
    with pytest.raises(SeqrecError, match=r"devices is 3, and torchrun started 2 .* null"):
        machine_of(3)


@pytest.mark.slow
def test_a_run_of_two_processes_resumes_exactly(tmp_path):
    done = script(tmp_path, "resume")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.strip().splitlines()[-1]) == [0.0, True, 6]


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_a_process_that_dies_ends_the_other_soon_with_a_sentence(tmp_path, rank):
    start = time.monotonic()
    done = script(tmp_path, str(rank))
    assert done.returncode == (-signal.SIGKILL if rank == 0 else 1)
    assert "go on with --resume" in done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - start < 60


@pytest.mark.slow
def test_a_port_that_is_taken_ends_both_processes_with_one_sentence(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = script(tmp_path, "0", MASTER_PORT=port)
    assert done.returncode == 1
    assert done.stderr.startswith(f"MASTER_PORT={port} is taken")
    assert done.stderr.count("\n") == 1


def script(folder, what, devices=2, **environment):
    """Runs the script to the end of all its processes, which hold its streams."""
    path = folder / "script.py"
    path.write_text(textwrap.dedent(SCRIPT).replace("import os,", "import json, os,", 1))
    return subprocess.run(
        [sys.executable, str(path), str(folder / "runs"), what, str(devices)],
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
        env={**os.environ, "PYTHONPATH": "tests/fakes", "OMP_NUM_THREADS": "1", **environment},
    )


def test_a_fault_is_itself_where_torch_has_no_processes(monkeypatch):
    monkeypatch.setattr(torch, "distributed", SimpleNamespace(is_available=lambda: False))
    strategy = SimpleNamespace(launcher=None)
    trainer = SimpleNamespace(world_size=2, local_rank=0, strategy=strategy)
    with pytest.raises(RuntimeError, match="out of memory"), watching_others(trainer):
        raise RuntimeError("out of memory")
