"""The page about a search: whole in one file, whatever stands in it."""

import optuna
from seqrec_tool_tune.search import Question
from seqrec_tool_tune.search_space import Choices, Range
from seqrec_tool_tune.study_page import importances, write_page
from seqrec_tool_tune.trial_facts import TrialFacts
from seqrec_tool_tune.tuned_metric import TunedMetric

SPACE = {"a": Range(0.1, 1.0, log=True), "b": Choices(["<b>", {"type": "x"}])}
QUESTION = Question({}, SPACE, TunedMetric("validate/ndcg@10", "ndcg@10", False), 0)


def fact(number, value, state="finished", choice="<b>", reason=None):
    return TrialFacts(number, state, value, {"a": 0.5, "b": choice}, 2.0, 1.5, reason)


def test_it_has_every_trial_and_needs_no_other_file(tmp_path):
    facts = [fact(1, 0.25), fact(0, 0.125, "pruned", {"type": "x"}), fact(2, None, "failed")]
    study = optuna.create_study(direction="maximize")
    write_page(tmp_path / "report.html", facts, study, QUESTION)
    page = (tmp_path / "report.html").read_text()
    assert "0.2500" in page
    assert "0.1250" in page
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert page.count("<svg") == 3  # the history, and a chart a parameter
    assert "http" not in page.replace("http-equiv", "")
    assert "src=" not in page


def test_a_search_without_a_value_has_a_page_too(tmp_path):
    study = optuna.create_study(direction="maximize")
    write_page(tmp_path / "report.html", [fact(0, None, "failed")], study, QUESTION)
    assert "failed" in (tmp_path / "report.html").read_text()
    assert importances(study) == {}
