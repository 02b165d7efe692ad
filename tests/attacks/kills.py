"""Kills and interrupts a fit at random times until it is finished: nothing may be lost."""

import os
import random
import shutil
import signal
import time
from pathlib import Path

from outcome import Outcome, run
from tiny_fits import GOOD, INTERRUPTED, child, difference, ended, prepare, train, warm

KILLS, INTERRUPTS = 24, 12
EACH = 2  # signals a run, at most
LONG = ("trainer.max_epochs=20",)


def attack(folder: Path) -> list[Outcome]:
    """SIGKILL, then SIGINT and SIGTERM, as many as are to be had."""
    shutil.rmtree(folder)
    folder.mkdir()
    prepare(folder)
    log, whole = folder / "log.txt", folder / "whole"
    warm(folder, log)
    start = time.monotonic()
    assert ended(child(lambda: train(folder, whole, changes=LONG), log)) == GOOD
    seconds = time.monotonic() - start
    return [
        signalled(folder, seconds, [signal.SIGKILL], KILLS, "Killed at random", "18 of 18"),
        signalled(
            folder,
            seconds,
            [signal.SIGINT, signal.SIGTERM],
            INTERRUPTS,
            "Interrupted at random",
            "15 of 15",
        ),
    ]


def signalled(
    folder: Path,
    seconds: float,
    signals: list[signal.Signals],
    count: int,
    title: str,
    before: str,
) -> Outcome:
    """Runs of `seconds`, each signalled at random times and resumed, until there were enough."""
    draw, sent, right, runs, failures = random.Random(0), 0, 0, 0, []
    log, whole = folder / "log.txt", folder / "whole"
    while sent < count:
        out, code, here, runs = folder / f"{title.split()[0]}-{runs}", None, 0, runs + 1
        for _ in range(50):
            number = child(lambda out=out: train(folder, out, resume=True, changes=LONG), log)
            if here < EACH:
                time.sleep(draw.uniform(0.02, seconds))
                which = signals[(sent + here) % len(signals)]
                os.kill(number, which)
            code = ended(number)
            if code == GOOD:
                break
            here += 1
            if code not in (-which, INTERRUPTED):
                break
        fault = f"exit code {code}" if code else difference(out, whole)
        sent += here
        if fault:
            failures.append(f"{out.name}: {fault}")
        else:
            right += here
        shutil.rmtree(out, ignore_errors=True)
    return Outcome(
        title=title,
        tried=sent,
        right=right,
        before=before,
        failures=tuple(failures),
        figures={"runs": str(runs)},
    )


if __name__ == "__main__":
    run(attack)
