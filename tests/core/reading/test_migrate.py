import pytest

from seqrec_core.errors import SpecError
from seqrec_core.reading.migrate import MigrationError, migrated, versions_of
from seqrec_core.registry import LOCAL, Component
from seqrec_core.spec import LossSpec, param, spec


@spec
class Renamed(LossSpec):
    """Once had `factor`, then `times`, now `scale`."""

    target = "seqrec_fake.parts:Loss"
    version = 3
    migrations = {
        1: lambda raw: {"times": raw.pop("factor")},
        2: lambda raw: {"scale": raw["times"]},
    }
    scale: float = param(1.0, help="factor")


COMPONENT = Component("seqrec.loss", "renamed", "", LOCAL, "0", local_spec=Renamed)


def test_migrations_follow_each_other_and_leave_their_input_alone():
    raw = {"factor": 3.0}
    assert migrated(raw, COMPONENT, 1) == {"scale": 3.0}
    assert raw == {"factor": 3.0}
    assert migrated({"times": 2.0}, COMPONENT, 2) == {"scale": 2.0}
    assert migrated({"scale": 1.0}, COMPONENT, 3) == {"scale": 1.0}


@pytest.mark.parametrize(
    ("raw", "written", "message"),
    [
        ({}, 4, "written by version 4 of local:renamed; installed is version 3: upgrade local"),
        ({}, 0, "from 0 to 1 is missing: install the version of local that wrote it"),
        ({}, 1, r"from 1 to 2 failed with KeyError\('factor'\)"),
    ],
)
def test_what_cannot_be_migrated_says_why(raw, written, message):
    with pytest.raises(MigrationError, match=message):
        migrated(raw, COMPONENT, written)


def test_the_table_of_a_lock_gives_versions():
    assert versions_of({"a:b": {"version": 2, "distribution": "0.1"}}) == {"a:b": 2}
    assert versions_of({}) == {}


@pytest.mark.parametrize("table", [None, [], {"a": 1}, {"a": {}}, {"a": {"version": "1"}}])
def test_a_table_of_another_shape_is_a_fault(table):
    with pytest.raises(SpecError, match="components: expected"):
        versions_of(table)
