"""The numbers that a new plugin of each kind is tested by, in this process."""

import inspect
import runpy

import pytest
from seqrec_tool_authoring.scaffold.project import write_project

from seqrec_core.session import registry


@pytest.mark.parametrize("kind", registry.kinds())
def test_a_new_plugin_agrees_with_its_own_formula(kind, tmp_path, monkeypatch):
    project = write_project(f"acme-tried-{kind.replace('_', '-')}", kind, tmp_path, component="new")
    monkeypatch.syspath_prepend(str(project))
    loaded = runpy.run_path(str(project / "tests" / "test_new.py"))
    tests = [loaded[name] for name in loaded if name.startswith("test_")]
    assert tests
    for test in tests:
        test(*([tmp_path] if inspect.signature(test).parameters else []))
