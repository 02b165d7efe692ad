"""`seqrec plan`: what a training step will take, before there is any."""

import re
import resource
import shlex
from pathlib import Path

from rich.console import Console
from rich.table import Table

from seqrec_core.build import target_of
from seqrec_core.errors import Fault, SeqrecError, SpecError
from seqrec_core.loading import load_resolved
from seqrec_core.recipe import Recipe
from seqrec_core.terminal import table
from seqrec_trainer_lightning.remedies import Remedy, remedies
from seqrec_trainer_lightning.specs import LightningTrainerSpec
from seqrec_trainer_lightning.step_cost import StepCost, step_cost

_UNITS = {"KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def plan(
    spec: Path, overrides: list[str], memory: str | None, real: float, console: Console
) -> bool:
    """Prints the cost of a step of a spec; whether it fits `memory`, the process included.

    Where it does not, what would fit is printed too. Raises SpecError for a spec that trains
    nothing.
    """
    budget = None if memory is None else size_of(memory)
    recipe = load_resolved(spec, overrides).recipe
    _check(recipe)
    cost = step_cost(recipe, real)
    target_of(recipe.data)  # loads the libraries of the data module, as a run does
    process = process_bytes()
    console.print(_table(recipe, cost, process, real))
    if budget is None:
        return True
    total = cost.peak + process
    if total <= budget:
        print(f"fits {memory}: {in_units(budget - total)} are left")
        return True
    print(f"does not fit {memory}: {in_units(total - budget)} too much")
    found = list(remedies(spec, overrides, budget - process, real))
    console.print(_remedies(found, process) if found else _nothing_fits(cost, process))
    return False


def _check(recipe: Recipe) -> None:
    if recipe.data is None:
        raise SpecError([Fault("data", 'missing; add {"type": "parquet", "folder": "…"}')])
    if not isinstance(recipe.trainer, LightningTrainerSpec):
        raise SpecError([Fault("trainer", 'a plan is for {"type": "lightning"}; set it')])


def _table(recipe: Recipe, cost: StepCost, process: int, real: float) -> Table:
    largest = cost.largest
    shape = ", ".join(map(str, largest.shape))
    batch = f"{getattr(recipe.data, 'batch_size', '')} users, {real:.0%} of positions real"
    optimizer = type(recipe.trainer.optimizer).__name__.removesuffix("Spec").lower()  # type: ignore[union-attr]
    rows = table("", "size", "")
    rows.columns[1].justify = "right"
    for row in (
        ("model", in_units(cost.model), f"{cost.parameters:,} parameters"),
        ("gradients", in_units(cost.gradients), ""),
        ("optimizer state", in_units(cost.optimizer), optimizer),
        ("batch", in_units(cost.batch), batch),
        ("activations", in_units(cost.activations), "kept by forward for backward"),
        ("largest tensor", in_units(largest.nbytes), f"({shape}) {largest.dtype}, {largest.phase}"),
        ("peak of a training step", in_units(cost.peak), f"in {cost.peak_phase}"),
        ("with the process", in_units(cost.peak + process), "Python and its libraries"),
        ("work of a training step", f"{cost.flops / 1e9:,.3g} GFLOP", "matrix products"),
    ):
        rows.add_row(*row)
    return rows


def _remedies(found: list[Remedy], process: int) -> Table:
    rows = table("what fits", "with the process", "add to the command")
    for remedy in found:
        words = " ".join(f"--set {shlex.quote(setting)}" for setting in remedy.settings)
        rows.add_row(remedy.what, in_units(remedy.peak + process), words)
    return rows


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


def in_units(size: float) -> str:
    """A size with three digits and its unit."""
    for unit in ("B", "KB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.3g} GB"


def process_bytes() -> int:
    """Memory of this process, whose libraries are those of a run; the most there was on macOS."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return pages * resource.getpagesize()
