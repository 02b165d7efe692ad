"""`seqrec plan`: what a training step will take, and many of them, before there is any."""

import json
import resource
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
from rich.console import Console

from seqrec_core.build import target_of
from seqrec_core.session import dump, load_resolved, registry
from seqrec_core.spec import Recipe
from seqrec_tool_plan.cluster import Cluster, Figure, figures, unknown
from seqrec_tool_plan.measured_rates import RATES
from seqrec_tool_plan.planned_batch import data_of
from seqrec_tool_plan.printed import print_figures, print_fit, step_table
from seqrec_tool_plan.quantities import count_of, size_of
from seqrec_tool_plan.remedies import Remedy, remedies
from seqrec_tool_plan.settings import setting
from seqrec_tool_plan.step_cost import StepCost, step_cost

_ITEM_ID = "item_id"


@attrs.frozen
class Plan:
    """What was planned; `fits` says whether a budget holds it, None where there is none.

    `process` is what Python and its libraries take, `budget` what the process may take in all.
    """

    recipe: Recipe
    step: StepCost
    process: int
    cluster: Cluster | None = None
    figures: tuple[Figure, ...] = ()
    unknown: tuple[str, ...] = ()
    budget: int | None = None
    remedies: tuple[Remedy, ...] = ()

    @property
    def fits(self) -> bool | None:
        """Whether process and device hold what they must; None where no budget is named."""
        needs = [] if self.budget is None else [(self.step.most + self.process, self.budget)]
        device = self.cluster and self.cluster.device_memory
        if device:
            peaks = [each.value for each in self.figures if each.name.startswith("peak")]
            needs.append((int(min(peaks)), device))
        return all(size <= room for size, room in needs) if needs else None


def plan(
    spec: Path,
    overrides: list[str],
    memory: str | None,
    real: float,
    options: Mapping[str, str | None],
    as_json: bool,
    console: Console,
) -> bool:
    """Prints the cost of a step of a spec's recipe; whether it fits `memory`, process included.

    `options` are those of a `Cluster`, by field; with events among them what all steps take is
    printed as well. What is not known is named. Where it does not fit, what would is printed too.
    Raises SpecError for a spec that trains nothing, SeqrecError for an option that is none.
    """
    planned = planning(spec, overrides, memory, real, options)
    if as_json:
        print(json.dumps(_plain(planned), indent=2))
        return planned.fits is not False
    console.print(step_table(planned.recipe, planned.step, planned.process, real))
    print_figures(planned.figures)
    for what in planned.unknown:
        print(f"unknown, {what}")
    if memory is not None:
        print_fit(memory, planned.budget or 0, planned.step, planned.process, planned.remedies)
    if planned.cluster and planned.cluster.device_memory:
        _print_device(planned, str(options["device_memory"]))
    return planned.fits is not False


def planning(
    spec: Path,
    overrides: list[str],
    memory: str | None,
    real: float,
    options: Mapping[str, str | None],
) -> Plan:
    """The plan of a spec, as `plan` prints it."""
    budget = None if memory is None else size_of("--memory", memory)
    items = None if (text := options.get("items")) is None else count_of("--items", text)
    recipe = load_resolved(spec, overrides).recipe
    schema = dump(recipe.schema)
    cluster = Cluster.of(options, items or _items_of(schema))
    if items is not None:
        overrides = [*overrides, _with_items(schema, items)]
        recipe = load_resolved(spec, overrides).recipe
    cost = step_cost(recipe, real)
    process = process_bytes(recipe)
    planned = Plan(recipe, cost, process, cluster, unknown=cost.unknown, budget=budget)
    if cluster is not None:
        planned = _with_figures(planned, cluster, spec, overrides, schema, real)
    if budget is None or cost.most + process <= budget:
        return planned
    changes = remedies(spec, overrides, budget - process, real)
    return attrs.evolve(planned, remedies=tuple(changes))


def _with_figures(
    planned: Plan,
    cluster: Cluster,
    spec: Path,
    overrides: list[str],
    schema: dict[str, Any],
    real: float,
) -> Plan:
    """The plan with the figures of a cluster."""
    shared = planned.step
    if cluster.devices > 1:
        rows = -(-cluster.items // cluster.devices)
        smaller = [*overrides, _with_items(schema, rows)]
        shared = step_cost(load_resolved(spec, smaller).recipe, real)
    batch = data_of(planned.recipe).batch_rows() or 1
    dim = setting(planned.recipe.model, "embedding_dim")
    lines = figures(cluster, planned.step, shared, batch, dim)
    return attrs.evolve(
        planned, figures=tuple(lines), unknown=(*planned.unknown, *unknown(cluster, dim))
    )


def _items_of(schema: Mapping[str, Any]) -> int:
    """The catalogue of a dumped schema."""
    return next(int(f["cardinality"]) for f in schema["features"] if f["hint"] == _ITEM_ID)


def _with_items(schema: dict[str, Any], items: int) -> str:
    """The assignment that gives a dumped schema another catalogue."""
    features = [
        each | ({"cardinality": items, "padding_value": None} if each["hint"] == _ITEM_ID else {})
        for each in schema["features"]
    ]
    return f"schema={json.dumps({**schema, 'features': features})}"


def _print_device(planned: Plan, memory: str) -> None:
    peaks = {each.name: each for each in planned.figures if each.name.startswith("peak")}
    room = (planned.cluster and planned.cluster.device_memory) or 0
    holds = [name for name, each in peaks.items() if each.value <= room]
    if holds == list(peaks):
        print(f"a device of {memory} holds it, tables whole")
    elif holds:
        print(f"a device of {memory} holds it with the rows of tables shared out, and not whole")
    else:
        print(f"no device of {memory} holds it: take more --devices, a smaller batch, or --memory")


def _plain(planned: Plan) -> dict[str, Any]:
    """The plan as JSON has it: bytes, seconds and counts."""
    cost = planned.step
    step = attrs.asdict(cost) | {"checkpoint": cost.checkpoint, "most": cost.most}
    del step["unknown"]
    return {
        "step": step,
        "process": planned.process,
        "unknown": list(planned.unknown),
        "fits": planned.fits,
        "remedies": [attrs.asdict(each) for each in planned.remedies],
        "figures": [attrs.asdict(each) for each in planned.figures],
        "rates": {name: attrs.asdict(rate) for name, rate in RATES.items()},
    }


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
