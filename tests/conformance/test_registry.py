"""Every installed component passes the suite of its kind; a new one is found by itself.

What a component needs beyond its defaults, and what it fails on purpose: tests/fakes/declared.py.
"""

import pytest
from declared import DECLARED, IN_USE
from seqrec_tool_conformance import assert_served_in_a_fresh_process, conformance

from seqrec_core import registry
from seqrec_core.errors import RegistryError
from seqrec_core.registry.component import LOCAL

broken, suites = {}, {}
for component in registry:
    key = component.kind, component.name
    try:
        if component.distribution != LOCAL:
            suite = conformance(component.kind, component.canonical, **DECLARED.get(key, {}))
            if key in IN_USE:
                suite = pytest.mark.slow(pytest.mark.usefixtures(IN_USE[key])(suite))
            suites[key] = globals()["Test_{}_{}".format(*key)] = suite
    except RegistryError as error:
        broken[component.canonical] = str(error)


def test_every_installed_component_loads():
    assert broken == {}


def test_the_table_names_installed_components():
    assert DECLARED.keys() <= {(component.kind, component.name) for component in registry}


@pytest.mark.slow
def test_bundles_of_every_component_are_served_in_a_fresh_process():
    assert_served_in_a_fresh_process(
        *(suite for suite in suites.values() if "test_every_command_runs" not in suite.exceptions)
    )
