"""Fills the disk during prepare, fit, evaluate, predict: what was good stays, and work goes on.

Needs a small file system: a tmpfs, which only root may mount.
"""

import io
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from outcome import Outcome, run
from rich.console import Console
from seqrec_tool_run.evaluate import evaluate
from seqrec_tool_run.predict import predict
from tiny_fits import (
    FAILED,
    GOOD,
    REFUSED,
    child,
    difference,
    ended,
    prepare,
    registered,
    train,
    warm,
)

from seqrec_core.errors import SeqrecError

PAGE = 4096
SIZES = range(3, 60, 3)  # pages


@contextmanager
def disk(place: Path, pages: int) -> Iterator[None]:
    """A file system of so many pages."""
    place.mkdir(exist_ok=True)
    size = f"size={pages * PAGE}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", place], check=True)


def grow(place: Path) -> None:
    """Makes room."""
    options = f"remount,size={1 << 24}"
    subprocess.run(["mount", "-o", options, place], check=True)


def attack(folder: Path) -> list[Outcome]:
    """Disks of many sizes."""
    shutil.rmtree(folder)
    folder.mkdir()
    prepare(folder)
    log = folder / "log.txt"
    warm(folder, log)
    assert ended(child(lambda: train(folder, folder / "whole"), log)) == GOOD
    commands = {"data prepare": _prepare, "evaluate": _evaluate, "predict": _predict}
    return [
        _outcome("The disk is full in fit", "0 of 5", lambda n: _fit(folder, n, log)),
        *(
            _outcome(f"The disk is full in {name}", "-", lambda n, w=work: w(folder, n, log))
            for name, work in commands.items()
        ),
    ]


def _outcome(title: str, before: str, fault: Callable[[int], str | None]) -> Outcome:
    """Tries every size; None from `fault` says that the disk did not become full."""
    faults = {pages: fault(pages) for pages in SIZES}
    tried = {pages: text for pages, text in faults.items() if text is not None}
    failures = tuple(f"{pages * PAGE} bytes: {text}" for pages, text in tried.items() if text)
    return Outcome(
        title=title,
        tried=len(tried),
        right=len(tried) - len(failures),
        before=before,
        failures=failures,
        figures={"disks that were large enough": str(len(faults) - len(tried))},
    )


def _said(code: int, before: int, log: Path) -> str:
    """What was wrong with how a command ended that met a full disk."""
    text = log.read_text()[before:]
    if code != REFUSED:
        return f"exit code {code}: {text[-200:]!r}"
    lines = [line for line in text.splitlines() if line.startswith("No space left on device: ")]
    return "" if len(lines) == 1 and "; free some" in lines[0] else f"said {text[-200:]!r}"


def _fit(folder: Path, pages: int, log: Path) -> str | None:
    place = folder / "disk"
    with disk(place, pages):
        before = len(log.read_text())
        # the run is the disk itself, so that paths are as those of the whole run
        if (code := ended(child(lambda: train(folder, place), log))) == GOOD:
            return None
        if fault := _said(code, before, log):
            return fault
        grow(place)
        code = ended(child(lambda: train(folder, place, resume=True), log))
        return f"--resume: exit code {code}" if code else difference(place, folder / "whole")


def _command(work: Callable[[], object]) -> int:
    warnings.simplefilter("ignore")
    with registered():
        try:
            work()
        except SeqrecError as error:
            print(error)
            return REFUSED
        except Exception as error:
            print(repr(error))
            return FAILED
    return GOOD


def _evaluate(folder: Path, pages: int, log: Path) -> str | None:
    place, whole = folder / "disk", folder / "whole"
    used = sum(-(-path.stat().st_size // PAGE) + 1 for path in whole.rglob("*"))
    with disk(place, used + pages // 3):
        shutil.copytree(whole, place, dirs_exist_ok=True)
        before, said = len(log.read_text()), Console(file=io.StringIO())
        metrics = (place / "metrics.json").read_bytes()
        code = ended(child(lambda: _command(lambda: evaluate(place, console=said)), log))
        if code == GOOD:
            return None
        if fault := _said(code, before, log):
            return fault
        if (place / "metrics.json").read_bytes() == metrics:
            fault = difference(place, whole)
        grow(place)
        code = ended(child(lambda: _command(lambda: evaluate(place, console=said)), log))
        return fault or ("" if code == GOOD else f"again: exit code {code}")


def _predict(folder: Path, pages: int, log: Path) -> str | None:
    place, said = folder / "disk", Console(file=io.StringIO())
    with disk(place, max(1, pages // 10)):
        out = place / ("top.csv" if pages % 2 else "top.parquet")
        before = len(log.read_text())

        def work() -> object:
            return predict(folder / "whole", None, out, top_k=12, keep_seen=True, console=said)

        code = ended(child(lambda: _command(work), log))
        if code == GOOD:
            return None
        left = sorted(path.name for path in place.iterdir())
        return _said(code, before, log) or (f"left {left}" if left else "")


def _prepare(folder: Path, pages: int, log: Path) -> str | None:
    """Prepares more data into a folder that holds some: it keeps the old, or has the new."""
    place, events = folder / "disk", folder / "events.csv"
    if not events.exists():
        rows = [f"{u},{(u + n) % 50},{n}" for u in range(400) for n in range(9)]
        events.write_text("\n".join(["user,item,timestamp", *rows]))
        events.with_name("few.csv").write_text("\n".join(["user,item,timestamp", *rows[:90]]))
    few = events.with_name("few.csv")
    with disk(place, 16 + pages // 2):
        assert _prepared(few, place).returncode == GOOD
        old = {path.name: path.read_bytes() for path in place.iterdir()}
        done = _prepared(events, place)
        if done.returncode == GOOD:
            return None
        if done.returncode != REFUSED or "No space left on device; make room" not in done.stderr:
            return f"exit code {done.returncode}: {done.stderr[-200:]!r}"
        if {path.name: path.read_bytes() for path in place.iterdir()} != old:
            return "the old data are other"
        grow(place)
        code = _prepared(events, place).returncode
        return "" if code == GOOD else f"again: exit code {code}"


def _prepared(events: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own: polars does not work in one that was forked."""
    seqrec = Path(sys.executable).with_name("seqrec")
    line = [seqrec, "data", "prepare", events, "--out", out]
    return subprocess.run(line, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    run(attack)
