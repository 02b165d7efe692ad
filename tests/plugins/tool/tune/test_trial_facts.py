"""Trials as data: best first, each with what it changed."""

import optuna
from optuna.distributions import CategoricalDistribution
from optuna.trial import TrialState, create_trial
from seqrec_tool_tune.search import Question
from seqrec_tool_tune.search_space import Choices
from seqrec_tool_tune.trial_facts import facts_of, facts_table, value_text
from seqrec_tool_tune.tuned_metric import TunedMetric

CHOICES = [{"type": "ce"}, "bce"]


def study_of(*trials, direction="maximize"):
    study = optuna.create_study(direction=direction)
    kinds = {"model.loss": CategoricalDistribution([value_text(each) for each in CHOICES])}
    for state, value in trials:
        study.add_trial(
            create_trial(
                state=state,
                value=value if state == TrialState.COMPLETE else None,
                params={"model.loss": '{"type": "ce"}'},
                distributions=kinds,
                user_attrs={"value": value} if value is not None else {"reason": "no memory"},
            )
        )
    return study


def test_the_best_is_first_and_what_failed_last():
    done, pruned, failed = TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL
    trials = [(failed, None), (done, 0.1), (pruned, 0.9), (done, 0.3)]
    for is_smaller_better, order in ((False, [3, 1, 2, 0]), (True, [1, 3, 2, 0])):
        metric = TunedMetric("validate/a", "a", is_smaller_better)
        question = Question({}, {"model.loss": Choices(CHOICES)}, metric, 0)
        facts = facts_of(study_of(*trials, direction=metric.direction), question)
        assert [fact.number for fact in facts] == order
        assert facts[0].parameters == {"model.loss": {"type": "ce"}}
        assert facts[-1].reason == "no memory"
        assert facts_table(facts, question).row_count == 4
