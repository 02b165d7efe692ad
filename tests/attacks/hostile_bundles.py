"""Bundles by somebody who means harm, under every command that opens one.

Right: no code of theirs ran, nothing outside of the bundle changed, no traceback, an end within 30
seconds, and no control character in what is printed.
"""

import shutil
import signal
import sys
import warnings
from pathlib import Path
from typing import Any

from hostile_changes import hostile
from outcome import Outcome, run

TESTS = Path(__file__).parents[1]
STORED = TESTS / "core" / "bundles" / "trained"
sys.path.append(str(TESTS / "fakes"))
LIMIT = 30  # seconds


def snapshot(folder: Path) -> dict[str, bytes]:
    """What stands beside the bundle."""
    return {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and folder / "run" not in path.parents
    }


def attack(folder: Path) -> list[Outcome]:
    """Opens every hostile bundle by every command."""
    from command_line import seqrec

    shutil.rmtree(folder)
    shutil.copytree(STORED / "data", folder / "data")
    shutil.copy(STORED / "sasrec" / "spec.json", folder / "spec.json")
    (folder / "outside").mkdir()
    (folder / "outside" / "file").write_text('{"precious": 1}')
    bundle, spec, whole = folder / "run", folder / "spec.json", folder / "whole"
    fit = ["fit", spec, "--out", bundle, "--set"]
    done = seqrec(*fit, "trainer.max_epochs=1")
    assert done.returncode == 0, done.stderr
    bundle.rename(whole)
    commands: dict[str, list[Any]] = {
        "show": ["show", bundle],
        "verify": ["bundle", "verify", bundle],
        "recommend": ["recommend", bundle, "1"],
        "evaluate": ["evaluate", bundle],
        "fit --resume": [*fit, "trainer.max_epochs=2", "--resume"],
    }
    before = snapshot(folder)
    bundles, failures = hostile(), []
    for name, change in bundles.items():
        for command, words in commands.items():
            shutil.rmtree(bundle, ignore_errors=True)
            shutil.copytree(whole, bundle)
            change(bundle)
            if fault := _fault(words, folder, before):
                failures.append(f"{name}, {command}: {fault}")
                before = snapshot(folder)
    tried = len(bundles) * len(commands)
    figures = {"hostile bundles": f"{len(bundles)}", "commands on each": f"{len(commands)}"}
    return [Outcome(title="hostile bundles under each command", tried=tried,
                    right=tried - len(failures), before="no code ran; text unescaped",
                    failures=tuple(failures), figures=figures)]  # fmt: skip


def _late(*_: Any) -> None:
    raise TimeoutError(f"not over after {LIMIT} seconds")


def _fault(words: list[Any], folder: Path, before: dict[str, bytes]) -> str | None:
    from command_line import seqrec

    signal.signal(signal.SIGALRM, _late)
    signal.alarm(LIMIT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            done = seqrec(*words)
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]!r}"
    finally:
        signal.alarm(0)
    after, printed = snapshot(folder), done.stdout + done.stderr
    if strange := {char for char in printed if not char.isprintable() and char not in "\n\r\t"}:
        return f"prints {strange}: {printed[:200]!r}"
    if done.returncode not in (0, 2):
        return f"exit code {done.returncode}: {printed[:200]!r}"
    if "touch canary" in printed and "pip install" in printed:
        return f"advises {printed[:200]!r}"
    return None if after == before else f"changed {set(after.items()) ^ set(before.items())}"[:300]


if __name__ == "__main__":
    run(attack)
