"""`seqrec plan`: what a training step will take, before there is any."""

import re
import resource
import shlex
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from seqrec_core.build import target_of
from seqrec_core.errors import SeqrecError
from seqrec_core.session import registry
from seqrec_core.spec import Recipe
from seqrec_core.terminal import table
from seqrec_tool_plan.planned_batch import data_of
from seqrec_tool_plan.remedies import Remedy, remedies
from seqrec_tool_plan.step_cost import StepCost, step_cost

_UNITS = {"KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def plan(
    recipe: Recipe,
    spec: Path,
    overrides: list[str],
    memory: str | None,
    real: float,
    console: Console,
) -> bool:
    """Prints the cost of a step of a spec's recipe; whether it fits `memory`, process included.

    What the specs do not tell is named. Where it does not fit, what would is printed too. Raises
    SpecError for a spec that trains nothing.
    """
    budget = None if memory is None else size_of(memory)
    cost = step_cost(recipe, real)
    process = process_bytes(recipe)
    console.print(_table(recipe, cost, process, real))
    for what in cost.unknown:
        print(f"unknown, {what}")
    if budget is None:
        return True
    total = cost.most + process
    if total <= budget:
        print(f"fits {memory}: {in_units(budget - total)} are left")
        return True
    print(f"does not fit {memory}: {in_units(total - budget)} too much")
    changes = list(remedies(spec, overrides, budget - process, real))
    print("\n".join(_remedies(changes, process)) if changes else _nothing_fits(cost, process))
    return False


def _table(recipe: Recipe, cost: StepCost, process: int, real: float) -> Table:
    largest = cost.largest
    shape = ", ".join(map(str, largest.shape))
    batch = f"{data_of(recipe).batch_rows() or 1} users, {real:.0%} of positions real"
    copies = 0 if recipe.trainer is None else recipe.trainer.weight_copies()
    averaged = f", held {1 + copies} times" if copies else ""
    rows = table("a training step", "", "")
    rows.columns[1].justify = "right"
    for row in (
        ("model", in_units(cost.model), f"{cost.parameters:,} parameters{averaged}"),
        ("gradients", in_units(cost.gradients), ""),
        ("optimizer state", in_units(cost.optimizer), ""),
        ("batch", in_units(cost.batch), batch),
        ("activations", in_units(cost.activations), "kept by forward for backward"),
        ("largest tensor", in_units(largest.nbytes), f"({shape}) {largest.dtype}, {largest.phase}"),
        ("peak", in_units(cost.peak), f"in {cost.peak_phase}"),
        ("checkpoint", in_units(cost.checkpoint), "model and optimizer state, twice"),
        ("with the process", in_units(cost.most + process), "Python and its libraries"),
        ("work", in_units(cost.flops, "FLOP"), "matrix products"),
    ):
        rows.add_row(*row)
    return rows


def _remedies(changes: list[Remedy], process: int) -> Iterator[str]:
    yield "what fits, and what to add to the command for it:"
    for remedy in changes:
        yield f"{remedy.what}: {in_units(remedy.peak + process)} with the process"
        yield "  " + " ".join(f"--set {shlex.quote(setting)}" for setting in remedy.settings)


def _nothing_fits(cost: StepCost, process: int) -> str:
    fixed = cost.model + cost.gradients + cost.optimizer + process
    return (
        "no batch and no loss tried fits; model, gradients, optimizer state and process alone take "
        f"{in_units(fixed)}: lower model.embedding_dim, or take a smaller catalogue"
    )


def size_of(text: str) -> int:
    """Bytes of a size such as 8GB, 500 MB or 16GiB; SeqrecError for anything else."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*", text)
    if match is None or match[2].upper() not in _UNITS:
        raise SeqrecError(f"--memory is {text!r}; give a size such as 8GB, 500MB or 16GiB")
    return int(float(match[1]) * _UNITS[match[2].upper()])


def in_units(size: float, unit: str = "B") -> str:
    """A size with three digits and a unit that suits it."""
    for prefix in ("", "K", "M", "G"):
        if size < 999.5:
            return f"{size:.3g} {prefix}{unit}"
        size /= 1000
    return f"{size:,.3g} T{unit}"


def process_bytes(recipe: Recipe) -> int:
    """Memory of this process with the libraries of a run loaded; the most there was on macOS."""
    for part in (recipe.data, recipe.trainer):
        if part is not None:
            target_of(part, registry)
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return pages * resource.getpagesize()
