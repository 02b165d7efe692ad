"""The figures of a cluster, each against the formula as a person would reckon it."""

import numpy as np
import pytest
from seqrec_tool_plan.cluster import Cluster, figures, unknown
from seqrec_tool_plan.dry_run import Largest
from seqrec_tool_plan.measured_rates import RATES
from seqrec_tool_plan.step_cost import StepCost
from seqrec_tool_prepare.kcore import core_of
from seqrec_tool_prepare.row_groups import rows_for_streaming
from seqrec_tool_prepare.row_limit import MOST_ROWS

from seqrec_core.errors import SeqrecError

BIG = {"events": "5e9", "users": "1e8", "devices": "8"}


def step(peak):
    return StepCost(
        parameters=1000,
        model=4000,
        gradients=3000,
        optimizer=8000,
        batch=10,
        activations=20,
        peak=peak,
        peak_phase="backward",
        flops=6_000_000,
        largest=Largest(),
        row_sparse=1000,
    )


def by_name(dim=64, **options):
    cluster = Cluster.of(BIG | options, items=10**7)
    lines = list(figures(cluster, step(20_000), step(5_000), batch=1000, dim=dim))
    return {(each.part, each.name): each for each in lines}


def value(lines, part, name):
    return lines[part, name].value


def test_storage_and_shuffles_follow_the_events():
    lines = by_name(raw_bytes="40", prepared_bytes="50", kcore_rounds="4")
    assert value(lines, "storage", "raw files") == 5e9 * 40
    assert value(lines, "storage", "prepared") == 5e9 * 50
    to_users, to_items = 8 + 4 * 8 + 2 * 16, 8 + 5 * 8 + 16  # nulls, numbers, ids of text
    shuffled = 5e9 * (to_users + to_items + 12 * 6 * 8)
    assert value(lines, "preparing", "shuffled") == shuffled
    assert value(lines, "preparing", "memory of the driver") == (10**8 + 10**7) * 120
    driver = 5_000 * RATES["writing"].value / 3600
    assert value(lines, "preparing", "written by the driver") == pytest.approx(driver)


@pytest.mark.parametrize("length", [0, 1, 5])
def test_shuffles_are_the_joins_of_events_to_what_each_round_holds(length):
    square = [(user, item) for user in (0, 1) for item in (0, 1)]
    chain = [(n, n + step) for n in range(2, 2 + length) for step in (0, 1)]  # of rare items
    rare = [(2 + length, 0)] if length else []  # and a rare user
    events, joins = np.array(square + chain + rare), 0
    sizes = (3 + length, 3 + length) if length else (2, 2)

    def counts(core):
        nonlocal joins
        joins += (not core.users.all()) + (not core.items.all())
        held = events[core.holds(*events.T)]
        users, items = held.T
        return np.bincount(users, minlength=sizes[0]), np.bincount(items, minlength=sizes[1])

    core = core_of(counts, *sizes, 2, 2)
    counts(core)  # once more, for what is kept
    planned = value(by_name(kcore_rounds=str(core.rounds)), "preparing", "shuffles")
    assert (core.rounds > length // 2) == (length > 0)
    assert planned == 4 + joins


@pytest.mark.parametrize("events", [2**32 - 1, 2**32])
def test_one_machine_prepares_what_polars_numbers(events):
    options = {"events": str(events)}
    said = [line for line in unknown(Cluster.of(BIG | options, items=10), 64) if "polars" in line]
    if events > MOST_ROWS:
        assert ("preparing", "on one machine") not in by_name(**options)
        assert len(said) == 1
        assert "4,294,967,295 rows at most; --engine spark" in said[0]
    else:
        seconds = events / 1e6 * RATES["preparing"].value
        hours = value(by_name(**options), "preparing", "on one machine")
        assert hours == pytest.approx(seconds / 3600)
        assert not said


@pytest.mark.parametrize(
    ("events", "users"),
    [(5 * 10**9, 10**8), (10**9, 10**6), (10**7, 10**7), (10**6, 10**4), (10**9, 10**4), (90, 70)],
)
def test_row_groups_are_those_that_prepare_writes(events, users):
    lines = by_name(events=str(events), users=str(users))
    rows = rows_for_streaming(users, events)
    assert value(lines, "storage", "row groups") == -(-users // rows)


def test_hours_and_money_follow_the_speed_that_was_measured():
    lines = by_name(sequences_per_second="2000", network="1MB", price="3", epochs="2")
    assert value(lines, "training", "steps an epoch") == 1e8 / 8000
    assert value(lines, "training", "computing a step") == 0.5
    sent = 2 * 7 / 8 * 2000 + 7 * 1000
    assert value(lines, "training", "network a step") == sent
    hours = 12_500 * 2 * (0.5 + sent / 1e6) / 3600
    assert value(lines, "training", "hours") == pytest.approx(hours)
    assert value(lines, "training", "money") == pytest.approx(hours * 8 * 3)


def test_without_a_speed_the_work_and_the_core_that_was_measured_tell():
    lines = by_name()
    assert value(lines, "training", "computing a step") == 6e6 / RATES["training"].value
    work = 2 * 64 * 1e7
    hours = 1e8 * work / RATES["scoring"].value / 8 / 3600
    assert value(lines, "scoring all users", "hours") == pytest.approx(hours)
    assert ("training", "money") not in lines
    assert not any(part == "scoring all users" for part, _ in by_name(dim=None))


def test_one_device_sends_nothing_and_shares_nothing():
    lines = by_name(devices="1")
    assert value(lines, "training", "network a step") == 0
    assert ("memory of a device", "peak, rows shared out") not in lines
    shared = by_name()
    assert value(shared, "memory of a device", "peak, rows shared out") == 5_000
    assert value(shared, "memory of a device", "host, to begin") == 4000
    assert value(shared, "memory of a device", "host, to resume") == 4000 + 8000


def test_what_is_not_told_is_named_with_the_option_that_tells_it():
    said = "\n".join(unknown(Cluster.of(BIG, items=10), None))
    for option in ("sequences-per-second", "users-per-second", "network", "price"):
        assert f"--{option} " in said or f"--{option}:" in said or f"money: --{option}" in said
    every = BIG | {"sequences_per_second": "1", "users_per_second": "1", "network": "1GB"}
    every |= {"price": "1", "events": "4e9"}
    assert not list(unknown(Cluster.of(every, items=10), 64))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"devices": "8"}, "--devices need --events as well, such as --events 5e9"),
        ({"events": "5e9", "price": "2"}, "--events, --price need --users as well"),
        (BIG | {"users": "6e9"}, "--users is '6e9', and --events '5e9'"),
        (BIG | {"network": "100"}, "--network is '100'; give a size"),
    ],
)
def test_options_that_cannot_be_are_named(options, said):
    with pytest.raises(SeqrecError, match=said):
        Cluster.of(options, items=10)


def test_without_events_there_is_no_cluster():
    assert Cluster.of({"items": "5", "events": None}, items=5) is None
