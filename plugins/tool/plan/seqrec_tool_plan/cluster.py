"""Training on many events and several devices, on paper: each figure with its formula.

Nothing is run. A figure follows from the numbers that a person gives, from the dry run of a step,
and from the RATES that were measured; what none of them tells is unknown, and said so.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import ceil
from typing import Any

import attrs

from seqrec_core.errors import SeqrecError
from seqrec_tool_plan.measured_rates import RATES
from seqrec_tool_plan.quantities import count_of, in_units, number_of, size_of
from seqrec_tool_plan.step_cost import StepCost

__all__ = ["Cluster", "Figure", "figures", "unknown"]

# row groups as `seqrec data prepare` cuts them: their events, their share of users, their bounds
_EVENTS_OF_GROUP, _SHARES, _FEWEST, _MOST = 2**18, 16, 64, 4096
_BY_TEXT = 2  # shuffles: joined to numbers of users, to those of items
_BY_NUMBER = 2  # into the order of time, into ranges of users
_JOINS_OF_CORE = 2  # with users and with items that are held, in each round and at the end
_ROWS_OF_POLARS = 2**32 - 1
_HOUR = 3600
_EXAMPLE = {"events": "--events 5e9", "users": "--users 1e8"}
_COUNT = ("events", "users", "items", "devices", "epochs")
_SIZES = ("device_memory", "network")
_NUMBERS = ("price", "sequences_per_second", "users_per_second", "raw_bytes", "prepared_bytes")
_READERS: dict[str, Callable[[str, str], float]] = (
    dict.fromkeys(_COUNT, count_of)
    | {"kcore_rounds": partial(count_of, least=0)}
    | dict.fromkeys(_SIZES, size_of)
    | dict.fromkeys(_NUMBERS, number_of)
)


@attrs.frozen
class Figure:
    """A figure of a plan: where it belongs, its value and unit, and how it comes about."""

    part: str
    name: str
    value: float
    unit: str
    formula: str

    @property
    def text(self) -> str:
        """The value with its unit, three digits of it."""
        if self.unit in ("B", "FLOP"):
            return in_units(self.value, self.unit)
        shown = f"{self.value:,.0f}" if self.value >= 100 else f"{self.value:.3g}"
        return f"{shown} {self.unit}".strip()


@attrs.frozen
class Cluster:
    """What a person says of their data and machines; None where they do not say.

    Sizes are bytes, rates are those of one device, `price` is that of a device for an hour.
    """

    events: int
    users: int
    items: int
    devices: int = 1
    epochs: int = 1
    kcore_rounds: int = 0
    device_memory: int | None = None
    network: int | None = None
    price: float | None = None
    sequences_per_second: float | None = None
    users_per_second: float | None = None
    raw_bytes: float = RATES["raw"].value
    prepared_bytes: float = RATES["prepared"].value

    @classmethod
    def of(cls, options: Mapping[str, str | None], items: int) -> "Cluster | None":
        """What options say, by field, as they were typed; None where none of them is there.

        Raises SeqrecError for a value that is none, and where events or users are missing.
        """
        typed = {name: text for name, text in options.items() if text is not None}
        if not typed.keys() - {"items"}:
            return None
        for name in ("events", "users"):
            if name not in typed:
                others = ", ".join(_option(each) for each in sorted(typed))
                raise SeqrecError(
                    f"{others} need {_option(name)} as well, such as {_EXAMPLE[name]}"
                )
        numbers: dict[str, Any] = {
            name: _READERS[name](_option(name), text) for name, text in typed.items()
        }
        cluster = cls(**({"items": items} | numbers))
        if cluster.users > cluster.events:
            raise SeqrecError(
                f"--users is {options['users']!r}, and --events {options['events']!r}: each user "
                "has an event at least"
            )
        return cluster


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def figures(
    cluster: Cluster, cost: StepCost, shared: StepCost, batch: int, dim: int | None
) -> Iterator[Figure]:
    """All figures, in the order in which the work is done.

    `cost` is that of a step on one device; `shared` where each device holds but its share of the
    rows of the tables of items. `batch` is the users of a step of one device, `dim` the numbers of
    an item's vector, None where the spec has none.
    """
    yield from _storage(cluster)
    yield from _preparing(cluster)
    yield from _memory(cluster, cost, shared)
    yield from _training(cluster, cost, batch)
    if dim is not None:
        yield from _scoring(cluster, dim)


def unknown(cluster: Cluster, dim: int | None) -> Iterator[str]:
    """What is left out, and which option would tell it."""
    if cluster.events > _ROWS_OF_POLARS:
        yield (
            "hours of preparing on one machine: polars numbers "
            f"{_ROWS_OF_POLARS:,} rows at most; --engine spark prepares more"
        )
    if cluster.sequences_per_second is None:
        yield (
            "speed of a device: one core of a CPU was taken; `seqrec fit` prints that of yours, "
            "which --sequences-per-second takes"
        )
    if cluster.users_per_second is None:
        yield "speed of scoring: one core of a CPU was taken; --users-per-second takes yours"
    if cluster.devices > 1 and cluster.network is None:
        yield "time of the network: 0 was taken; --network takes the bytes a second of a device"
    if cluster.price is None:
        yield "money: --price takes that of a device for an hour"
    if dim is None:
        yield "work of scoring: the model has no setting embedding_dim"


def _storage(cluster: Cluster) -> Iterator[Figure]:
    events = f"{cluster.events:,} events"
    for name, rate in (("raw files", cluster.raw_bytes), ("prepared", cluster.prepared_bytes)):
        yield Figure("storage", name, cluster.events * rate, "B", f"{events} x {rate:g} B")
    share = ceil(cluster.users / _SHARES)
    rows = min(_EVENTS_OF_GROUP * cluster.users // cluster.events, share, _MOST)
    rows = max(rows, _FEWEST)
    groups = ceil(cluster.users / rows)
    yield Figure("storage", "row groups", groups, "", f"{cluster.users:,} users / {rows:,}")


def _preparing(cluster: Cluster) -> Iterator[Figure]:
    rounds, by_number = cluster.kcore_rounds, _BY_NUMBER
    how = f"{_BY_TEXT} by ids, {_BY_NUMBER} by numbers, without k-core"
    if rounds:
        by_number += _JOINS_OF_CORE * (rounds + 1)
        how = (
            f"{_BY_TEXT} by ids, {_BY_NUMBER} + {_JOINS_OF_CORE} x ({rounds} rounds of k-core + 1) "
            "by numbers"
        )
    yield Figure("preparing", "shuffles", _BY_TEXT + by_number, "", how)
    text, number = RATES["shuffled ids"].value, RATES["shuffled"].value
    bytes_ = cluster.events * (_BY_TEXT * text + by_number * number)
    how = (
        f"{cluster.events:,} events x ({_BY_TEXT} x {text:g} B + {by_number} x {number:g} B), "
        "counts on top"
    )
    yield Figure("preparing", "shuffled", bytes_, "B", how)
    ids, size = cluster.users + cluster.items, RATES["ids"].value
    how = f"{ids:,} users and items x {size:g} B"
    yield Figure("preparing", "memory of the driver", ids * size, "B", how)
    hours_of = [("written by the driver", "writing", "however many executors")]
    if cluster.events <= _ROWS_OF_POLARS:
        hours_of.append(("on one machine", "preparing", "without k-core"))
    for name, rate, what in hours_of:
        pace = RATES[rate].value
        hours = cluster.events / 1e6 * pace / _HOUR
        how = f"{cluster.events:,} events x {pace:g} s / 1e6, {what}"
        yield Figure("preparing", name, hours, "h", how)


def _memory(cluster: Cluster, cost: StepCost, shared: StepCost) -> Iterator[Figure]:
    devices = cluster.devices
    parts = (
        ("model", cost.model, f"{cost.parameters:,} parameters"),
        ("gradients", cost.gradients, f"of which row-sparse {in_units(cost.row_sparse)}"),
        ("optimizer state", cost.optimizer, "as the dry run of a step has it"),
        ("activations", cost.activations, "kept by forward for backward"),
        ("peak", cost.peak, f"tables whole on each device; in {cost.peak_phase}"),
        ("checkpoint", cost.checkpoint, "its file: model + optimizer state"),
    )
    for name, value, how in parts:
        yield Figure("memory of a device", name, value, "B", how)
    if devices > 1:
        how = f"a step with {cluster.items:,} / {devices} items"
        yield Figure("memory of a device", "peak, rows shared out", shared.peak, "B", how)
        for name, value, how in (
            ("host, to begin", cost.model, "rows shared out: a process builds all of them first"),
            ("host, to resume", cost.checkpoint, "rows shared out: a process reads all of it"),
        ):
            yield Figure("memory of a device", name, value, "B", how)


def _training(cluster: Cluster, cost: StepCost, batch: int) -> Iterator[Figure]:
    devices = cluster.devices
    steps = ceil(cluster.users / (batch * devices))
    how = f"{cluster.users:,} users / ({batch:,} users x {devices} devices)"
    yield Figure("training", "steps an epoch", steps, "", how)
    yield Figure("training", "work of a step", cost.flops, "FLOP", "matrix products, a device")
    if cluster.sequences_per_second is None:
        seconds, pace = cost.flops / (rate := RATES["training"].value), f"{rate:.3g} FLOP/s"
        how = f"{in_units(cost.flops, 'FLOP')} / {pace}"
    else:
        seconds = batch / cluster.sequences_per_second
        how = f"{batch:,} sequences / {cluster.sequences_per_second:g} a second"
    yield Figure("training", "computing a step", seconds, "s", how)
    dense, row_sparse = cost.gradients - cost.row_sparse, cost.row_sparse
    sent = 2 * (devices - 1) / devices * dense + (devices - 1) * row_sparse
    how = (
        f"2 x {devices - 1}/{devices} x {in_units(dense)} (ring) + {devices - 1} x "
        f"{in_units(row_sparse)} (rows of all)"
    )
    yield Figure("training", "network a step", sent, "B", how)
    if devices > 1 and cluster.network is not None:
        waits = sent / cluster.network
        how = f"{in_units(sent)} / {in_units(cluster.network)} a second, nothing overlaps"
        yield Figure("training", "sending a step", waits, "s", how)
        seconds += waits
    hours = steps * cluster.epochs * seconds / _HOUR
    how = f"{steps:,} steps x {cluster.epochs} epochs x {seconds:.3g} s"
    yield Figure("training", "hours", hours, "h", how)
    yield from _money("training", cluster, hours)


def _scoring(cluster: Cluster, dim: int) -> Iterator[Figure]:
    work = 2.0 * dim * cluster.items
    how = f"2 x {dim} x {cluster.items:,} items"
    yield Figure("scoring all users", "work of a user", work, "FLOP", how)
    rate = cluster.users_per_second or RATES["scoring"].value / work
    hours = cluster.users / (rate * cluster.devices) / _HOUR
    how = f"{cluster.users:,} users / ({rate:.3g} a second x {cluster.devices} devices)"
    yield Figure("scoring all users", "hours", hours, "h", how)
    yield from _money("scoring all users", cluster, hours)


def _money(part: str, cluster: Cluster, hours: float) -> Iterator[Figure]:
    """What hours cost, where a price is known."""
    if cluster.price is not None:
        money = hours * cluster.devices * cluster.price
        how = f"{hours:,.3g} h x {cluster.devices} devices x {cluster.price:g}"
        yield Figure(part, "money", money, "", how)
