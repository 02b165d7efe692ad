"""Every damaged folder by the commands that train nothing; a few of them by fit."""

import runpy
from pathlib import Path

import pytest
from data_damages import DAMAGES

TRAINED = ("an id beyond the last", "a null in a list", "bytes overwritten", "too many tags",
           "a price that is NaN")  # fmt: skip


@pytest.fixture(scope="module")
def failures_of():
    with pytest.MonkeyPatch.context() as patch:
        script = Path(__file__).with_name("data_folders.py")
        patch.syspath_prepend(script.parent)
        return runpy.run_path(str(script))["failures_of"]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.title)
def test_a_damage_is_named(failures_of, damage, tmp_path):
    commands = ("validate", "check") + ("fit",) * (damage.title in TRAINED)
    assert failures_of(damage, tmp_path, commands) == []
