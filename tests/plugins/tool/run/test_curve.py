"""Which lines a run has."""

import re

import pytest
from seqrec_tool_run.curve import curve_svg

ROWS = [
    {"epoch": 1.0, "train_loss": 5.0, "ndcg@10": 0.1, "recall@10": 0.2, "ndcg@5": 0.05},
    {"epoch": 1.5, "train_loss": 4.0},
    {"epoch": 2.0, "train_loss": 3.5, "ndcg@10": 0.2, "recall@10": 0.3, "ndcg@5": 0.1},
]


def names(svg):
    return re.findall(r"<text [^>]*>([^<]*@[^<]*)</text>", svg)


@pytest.mark.parametrize("best", [2.0, None])
def test_the_loss_and_the_metrics_at_the_monitored_cut_off_are_drawn(best):
    svg = curve_svg(ROWS, "recall@10", best)
    assert svg.count("<svg") == 2
    assert svg.count("<polyline") == 3
    assert names(svg) == ["recall@10", "ndcg@10"]  # the monitored one first
    assert svg.count('class="best"') == (2 if best else 0)


def test_what_a_run_has_none_of_is_left_out():
    assert curve_svg([{"epoch": 1.0, "train_loss": 5.0}], "ndcg@10", 1.0).count("<svg") == 1
    assert curve_svg([{"epoch": 1.0, "train_loss": float("nan")}], "") == ""
    assert curve_svg([], "ndcg@10") == ""


def test_a_monitor_without_a_cut_off_is_drawn_alone():
    svg = curve_svg([{"epoch": 1.0, "auc": 0.5, "ndcg@10": 0.1}], "auc")
    assert svg.count("<polyline") == 1
    assert "auc 0.5 at epoch 1" in svg
