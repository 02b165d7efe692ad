"""One to four processes of a run: equal steps, equal metrics, exact resumption, and a death."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import attrs
import torch
from outcome import Outcome, run
from proc_files import children, is_alive
from safetensors.torch import load_file
from seqrec_tool_run.assembly import Assembly

SEQREC = str(Path(sys.executable).with_name("seqrec"))
SIZES = (1, 2, 3, 4)
LIMIT = 30.0  # seconds until all processes of a run have ended after the death of one
USERS, BATCH, EPOCHS = 203, 8, 4
DATA = ("--users", str(USERS), "--items", "60", "--clusters", "4", "--events-per-user", "10")
SETTINGS = {
    "model.embedding_dim": "8",
    "model.num_heads": "2",
    "model.max_sequence_length": "8",
    "data.batch_size": str(BATCH),
    "trainer.accelerator": "cpu",
    "trainer.max_epochs": str(EPOCHS),
    "trainer.validate_every": "0.5",
}
SAMPLED = {"model.loss": "ce_sampled"}
ENDLESS = {"trainer.max_epochs": "5000", "trainer.patience": "null"}
SAYS = "go on with --resume"  # what a process says when another one died
TIMES = ("seconds", "sequences_per_second")


@attrs.define
class Tries:
    """What was tried and what was right."""

    folder: Path
    failures: list[str] = attrs.Factory(list)
    figures: dict[str, str] = attrs.Factory(dict)
    tried: int = 0

    def attempt(self, name: str, check: Callable[[], str | None]) -> None:
        """Notes a check: None is right, text says what was seen."""
        self.tried += 1
        try:
            fault = check()
        except (AssertionError, OSError, KeyError, subprocess.SubprocessError) as error:
            fault = f"{type(error).__name__}: {error}"
        if fault:
            self.failures.append(f"{name}: {fault}")

    def outcome(self, title: str, before: str) -> Outcome:
        """The row of these tries."""
        right, faults = self.tried - len(self.failures), tuple(self.failures)
        parts = {"failures": faults, "figures": self.figures, "before": before}
        return Outcome(title=title, tried=self.tried, right=right, **parts)


def attack(folder: Path, sizes: tuple[int, ...] = SIZES) -> list[Outcome]:
    """All world sizes."""
    seqrec("data", "synth", "--out", folder / "data", *DATA)
    seqrec("init", "sasrec", "--data", folder / "data", "--out", folder / "spec.json", "--force")
    metrics, resumed, deaths, launched = (Tries(folder) for _ in range(4))
    for size in sizes:
        name = f"{size} processes"
        metrics.attempt(name, partial(measures_alike, metrics, size))
        resumed.attempt(name, partial(resumes_alike, folder, size, {}))
        resumed.attempt(f"{name}, sampled", partial(resumes_alike, folder, size, SAMPLED))
    for size in (size for size in sizes if size > 1):
        for who in ("first", "last"):
            deaths.attempt(f"the {who} of {size}", partial(ends_together, deaths, size, who))
    launched.attempt("two processes", partial(starts_from_torchrun, folder))
    return [
        metrics.outcome("Processes 1 to 4: steps and metrics as in one", "equal to 1.5e-8"),
        resumed.outcome("Processes 1 to 4: killed runs resume bit for bit", "off by 1.1e-2"),
        deaths.outcome("A process that dies ends the others within 30 s", "not in time"),
        launched.outcome("torchrun with devices=null", "refused"),
    ]


def measures_alike(tries: Tries, size: int) -> str | None:
    """All take equal steps; their metrics are those that one finds for the same weights."""
    out = whole_run(tries.folder, size, {})
    if fault := uneven(tries, out, size):
        return fault
    metrics = json.loads((out / "metrics.json").read_text())
    _, assembly = Assembly.of_bundle(out, None)
    assembly.trainer.devices, assembly.trainer.strategy = 1, "auto"
    alone = assembly.evaluate("validate")
    off = max(abs(alone[name] - metrics[f"validate/{name}"]) for name in alone)
    tries.figures[f"metrics of {size} processes are off by"] = f"{off:.1e}"
    return f"metrics off by {off:.1e}" if off > 1e-6 else None


def uneven(tries: Tries, out: Path, size: int) -> str | None:
    """What is wrong where processes differ in their batches, or have too few for all users."""
    state = torch.load(out / "checkpoints" / "last.ckpt", weights_only=True)
    streams = [process["stream"] for process in state["seqrec"]["processes"]]
    places, steps = [(each["epoch"], each["batch"]) for each in streams], state["global_step"]
    tries.figures[f"steps of each of {size} processes"] = str(steps)
    if places != [(EPOCHS, 0)] * size:
        return f"processes stand at {places}"
    enough = steps * size * BATCH >= EPOCHS * USERS and steps % EPOCHS == 0
    return None if enough else f"{steps} steps"


def resumes_alike(folder: Path, size: int, changes: Mapping[str, str]) -> str | None:
    """A run whose processes are all killed in the middle of an epoch goes on to equal weights."""
    whole = whole_run(folder, size, changes)
    cut = whole.with_name(f"cut-{whole.name}")
    with started(fit(folder, cut, size, changes)) as process:
        wait_for(process, cut / "checkpoints" / "last.ckpt")
        os.killpg(process.pid, signal.SIGKILL)
    seqrec(*fit(folder, cut, size, changes), "--resume")
    if rows_of(whole) != rows_of(cut):
        return "another history"
    before, after = (load_file(each / "model.safetensors") for each in (whole, cut))
    off = max(float((before[key] - after[key]).abs().max()) for key in before)
    return f"weights off by {off:.1e}" if off else None


def ends_together(tries: Tries, size: int, who: str) -> str | None:
    """All processes of a run end soon after one of them was killed, and say so."""
    out = tries.folder / f"death-{size}-{who}"
    with started(fit(tries.folder, out, size, ENDLESS)) as process:
        wait_for(process, out / "checkpoints" / "last.ckpt")
        others = children(process.pid)
        assert len(others) == size - 1, f"{len(others)} children"
        os.kill(process.pid if who == "first" else others[-1], signal.SIGKILL)
        start = time.monotonic()
        while any(map(is_alive, [process.pid, *others])) and time.monotonic() - start < 2 * LIMIT:
            process.poll()
            time.sleep(0.05)
        seconds = time.monotonic() - start
        _, said = process.communicate(timeout=LIMIT)
    tries.figures[f"end of {size} processes after the death of the {who}"] = f"{seconds:.1f} s"
    if seconds > LIMIT:
        return f"{seconds:.0f} s"
    return None if SAYS in said and "Traceback" not in said else f"said {said[-300:]!r}"


def starts_from_torchrun(folder: Path) -> str | None:
    """Two processes that torchrun starts train together, with devices left out."""
    words = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--no-python", SEQREC]
    out = folder / "torchrun"
    command(sys.executable, *words, *fit(folder, out, None))
    before, after = (rows_of(each) for each in (whole_run(folder, 2, {}), out))
    return None if before == after else "another history than that of two processes"


def whole_run(folder: Path, size: int, changes: Mapping[str, str]) -> Path:
    """A run in that many processes that nothing stopped; made once."""
    out = folder / f"{size}-{'sampled' if changes else 'plain'}"
    if not (out / "metrics.json").exists():
        seqrec(*fit(folder, out, size, changes))
    return out


def fit(
    folder: Path, out: Path, size: int | None, changes: Mapping[str, str] | None = None
) -> list[str]:
    """The words of a fit in that many processes."""
    several = {"trainer.devices": str(size), "trainer.strategy": "ddp"} if size else {}
    settings = {**SETTINGS, **several, **(changes or {})}
    sets = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    return ["fit", str(folder / "spec.json"), "--out", str(out), *sets]


def seqrec(*words: str | Path) -> None:
    """Runs a command to its end; raises where it fails."""
    command(SEQREC, *words)


def command(*words: str | Path) -> None:
    """Runs a program to its end; raises where it fails, with what it said."""
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-600:]


@contextmanager
def started(words: list[str]) -> Iterator["subprocess.Popen[str]"]:
    """A command in a session of its own, all of whose processes are gone afterwards."""
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen([SEQREC, *words], start_new_session=True, **pipes)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(process: "subprocess.Popen[str]", path: Path) -> None:
    """Returns once a file is there."""
    end = time.monotonic() + 240
    while not path.exists():
        assert process.poll() is None, f"ended with {process.returncode} before {path.name}"
        assert time.monotonic() < end, f"no {path.name} in time"
        time.sleep(0.01)


def rows_of(out: Path) -> list[dict[str, float]]:
    """The rows of the history in the last checkpoint, without times."""
    state = torch.load(out / "checkpoints" / "last.ckpt", weights_only=True)
    rows = state["callbacks"]["History"]["rows"]
    return [{key: value for key, value in row.items() if key not in TIMES} for row in rows]


if __name__ == "__main__":
    run(attack)
