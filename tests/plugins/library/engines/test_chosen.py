"""Engines by name, with fields as a command line sets them."""

import pytest
from seqrec_engine_local.process_pool import LocalEngine
from seqrec_library_engines.chosen import engine_of

from seqrec_core.errors import SpecError, UnknownComponentError


def test_fields_are_set_by_their_paths():
    assert engine_of("local", ["engine.processes=3"]) == LocalEngine(processes=3)
    assert engine_of("local", ["engine.processes=3", "engine.processes=null"]) == LocalEngine()


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("engine.processes=0", "engine.processes: must be at least 1, got 0"),
        ("engine.processes=two", "engine.processes"),
        ("engine.cores=2", "engine.cores: unknown key"),
        ("model.dropout=0.5", "expected engine.FIELD=VALUE, a field of the engine"),
        ("processes=2", "expected engine.FIELD=VALUE"),
        ("engine.processes", "expected engine.FIELD=VALUE"),
        ("engine.=2", "expected engine.FIELD=VALUE"),
        ("engine.processes.more=2", "engine.processes"),
    ],
)
def test_other_assignments_are_faults_that_name_them(assignment, said):
    with pytest.raises(SpecError, match=said):
        engine_of("local", [assignment])


def test_an_engine_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(UnknownComponentError, match="unknown engine 'locale'; did you mean"):
        engine_of("locale")
