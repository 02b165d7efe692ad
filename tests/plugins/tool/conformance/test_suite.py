"""What an author writes: a suite, its component, its settings, its declared exceptions."""

import pytest
import torch
from seqrec_mutants import specs
from seqrec_tool_conformance import DataModuleConformance, EncoderConformance, OptimizerConformance

HEALTHY = specs.of(specs.Encoder, "encoders:Healthy")
LEAKS = specs.of(specs.Encoder, "encoders:LooksIntoTheFuture")
FUTURE = "test_it_is_causal_exactly_where_its_spec_says_so"


def test_a_suite_takes_a_spec_with_its_settings():
    class Suite(OptimizerConformance):
        spec = specs.of(specs.Optimizer, "optimizers:Healthy")(lr=0.25)

    assert Suite().build().lr == 0.25


def test_settings_go_over_the_defaults():
    class Suite(OptimizerConformance):
        spec = specs.of(specs.Optimizer, "optimizers:Healthy")
        settings = {"lr": 0.5}

    assert Suite().build().lr == 0.5


def test_a_suite_without_a_component_says_how_to_name_one():
    class Suite(EncoderConformance):
        pass

    with pytest.raises(TypeError, match=r'set component = "distribution:name", or spec'):
        Suite().build()


def test_a_declared_exception_is_shown_as_an_expected_failure():
    class Suite(EncoderConformance):
        spec = LEAKS
        exceptions = {FUTURE: "bidirectional on purpose"}

    with pytest.raises(pytest.xfail.Exception, match="bidirectional on purpose"):
        getattr(Suite(), FUTURE)()


def test_a_declared_exception_that_passes_is_an_error():
    class Suite(EncoderConformance):
        spec = HEALTHY
        exceptions = {FUTURE: "it was wrong once"}

    with pytest.raises(pytest.fail.Exception, match="passes, but is declared an exception"):
        getattr(Suite(), FUTURE)()


def test_an_exception_for_no_check_is_an_error_with_a_suggestion():
    with pytest.raises(TypeError, match="no check; did you mean 'test_torch_export'"):
        type("Suite", (EncoderConformance,), {"exceptions": {"test_torch_exports": "typo"}})


def test_other_checks_of_a_suite_with_exceptions_stay_strict():
    class Suite(EncoderConformance):
        spec = LEAKS
        exceptions = {"test_torch_export": "none of its business"}

    with pytest.raises(AssertionError, match="sees the future"):
        getattr(Suite(), FUTURE)()


def test_batches_hold_what_events_gives():
    class Suite(EncoderConformance):
        spec = HEALTHY

        def events(self, real, seed=0):
            return {**super().events(real, seed), "hour": real.cumsum(1) + seed}

    suite = Suite()
    assert suite.inputs()["feature_tensors"]["hour"].shape == (4, 6)
    raw, worked = suite.raw_batch(seed=2), suite.worked_batch(seed=2)
    assert torch.equal(raw["hour"], raw["item_id_mask"].cumsum(1) + 2)
    assert torch.equal(raw["hour_mask"], raw["item_id_mask"])
    assert torch.equal(worked["hour"], raw["hour"])


def test_a_data_folder_of_one_s_own_is_what_the_component_is_built_on(tmp_path):
    class Suite(DataModuleConformance):
        spec = specs.of(specs.Data, "datamodules:Healthy")

        def data_folder(self):
            return tmp_path

    assert str(Suite().build().folder) == str(tmp_path)
    assert Suite().journey(tmp_path).recipe["data"]["folder"] == str(tmp_path)


def test_weights_are_not_the_first_ones_but_the_same_in_every_build():
    class Suite(EncoderConformance):
        spec = HEALTHY

    suite = Suite()
    first, one, other = suite.subject.build(), suite.build(), suite.build()
    assert not torch.equal(one.mix.weight, first.mix.weight)
    assert torch.equal(one.mix.weight, other.mix.weight)
    assert not one.training
