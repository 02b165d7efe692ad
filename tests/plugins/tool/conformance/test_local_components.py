"""A spec class that is not installed is registered for a while; others are left alone."""

import contextlib

from seqrec_mutants import specs
from seqrec_tool_conformance.local_components import at_hand
from seqrec_tool_conformance.subject import Subject

from seqrec_core import registry

NORM = specs.of(specs.Norm, "norms:Healthy")


def test_it_is_there_inside_and_gone_outside_whatever_happens():
    before = [component.canonical for component in registry]
    with contextlib.suppress(KeyError), at_hand(Subject(NORM)):
        assert registry["norm", "local:subject"].spec is NORM
        raise KeyError
    assert [component.canonical for component in registry] == before


def test_what_is_registered_already_stays_registered():
    component = registry.register("mine", NORM)
    try:
        with at_hand(Subject(NORM)):
            assert ("norm", "local:subject") not in registry
        assert registry["norm", "local:mine"] is component
    finally:
        registry.unregister(component)
