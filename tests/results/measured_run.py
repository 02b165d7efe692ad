"""Runs a spec through the commands and says what came of it; what is finished is not run again."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

__all__ = ["SMALL", "Measured", "command", "measured", "prepared", "spread"]

SMALL = (
    "model.embedding_dim=64",
    "model.num_heads=2",
    "model.num_blocks=2",
    "model.max_sequence_length=100",
    "data.batch_size=32",
    "trainer.patience=10",
)
"""Settings of a model that a CPU trains in minutes; what comes later in a list wins."""


@dataclass(frozen=True)
class Measured:
    """Test metrics of a run, the mean seconds of an epoch, parameters, and memory in MB."""

    metrics: dict[str, float]
    epochs: int
    epoch_seconds: float
    parameters: int
    megabytes: float

    def value(self, name: str) -> float:
        """A metric of the test split, whichever protocol it was measured by."""
        splits = ("test/", "test+time/")
        return next(self.metrics[s + name] for s in splits if s + name in self.metrics)


def command(*words: str | Path) -> float:
    """Runs `seqrec …` and returns the most memory that it held, in MB; it must succeed."""
    arguments = [sys.executable, "-c", "from seqrec_core.cli import main; main()"]
    process = subprocess.Popen([*arguments, *map(str, words)])
    _, status, usage = os.wait4(process.pid, 0)
    if code := os.waitstatus_to_exitcode(status):
        raise SystemExit(f"seqrec {' '.join(map(str, words))} ended with {code}")
    return usage.ru_maxrss / 1024


def prepared(folder: Path, *words: str | Path) -> Path:
    """The data folder that `seqrec data prepare` makes of these words, unless it is there."""
    if not (folder / "schema.json").is_file():
        command("data", "prepare", *words, "--out", folder)
    return folder


def measured(name: str, out: Path, preset: str, data: Path, settings: list[str]) -> Measured:
    """Fits and evaluates a preset with settings in `out/name`."""
    run, summary = out / name, out / f"{name}.json"
    if not summary.is_file():
        spec = out / f"{name}.spec.json"
        sets = [word for setting in settings for word in ("--set", setting)]
        command("init", preset, "--data", data, "--out", spec, "--force", *sets)
        goes_on = ["--resume"] if (run / "checkpoints").is_dir() else []
        megabytes = command("fit", spec, "--out", run, *goes_on)
        command("evaluate", run)
        summary.write_text(json.dumps(_facts(run, megabytes), indent=2), encoding="utf-8")
    return Measured(**json.loads(summary.read_text(encoding="utf-8")))


def _facts(run: Path, megabytes: float) -> dict[str, object]:
    with (run / "logs" / "history.csv").open(encoding="utf-8") as file:
        seconds = [float(row["seconds"]) for row in csv.DictReader(file)]
    words = [sys.executable, "-c", "from seqrec_core.cli import main; main()", "show", "--json"]
    shown = subprocess.run([*words, str(run)], check=True, capture_output=True, text=True)
    facts = json.loads(shown.stdout)
    return {
        "metrics": facts["metrics"],
        "epochs": len(seconds),
        "epoch_seconds": mean(seconds),
        "parameters": facts["parameters"],
        "megabytes": megabytes,
    }


def spread(values: list[float]) -> str:
    """Mean and standard deviation of several runs, in words."""
    return f"{mean(values):.4f} ± {stdev(values):.4f}" if len(values) > 1 else f"{values[0]:.4f}"
