"""What a search may go by."""

import pytest
from seqrec_tool_tune.tuned_metric import TunedMetric

from seqrec_core.errors import SeqrecError, SpecError
from seqrec_core.session import load_resolved


def metric(spec, monitor=None, *overrides):
    return TunedMetric.of(load_resolved(spec, overrides).recipe, monitor)


def test_by_default_it_is_what_chooses_the_weights(spec):
    assert metric(spec) == TunedMetric("validate/ndcg@10", "ndcg@10", False)
    assert metric(spec, None, "trainer.monitor=recall@5").in_history == "recall@5"
    for name in ("validate/recall@20", "recall@20"):
        assert metric(spec, name).stored == "validate/recall@20"
    assert metric(spec).direction == "maximize"


@pytest.mark.parametrize("name", ["test/ndcg@10", "test:a/ndcg@10", "test+time/ndcg@10"])
def test_that_of_the_test_is_refused(spec, name):
    with pytest.raises(SeqrecError, match=r"test users.* monitor validate/ndcg@10"):
        metric(spec, name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("validate/ndgc@10", "did you mean validate/ndcg@10"),
        ("validate/hits@10", "measured are validate/"),
        ("train/loss", "not measured while a run trains"),
        ("validate:a/ndcg@10", "not measured while a run trains"),
    ],
)
def test_what_a_run_does_not_measure_is_refused(spec, name, message):
    with pytest.raises(SeqrecError, match=message):
        metric(spec, name)


def test_a_spec_without_a_trainer_is_refused(spec):
    with pytest.raises(SpecError, match="trainer: missing"):
        metric(spec, None, "trainer=null")


def test_the_search_goes_down_where_smaller_is_better():
    assert TunedMetric("validate/loss", "loss", is_smaller_better=True).direction == "minimize"
    assert TunedMetric("validate/ndcg", "ndcg", is_smaller_better=False).direction == "maximize"
