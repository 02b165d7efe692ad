"""Documents of format 1: what `trainer.tensorboard` becomes."""

import copy

import pytest
from seqrec_trainer_lightning.earlier_formats import from_format_1

from seqrec_core import registry
from seqrec_core.spec import TrainerSpec, spec

TENSORBOARD = {"type": "tensorboard"}


@spec
class OtherSpec(TrainerSpec):
    """Another trainer."""

    target = "acme:Trainer"


def migrated(trainer, **document):
    """The document with a trainer, migrated; the one before stays as it is."""
    before = {"seed": 3, "trainer": trainer, **document}
    untouched = copy.deepcopy(before)
    after = from_format_1(before, registry)
    assert before == untouched
    return after


@pytest.mark.parametrize("name", ["lightning", "seqrec-trainer-lightning:lightning"])
def test_a_log_that_was_off_is_no_tracker_and_one_that_was_on_is_the_default(name):
    off = {"type": name, "tensorboard": False, "max_epochs": 2}
    rest = {"type": name, "max_epochs": 2}
    assert migrated(off) == {"seed": 3, "trainer": rest, "trackers": []}
    assert migrated({**off, "tensorboard": True}) == {"seed": 3, "trainer": rest}
    assert migrated(rest) == {"seed": 3, "trainer": rest}


def test_trackers_that_are_there_stay():
    trackers = [{"type": "csv"}]
    off = {"type": "lightning", "tensorboard": False}
    assert migrated(off, trackers=trackers)["trackers"] == trackers


@pytest.mark.parametrize("type_", [{}, {"type": "lightning"}])
def test_one_that_extends_another_says_what_it_said_over_it(type_):
    for wish, trackers in ((True, [TENSORBOARD]), (False, [])):
        after = migrated({**type_, "tensorboard": wish}, extends="base.json")
        rest = {"seed": 3, "extends": "base.json", "trainer": type_}
        assert after == {**rest, "trackers": trackers}


def test_other_trainers_and_what_is_none_are_left_alone():
    other = registry.register("other", OtherSpec)
    try:
        for trainer in (
            {"type": "other", "tensorboard": False},
            {"type": "unheard-of", "tensorboard": False},
            {"type": 3, "tensorboard": False},
            {"type": "lightning", "tensorboard": "no"},
            "lightning",
            None,
        ):
            assert migrated(trainer) == {"seed": 3, "trainer": trainer}
    finally:
        registry.unregister(other)
    assert from_format_1({"seed": 3}, registry) == {"seed": 3}
