"""Metrics as the terminal shows them."""

import io

from rich.console import Console
from seqrec_callback_metrics.table import metrics_table


def rendered(table):
    console = Console(file=io.StringIO(), width=60)
    console.print(table)
    return console.file.getvalue()


def test_a_row_is_a_metric_and_a_column_a_cut_off():
    values = {"ndcg@1": 0.5, "ndcg@10": 0.63093, "recall@1": 0.25, "recall@10": 1.0}
    table = metrics_table(values, "test, epoch 3", "7 users")
    assert [column.header for column in table.columns] == ["metric", "@1", "@10"]
    lines = rendered(table).splitlines()
    rows = [line.split() for line in lines if "ndcg" in line or "recall" in line]
    assert [[word for word in row if word.isalnum() or "." in word] for row in rows] == [
        ["ndcg", "0.5000", "0.6309"],
        ["recall", "0.2500", "1.0000"],
    ]
    assert lines[0].strip() == "test, epoch 3"
    assert lines[-1].strip() == "7 users"


def test_no_caption_takes_no_line():
    assert metrics_table({"map@5": 0.1}, "validate, epoch 0").caption is None
