"""A plan as people read it: the table of a step, the figures of a cluster, what would fit."""

import shlex
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.table import Table

from seqrec_core.spec import Recipe
from seqrec_core.terminal import table
from seqrec_tool_plan.cluster import Figure
from seqrec_tool_plan.planned_batch import data_of
from seqrec_tool_plan.quantities import in_units
from seqrec_tool_plan.remedies import Remedy
from seqrec_tool_plan.step_cost import StepCost

__all__ = ["print_figures", "print_fit", "step_table"]


def step_table(recipe: Recipe, cost: StepCost, process: int, real: float) -> Table:
    """What a step takes, a row for each part."""
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
        ("checkpoint", in_units(cost.checkpoint), "its file: model and optimizer state"),
        ("with the process", in_units(cost.most + process), "Python and its libraries"),
        ("work", in_units(cost.flops, "FLOP"), "matrix products"),
    ):
        rows.add_row(*row)
    return rows


def print_figures(figures: Sequence[Figure]) -> None:
    """The figures of a cluster, part by part, each with its formula."""
    for part, lines in groupby(figures, lambda each: each.part):
        print(part)
        for each in lines:
            print(f"  {each.name:<22}{each.text:>12}  {each.formula}")


def print_fit(
    memory: str, budget: int, cost: StepCost, process: int, changes: Sequence[Remedy]
) -> None:
    """Whether a step fits a budget of memory, and else what would."""
    total = cost.most + process
    if total <= budget:
        print(f"fits {memory}: {in_units(budget - total)} are left")
        return
    print(f"does not fit {memory}: {in_units(total - budget)} too much")
    print("\n".join(_remedies(changes, process)) if changes else _nothing_fits(cost, process))


def _remedies(changes: Sequence[Remedy], process: int) -> Iterator[str]:
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
