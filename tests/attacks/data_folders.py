"""Damaged data folders: validate, fit and the check of data name file, column, row and remedy.

`python tests/attacks/data_folders.py FOLDER`
"""

import json
import shutil
import sys
import warnings
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "fakes"))

from damaged_data import Damage
from data_damages import DAMAGES
from outcome import Outcome, run
from typer.testing import CliRunner

from seqrec_core.cli import app
from seqrec_core.errors import SeqrecError

SPEC = {
    "seqrec": 2,
    "model": {"type": "sasrec", "embedding_dim": 8, "num_blocks": 1, "num_heads": 1,
              "max_sequence_length": 8},
    "data": {"type": "parquet", "folder": "data", "batch_size": 12},
    "trainer": {"type": "lightning", "max_epochs": 1, "accelerator": "cpu"},
    "trackers": [],
}  # fmt: skip


def attack(folder: Path) -> list[Outcome]:
    """Every damage, by every command."""
    failures = []
    for number, damage in enumerate(DAMAGES):
        if faults := failures_of(damage, folder / str(number), ("validate", "fit", "check")):
            failures.append(f"{damage.title}: {'; '.join(faults)}")
    return [
        Outcome.of(
            "Damaged data folders: validate, fit, data check",
            len(DAMAGES),
            failures,
            before="19 of 74: 28 tracebacks, 27 accepted in silence",
        )
    ]


def failures_of(damage: Damage, folder: Path, commands: tuple[str, ...]) -> list[str]:
    """How commands fail to say what is damaged."""
    shutil.rmtree(folder, ignore_errors=True)
    damage.write(folder / "data")
    schema = json.loads((folder / "data" / "schema.json").read_text())
    (folder / "spec.json").write_text(json.dumps({**SPEC, "schema": schema}))
    trials = {"validate": _validate, "fit": _fit, "check": _check}
    return [f"{name}: {fault}" for name in commands if (fault := trials[name](damage, folder))]


def _validate(damage: Damage, folder: Path) -> str:
    said, code = _run("validate", folder / "spec.json")
    return _fault(damage, said, code, 2 if damage.level == "footers" else None)


def _fit(damage: Damage, folder: Path) -> str:
    said, code = _run("fit", folder / "spec.json", "--out", folder / "run")
    return _fault(damage, said, code, 2 if damage.level in ("footers", "rows", "metrics") else 0)


def _fault(damage: Damage, said: str, code: int, expected: int | None) -> str:
    """What is wrong with an exit code and with what was said; nothing where all is right."""
    if code not in (0, 2) or code != (code if expected is None else expected):
        return f"exit {code}: {said[-200:]}"
    words = [damage.file.removesuffix(".parquet")]
    if damage.level != "metrics":
        words += [damage.column] + [f"row {damage.row}"] * (damage.row is not None)
    absent = [word for word in words if word not in said] if code == 2 else []
    return f"does not name {', '.join(absent)}: {said[:200]}" if absent else ""


def _check(damage: Damage, folder: Path) -> str:
    said, code = _run("data", "check", folder / "data", "--json")
    is_notice = damage.level == "notice"
    if code != (0 if is_notice else 2):
        return f"exit {code}: {said[-200:]}"
    findings, _ = json.JSONDecoder().raw_decode(said)
    places = [(f["file"], f["column"], f["row"]) for f in findings if f["remedy"] and f["message"]]
    named = any(
        file == damage.file and column == damage.column and damage.row in (None, row)
        for file, column, row in places
    )
    return "" if named else f"names {places}"


def _run(*words: object) -> tuple[str, int]:
    """What a command says, and its exit code; 1 for an error that is none of seqrec's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = CliRunner().invoke(app, [*map(str, words)])
    if result.exception is None or isinstance(result.exception, SystemExit):
        return result.output, result.exit_code
    code = 2 if isinstance(result.exception, SeqrecError) else 1
    return f"{result.output}{result.exception}", code


if __name__ == "__main__":
    run(attack)
