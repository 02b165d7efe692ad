"""`seqrec plan` as it is typed."""

import json

from seqrec_tool_plan.remedies import Remedy
from typer.testing import CliRunner

from seqrec_core.cli import app


def seqrec(*arguments):
    return CliRunner().invoke(app, ["plan", *map(str, arguments)], catch_exceptions=False)


def test_plan_prints_the_cost_and_whether_it_fits(spec):
    done = seqrec(spec(), "--memory", "64GB")
    assert done.exit_code == 0
    for words in ("activations", "largest tensor", "peak", "FLOP", "fits 64GB"):
        assert words in done.output


def test_plan_says_what_would_fit_and_exits_with_1(spec, monkeypatch):
    settings = ("model.loss.backend=chunked", 'model.loss={"type":"ce_sampled"}')
    changes = [Remedy("another loss", settings, peak=2**20)]
    monkeypatch.setattr("seqrec_tool_plan.plan.remedies", lambda *_: changes)
    done = seqrec(spec(), "--memory", "1KB")
    assert done.exit_code == 1
    assert "does not fit 1KB" in done.output
    assert "another loss" in done.output
    words = """--set model.loss.backend=chunked --set 'model.loss={"type":"ce_sampled"}'"""
    assert words in done.output
    changes.clear()
    assert "lower model.embedding_dim" in seqrec(spec(), "--memory", "1KB").output


def test_json_has_what_is_printed(spec):
    words = ("--events", "5e9", "--users", "1e8", "--items", "3e4", "--price", "2")
    done = seqrec(spec(), *words, "--memory", "64GB", "--json")
    answer = json.loads(done.output)
    assert done.exit_code == 0
    assert answer["fits"] is True
    assert answer["step"]["flops"] > 0
    assert answer["rates"]["raw"]["source"]
    money = next(each for each in answer["figures"] if each["name"] == "money")
    assert money["value"] > 0
    assert "x 2" in money["formula"]


def test_a_device_that_is_too_small_exits_with_1(spec):
    words = ("--events", "5e9", "--users", "1e8", "--device-memory", "1KB")
    done = seqrec(spec(), *words)
    assert done.exit_code == 1
    assert "no device of 1KB holds it" in done.output
