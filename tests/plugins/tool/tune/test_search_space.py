"""Spaces: what they may say, and what of it the spec takes."""

import json

import pytest
from seqrec_tool_tune.search_space import Choices, Range, assignment, read_space

from seqrec_core.errors import SpecError
from seqrec_core.session import DEFAULT, dump, load


@pytest.fixture
def read(spec, space_of):
    """The space of some entries."""
    return lambda **entries: read_space(space_of(**entries), dump(load(spec)), DEFAULT)


def test_whole_bounds_stay_whole_where_the_field_is(read):
    space = read(
        **{
            "model.num_blocks": {"low": 1, "high": 3},
            "model.dropout": {"low": 0, "high": 0.5},
            "trainer.optimizer.weight_decay": {"low": 0, "high": 1},
            "model.embedding_dim": {"low": 8, "high": 24, "step": 8},
            "trainer.optimizer.lr": {"low": 1e-4, "high": 1, "log": True},
        }
    )
    assert space["model.num_blocks"] == Range(1, 3)
    assert isinstance(space["model.num_blocks"].low, int)
    for path in ("model.dropout", "trainer.optimizer.weight_decay", "trainer.optimizer.lr"):
        assert isinstance(space[path].low, float)
        assert isinstance(space[path].high, float)
    assert space["model.embedding_dim"].step == 8


def test_choices_may_be_components_and_null(read):
    values = ["ce", {"type": "ce_sampled"}]
    space = read(**{"model.loss": {"choices": values}, "trainer.patience": {"choices": [None, 2]}})
    assert space["model.loss"] == Choices(values)
    assert [space["model.loss"].value(json.dumps(value)) for value in values] == values


def test_every_fault_is_in_one_list_with_its_place_in_the_space(read):
    with pytest.raises(SpecError) as caught:
        read(
            **{
                "model.dropout": {"low": 0.5, "high": 1.5},
                "model.droput": {"low": 0.1, "high": 0.2},
                "model.num_blocks": {"low": 3, "high": 1},
                "model.loss": {"choices": ["ce", "cee"]},
                "model.loss.x": {"low": 1, "high": 2},
                "nowhere": 3,
                "trainer.patience": {"choices": []},
                "trainer.max_epochs": {"low": 1},
                "trainer.optimizer.lr": {"low": 0, "high": 1, "log": True},
                "trainer.optimizer.weight_decay": {"low": 0.1, "high": "1"},
                "trainer.ema_decay": {"low": 0.1, "high": 0.9, "choices": [0.5, 0.5]},
                "data.batch_size": {"low": 1, "high": 9, "step": 20},
                "seed": {"low": True, "high": 4, "most": 3},
            }
        )
    faults = {}
    for fault in caught.value.faults:
        faults.setdefault(fault.path, []).append(fault.message)
    assert "1.5: " in faults["model.dropout.high"][0]
    assert "model.dropout.low" not in faults
    assert any("droput" in path for path in faults)
    assert faults["model.num_blocks"] == ["low is 3 and high is 1; high must be larger"]
    assert "cee" in faults["model.loss.choices[1]"][0]
    assert "sets a part of model.loss" in faults["model.loss.x"][0]
    assert faults["nowhere"][0].startswith("is 3; write {")
    assert "list one value" in faults["trainer.patience"][0]
    assert "lacks high" in faults["trainer.max_epochs"][0]
    assert "larger than 0" in faults["trainer.optimizer.lr"][0]
    assert faults["trainer.optimizer.weight_decay"] == ['high is "1"; write a number']
    assert "has choices and high, low" in faults["trainer.ema_decay"][0]
    assert "0.5 more than once" in faults["trainer.ema_decay"][1]
    assert "step is 20" in faults["data.batch_size"][0]
    assert len(faults["seed"]) == 2


def test_a_space_of_nothing_is_refused(read, tmp_path, spec):
    path = tmp_path / "empty.json"
    path.write_text("{}")
    with pytest.raises(SpecError, match="names nothing to change"):
        read_space(path, dump(load(spec)), DEFAULT)


def test_an_assignment_is_what_set_takes():
    assert assignment("model.loss", {"type": "ce"}) == 'model.loss={"type": "ce"}'
    assert assignment("a", None) == "a=null"
