"""Kills a fit at each operation on files below --out, and goes on: nothing may be lost."""

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from outcome import Outcome, run
from tiny_fits import GOOD, REFUSED, child, difference, ended, prepare, train, warm

EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link")
TITLE = "Killed at a file operation inside --out"


def points(folder: Path, stride: int = 1) -> Outcome:
    """Kills at every `stride`-th point of a tiny fit, in a folder of its own each."""
    prepare(folder)
    whole, counted, log = folder / "whole", folder / "count", folder / "log.txt"
    warm(folder, log)

    def count() -> int:
        counter = _Counter(whole)
        code = train(folder, whole)
        counted.write_text("\n".join(counter.seen))
        return code

    if code := ended(child(count, log)):
        return Outcome(title=TITLE, tried=1, right=0, before="", failures=(f"exit code {code}",))
    operations = counted.read_text().splitlines()
    tries, failures = range(0, len(operations), stride), []
    for number in tries:
        fault = _killed_and_resumed(folder, whole, number, log)
        if fault:
            failures.append(f"{number}, {operations[number]}: {fault}")
        shutil.rmtree(folder / f"killed-{number}", ignore_errors=True)
    return Outcome(
        title=TITLE,
        tried=len(tries),
        right=len(tries) - len(failures),
        before="17 of 27",
        failures=tuple(failures),
    )


def _killed_and_resumed(folder: Path, whole: Path, number: int, log: Path) -> str:
    """What went wrong at one point, empty where the run came to the same end."""
    out = folder / f"killed-{number}"

    def killed() -> int:
        _Counter(out, number)
        return train(folder, out)

    if (code := ended(child(killed, log))) != -signal.SIGKILL:
        return f"was not killed, exit code {code}"
    marks = ("model.safetensors", ".complete", "checkpoints/last.ckpt")
    is_trained = any((out / name).exists() for name in marks)
    if not is_trained:  # then the plain command does as well
        copy = shutil.copytree(out, folder / "plain") if out.exists() else folder / "plain"
        code = ended(child(lambda: train(folder, copy), log))
        fault = f"fit anew: exit code {code}" if code else difference(copy, whole)
        shutil.rmtree(copy, ignore_errors=True)
        if fault:
            return fault
    elif (code := ended(child(lambda: train(folder, out), log))) != REFUSED:
        return f"fit without --resume: exit code {code}"
    if (code := ended(child(lambda: train(folder, out, resume=True), log))) != GOOD:
        return f"--resume: exit code {code}"
    return difference(out, whole)


class _Counter:
    """Sees each operation on files below a folder, and kills this process at one of them."""

    def __init__(self, folder: Path, at: int | None = None) -> None:
        self.folder, self.at = str(folder), at
        self.seen: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in EVENTS or not isinstance(arguments[0], str | os.PathLike):
            return
        path = os.path.abspath(os.fspath(arguments[0]))
        if path != self.folder and not path.startswith(f"{self.folder}/"):
            return
        if event == "open" and arguments[1] is not None and set("wax+").isdisjoint(arguments[1]):
            return  # read, but for what os.open does: that is how files are synced
        if len(self.seen) == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.seen.append(f"{event} {os.path.relpath(path, self.folder)}")


def attack(folder: Path) -> list[Outcome]:
    """Every point of a fit."""
    shutil.rmtree(folder)
    folder.mkdir()
    return [points(folder)]


if __name__ == "__main__":
    run(attack)
