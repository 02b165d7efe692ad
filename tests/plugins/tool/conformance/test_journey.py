"""The way through the commands says which of them failed, and goes where the data allows."""

import json

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import failures
from seqrec_tool_conformance import EncoderConformance, NormConformance, TransformConformance
from seqrec_tool_conformance.journey import HISTORY, Journey

from seqrec_core.schema import (
    FeatureHint,
    FeatureSource,
    FeatureType,
    TensorFeatureInfo,
    TensorFeatureSource,
)

TIMESTAMP = TensorFeatureInfo(
    "timestamp",
    FeatureType.NUMERICAL,
    is_seq=True,
    feature_hint=FeatureHint.TIMESTAMP,
    feature_sources=[TensorFeatureSource(FeatureSource.INTERACTIONS, "timestamp")],
)
READS_TIMES = specs.of(specs.Encoder, "encoders:ReadsTimes")


def test_a_fault_names_the_command(tmp_path):
    with pytest.raises(AssertionError, match="`seqrec fit` fails: SpecError: "):
        Journey({"model": {"type": "nothing"}}, tmp_path).fit()


def test_a_component_that_reads_more_than_items_fails_without_its_columns():
    messages = failures(READS_TIMES, commands=True)
    assert "KeyError: 'timestamp'" in messages["test_every_command_runs"]


def test_declared_columns_are_in_every_batch_and_in_the_data_folder():
    assert failures(READS_TIMES, commands=True, columns=(TIMESTAMP,)) == {}


def test_recommend_is_told_what_events_have_besides_their_item(tmp_path):
    plain = type("Suite", (NormConformance,), {"spec": specs.of(specs.Norm, "norms:Healthy")})
    timed = type("Suite", (EncoderConformance,), {"spec": READS_TIMES, "columns": (TIMESTAMP,)})
    assert plain().journey(tmp_path).history == HISTORY
    events = [json.loads(event) for event in timed().journey(tmp_path).history]
    assert [event["item"] for event in events] == [*HISTORY]
    assert events[0]["timestamp"] < events[1]["timestamp"]


def test_a_suite_may_override_the_recipe(tmp_path):
    class Suite(NormConformance):
        spec = specs.of(specs.Norm, "norms:Healthy")

        def recipe(self, raw):
            return {**super().recipe(raw), "seed": 11}

    assert Suite().journey(tmp_path).recipe["seed"] == 11


@pytest.mark.parametrize(("splits", "counts"), [(("train",), [1, 0]), (("test",), [0, 1])])
def test_a_transform_stands_in_the_splits_that_it_takes(tmp_path, splits, counts):
    class Suite(TransformConformance):
        spec = specs.of(specs.Transform, "transforms:Healthy")

    Suite.splits = splits
    pipelines = Suite().journey(tmp_path).recipe["data"]["transforms"]
    types = [[step["type"] for step in pipelines[split]] for split in ("train", "test")]
    assert [steps.count("local:subject") for steps in types] == counts
    assert all(steps[-1].endswith(":group") for steps in types)
