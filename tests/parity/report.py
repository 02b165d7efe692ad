"""Writes docs/reference/parity.md from the errors of a run: `report.py CASES TARGET`."""

import importlib
import json
import sys
from pathlib import Path

import torch
from names import MISSING, ROWS

HEAD = """# Parity with the reference

`nox -s parity` writes this page. It installs `replay-rec==0.21.2`, and 0.22.0 for what is new
there, into environments of their own, lets them compute {cases:,} cases, copies their weights into
our components and compares. Allowed are 1e-5 for outputs (absolute, at real positions), 1e-5 for
losses and 1e-4 for gradients (relative), and 2e-6 of the largest score for models that the
reference trained.
The cases have several seeds, shapes and amounts of padding, one positive and several, and
negatives of all three shapes. The reference computes losses by themselves, all but the scalable
one, in double precision, for its single precision loses digits that ours keeps. 0 stands for the
same bits, or the same rows in the same order.

Where we differ, it is on purpose: the reason stands in the last column, with the number of the
known trap or of the note on the reference that asks for it. A test that is named in place of
numbers checks what a number cannot say.

Last, the reference trains a SasRec and a TwoTower for three epochs by its own code. Imported by
`seqrec import-replay` they recommend the same ten items to every user, in the same order but for
neighbours whose scores differ by no more than 2e-6 of the largest
({users:,} users in this run).

Two differences meet every user of the library. Positions are counted from the right, so a shorter
batch gives the same scores; `alignment="left"` counts as the reference does. And a position of
padding attends to itself, while the reference lets it attend to nothing in training: targets whose
context is padding alone, such as a user's first item, get another loss.
"""
COLUMNS = ("reference", "ours", "plugin", "output", "loss", "gradient", "cases", "where we differ")


def main(cases: Path, target: Path) -> None:
    measured = json.loads((cases / "measured.json").read_text())
    tables = [table(title, rows, measured) for title, rows in ROWS.items()]
    if measured:
        sys.exit(f"measured, but without a row: {', '.join(measured)}")
    target.parent.mkdir(parents=True, exist_ok=True)
    total = json.loads((cases / "total.json").read_text())
    trained = torch.load(cases / "trained" / "two_tower.pt", weights_only=True)
    head = HEAD.format(cases=total, users=len(trained["users"]))
    target.write_text("\n".join([head, *tables, missing()]))


def missing():
    lines = [f"- {names}: {reason}." for names, reason in MISSING.items()]
    return "\n".join(["Of what is new in 0.22 we lack:", "", *lines, ""])


def table(title, rows, measured):
    lines = [f"## {title}", "", row(COLUMNS), row(["---"] * len(COLUMNS))]
    for name, place, test, difference in rows:
        ours, plugin = whereabouts(place)
        errors = measured.pop(name, {})
        if not errors and test is None:
            sys.exit(f"{name} was not measured; run all of tests/parity")
        if test and not Path(test).is_file():
            sys.exit(f"{name} is to be checked by {test}, which does not exist")
        numbers = [error(errors, quantity) for quantity in ("forward", "loss", "gradient")]
        cases = str(errors["cases"]) if errors else f"`{test.removeprefix('tests/')}`"
        lines.append(row([f"`{name}`", f"`{ours}`", plugin, *numbers, cases, difference]))
    return "\n".join([*lines, ""])


def row(cells):
    return f"| {' | '.join(cells)} |"


def error(errors, quantity):
    value = errors.get(quantity)
    return "" if value is None else "0" if value == 0 else f"{value:.1e}"


def whereabouts(place):
    """Our class, which must exist, and the distribution that ships it."""
    module, name = place.split(":")
    getattr(importlib.import_module(module), name)
    return name, module.partition(".")[0].replace("_", "-")


main(Path(sys.argv[1]), Path(sys.argv[2]))
