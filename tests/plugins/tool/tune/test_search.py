"""What a search decides by itself, without a process."""

import math

import attrs
import optuna
import pytest
from seqrec_tool_tune.search import REASON, Question, Search
from seqrec_tool_tune.search_space import Choices, Range
from seqrec_tool_tune.study_folder import StudyFolder
from seqrec_tool_tune.study_journal import storage_at
from seqrec_tool_tune.tuned_metric import TunedMetric

from seqrec_core.session import DEFAULT, dump, load

METRIC = TunedMetric("validate/ndcg@10", "ndcg@10", False)


@pytest.fixture
def search(spec, tmp_path):
    """A search that prunes by the median from the first trial on."""
    storage = storage_at(tmp_path)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=1)
    study = optuna.create_study(
        storage=storage, study_name="trials", direction="maximize", pruner=pruner
    )
    space = {"model.dropout": Range(0.1, 0.5), "model.num_heads": Choices([1, 3])}
    question = Question(dump(load(spec)), space, METRIC, 3)
    said = []
    return Search(
        question=question,
        study=study,
        storage=storage,
        folder=StudyFolder(tmp_path),
        session=DEFAULT,
        say=said.append,
    )


def test_a_trial_worse_than_the_median_is_ended_and_no_validation_counts_twice(search):
    first = search._next(9)
    for number, value in enumerate((0.5, 0.6), 1):
        assert not search._prunes(first, {"number": number, "row": {"ndcg@10": value}})
    search.study.tell(first, 0.6)
    second = search._next(9)
    assert not search._prunes(second, {"number": 1, "row": {"ndcg@10": math.nan}})
    assert not search._prunes(second, {"number": 1, "row": {"ndcg@10": 0.7}})
    assert not search._prunes(second, {"number": 1, "row": {"ndcg@10": 0.1}})
    assert search.study.trials[1].intermediate_values == {1: 0.7}
    search.study.tell(second, 0.7)
    third = search._next(9)
    assert search._prunes(third, {"number": 1, "row": {"ndcg@10": 0.1}})


def test_what_a_trial_draws_stays_and_what_comes_next_depends_on_its_number(search):
    trial = search._next(9)
    parameters = search.question.parameters(trial)
    assert search.question.parameters(search.trial(0)) == parameters
    assert 0.1 <= parameters["model.dropout"] <= 0.5
    assert search._next(1) is None


def test_settings_that_do_not_go_together_are_a_trial_that_failed(search):
    search.study.enqueue_trial({"model.dropout": 0.2, "model.num_heads": "3"})
    search._begin(search._next(9))
    (trial,) = search.study.trials
    assert trial.state == optuna.trial.TrialState.FAIL
    assert "num_heads" in trial.user_attrs[REASON]
    assert not search._workers


def test_with_seeds_each_trial_has_one_of_its_own(search):
    parameters = {"model.dropout": 0.2, "model.num_heads": 1}
    for has_seeds, seeds in ((False, [3, 3]), (True, [3, 4])):
        question = attrs.evolve(search.question, has_seeds=has_seeds)
        recipes = [question.recipe(parameters, number, DEFAULT) for number in (0, 1)]
        assert [recipe.seed for recipe in recipes] == seeds
        assert question.spec(parameters, 1, DEFAULT)["seed"] == seeds[1]
