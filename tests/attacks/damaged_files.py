"""Every file of a run, damaged in every way, under every command that reads it.

Right is an error with exit code 2 that names the file, or exactly what the whole run gives. Where
a file is missing, `show` may have null for what only it says.
"""

import json
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from outcome import Outcome, run

TESTS = Path(__file__).parents[1]
STORED = TESTS / "core" / "bundles" / "trained"
sys.path.append(str(TESTS / "fakes"))

FILES = (
    "spec.lock.json",
    "model.safetensors",
    "items.parquet",
    "metrics.json",
    "checkpoints/last.ckpt",
    "logs/history.csv",
    "report.html",
)


def cut(share: float) -> Callable[[Path], None]:
    """Ends a file early."""
    return lambda path: path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


def flip(share: float) -> Callable[[Path], None]:
    """Flips one bit."""

    def flipped(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[int((len(content) - 1) * share)] ^= 1
        path.write_bytes(content)

    return flipped


def link(path: Path) -> None:
    """Makes a file one that cannot be read, even by root."""
    path.unlink()
    path.symlink_to(path)


def folder(path: Path) -> None:
    """Puts a folder in its place."""
    path.unlink()
    path.mkdir()


def long(path: Path) -> None:
    """Adds zeros, as a file system may after a crash."""
    path.write_bytes(path.read_bytes() + bytes(64))


DAMAGES: dict[str, Callable[[Path], Any]] = {
    "no bytes": cut(0.0),
    "a tenth": cut(0.1),
    "half": cut(0.5),
    "all but its end": cut(0.98),
    "a bit at the start": flip(0.0),
    "a bit at a third": flip(0.33),
    "a bit in the middle": flip(0.5),
    "a bit at three quarters": flip(0.75),
    "a bit at the end": flip(1.0),
    "zeros at the end": long,
    "missing": Path.unlink,
    "a folder": folder,
    "unreadable": link,
}


class Commands:
    """The commands on a run, each with its exit code, what it said, and its result."""

    def __init__(self, folder: Path) -> None:
        self.run, self.spec = folder / "run", folder / "spec.json"
        self.out = folder / "out.parquet"
        self.took: dict[str, Any] = {}  # how long the whole run took, by its history alone
        self.all: dict[str, Callable[[], tuple[int, str, Any]]] = {
            "evaluate": lambda: self._of(self._metrics, "evaluate", self.run),
            "predict": lambda: self._of(self._table, "predict", self.run, "--out", self.out),
            "recommend": lambda: self._of(None, "recommend", self.run, *self._items()),
            "show": lambda: self._of(None, "show", self.run, "--json"),
            "bundle verify": lambda: self._of(None, "bundle", "verify", self.run, "--json"),
            "fit --resume": lambda: self._of(self._metrics, *self.fit(2), "--resume"),
        }

    def fit(self, epochs: int) -> list[Any]:
        """The command that trains."""
        return ["fit", self.spec, "--out", self.run, "--set", f"trainer.max_epochs={epochs}"]

    def _of(self, result: Callable[[], Any] | None, *words: Any) -> tuple[int, str, Any]:
        from command_line import seqrec

        self.out.unlink(missing_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            done = seqrec(*words)
        text = done.stdout + done.stderr
        if done.returncode:
            return done.returncode, text, None
        if words[0] == "show":  # but for what it says of the files themselves
            facts = json.loads(done.stdout)
            took = {name: facts[name] for name in ("epochs", "seconds")}
            self.took = self.took or took
            if not (self.run / "logs" / "history.csv").exists() and not any(took.values()):
                facts |= self.took
            return 0, text, {name: facts[name] for name in facts.keys() - {"bytes", "written"}}
        if words[0] == "bundle":  # a bundle is whole without the checkpoint of its run
            rows = [row | {"bytes": 0} for row in json.loads(done.stdout)]
            return 0, text, [row for row in rows if "checkpoint" not in row["file"]]
        return 0, text, result() if result else done.stdout

    def _metrics(self) -> Any:
        return json.loads((self.run / "metrics.json").read_text())

    def _table(self) -> Any:
        return pq.read_table(self.out).to_pydict()

    def _items(self) -> list[str]:
        return list(map(str, pq.read_table(STORED / "data" / "items.parquet")["item"][:3]))


def attack(folder: Path) -> list[Outcome]:
    """Trains one epoch, then tries every damage under every command; the second epoch resumes."""
    from command_line import seqrec

    shutil.rmtree(folder)
    shutil.copytree(STORED / "data", folder / "data")
    shutil.copy(STORED / "sasrec" / "spec.json", folder / "spec.json")
    commands = Commands(folder)
    done = seqrec(*commands.fit(1))
    assert done.returncode == 0, done.stderr
    whole = commands.run.rename(folder / "whole")

    def after(damage: Callable[[], Any], command: str) -> tuple[int, str, Any]:
        shutil.rmtree(commands.run, ignore_errors=True)
        shutil.copytree(whole, commands.run, symlinks=True)
        damage()
        return commands.all[command]()

    expected = {name: after(lambda: None, name) for name in commands.all}
    assert not any(code for code, _, _ in expected.values()), expected
    tried, failures, named = 0, [], 0
    for file in FILES:
        for way, damage in DAMAGES.items():
            for command, right in expected.items():
                tried += 1
                path = commands.run / file
                try:
                    code, text, result = after(lambda d=damage, p=path: d(p), command)
                except Exception as error:
                    failures.append(f"{file}, {way}, {command}: {type(error).__name__}: {error}")
                    continue
                is_named = code == 2 and path.name in text and "Traceback" not in text
                named += is_named
                if not is_named and (code, result) != (right[0], right[2]):
                    said = " ".join(text.split())[:200]
                    failures.append(f"{file}, {way}, {command}: exit code {code}: {said}")
    figures = {
        "damaged files": f"{len(FILES) * len(DAMAGES)}",
        "commands on each": f"{len(commands.all)}",
        "errors that name the file": f"{named}",
    }
    title = "damaged files of a run under each command"
    right_count = tried - len(failures)
    return [Outcome(title=title, tried=tried, right=right_count, before="not counted",
                    failures=tuple(failures), figures=figures)]  # fmt: skip


if __name__ == "__main__":
    run(attack)
