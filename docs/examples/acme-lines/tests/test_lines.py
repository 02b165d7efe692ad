"""The numbers, against lines of their own."""

import json

from acme_lines.lines import Lines


def test_each_value_is_there_with_its_step(tmp_path):
    for resumed in (False, True):
        tracker = Lines("logs/run.jsonl")
        tracker.start(tmp_path, {"seed": 3}, resumed)
        tracker.log({"train_loss": 0.5, "ndcg@10": float("nan")}, 7)
        tracker.finish("interrupted" if not resumed else "finished")
    lines = map(json.loads, (tmp_path / "logs" / "run.jsonl").read_text().splitlines())
    values = {"step": 7, "values": {"train_loss": 0.5, "ndcg@10": None}}
    assert list(lines) == [
        {"recipe": {"seed": 3}},
        values,
        {"state": "interrupted"},
        values,
        {"state": "finished"},
    ]
