"""Sums over batches and processes, against naive formulas in Python floats."""

import math

import pytest
import torch
from fake_processes import totals_of_processes
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_ranking import KS, in_parts, naive_metrics, ranking_batch
from seqrec_callback_metrics.tally import METRICS, MetricTally
from seqrec_callback_metrics.target_sets import distinct_targets
from seqrec_library_kernels.ranking import top_items

ITEMS = 12


def tally_of(*batches, metrics=METRICS):
    tally = MetricTally(metrics, KS, torch.device("cpu"), ITEMS)
    for batch in batches:
        top = top_items(batch["logits"], max(KS) + 1, excluded=batch["seen_ids"])
        tally.add(top, distinct_targets(batch["ground_truth"], ITEMS), batch["train"])
    return tally


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6), users=st.integers(1, 8), size=st.integers(1, 8))
def test_every_metric_equals_its_definition(seed, users, size):
    batch = ranking_batch(seed, users)
    values = tally_of(*in_parts(batch, size)).compute()
    assert list(values) == [f"{name}@{k}" for name in METRICS for k in KS]
    for name, value in naive_metrics(batch, ITEMS).items():
        assert value == pytest.approx(values[name], abs=1e-12), name


def test_processes_add_up_to_the_whole():
    batch = ranking_batch(3, 9)
    first, second = (tally_of(part) for part in in_parts(batch, 5))
    totals_of_processes(first.merge, second.merge)
    whole = tally_of(batch)
    for process in (first, second):
        assert process.users() == whole.users()
        assert process.compute() == pytest.approx(whole.compute(), abs=1e-12)


def test_users_without_targets_are_counted_and_left_out():
    batch = ranking_batch(0, 3) | {"ground_truth": torch.tensor([[-1], [ITEMS], [4]])}
    tally = tally_of(batch)
    assert tally.users() == (1, 2)
    alone = {name: column[2:] for name, column in batch.items()} | {"train": batch["train"][2:]}
    for name, value in tally_of(alone, metrics=["ndcg", "map"]).compute().items():
        assert tally.compute()[name] == value


def test_nobody_gives_no_number():
    values = MetricTally(["recall"], [2], torch.device("cpu")).compute()
    assert list(values) == ["recall@2"]
    assert math.isnan(values["recall@2"])
