"""What importing an entry point shows: its spec first, without torch, then its target."""

import io
import json
import os
import sys

import pytest
from seqrec_tool_authoring import entry_checks
from seqrec_tool_authoring.entry_checks import Entry

from seqrec_core.registry import Point, Registry

SPEC = """
from seqrec_core.spec import LossSpec, spec

@spec
class GoodSpec(LossSpec):
    "A loss."
    target = "{target}"
"""
REINSTALL = "reinstall acme, or remove it"


@pytest.fixture
def entry(tmp_path, monkeypatch):
    """Writes a module and returns the entry point that names something in it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(module, text, attribute="GoodSpec", group="seqrec.loss"):
        (tmp_path / f"{module}.py").write_text(text)
        return Entry("acme", group, "good", f"{module}:{attribute}")

    before = set(sys.modules)
    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


def outcome(stage, entry):
    check = {"specs": entry_checks._check_spec, "targets": entry_checks._check_target}[stage]
    return entry_checks._outcome(check, entry)


def test_a_healthy_component_has_no_fault_in_either_stage(entry):
    good = entry("checked_good", SPEC.format(target="collections:Counter"))
    assert outcome("specs", good) is None
    assert outcome("targets", good) is None
    assert good.subject == "loss acme:good"


def test_an_import_of_torch_is_placed_even_where_it_is_caught(entry, monkeypatch):
    text = "try:\n    import torch\nexcept ImportError:\n    pass\n"
    bad = entry("checked_torch", text + SPEC.format(target="x:y"))
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    fault, remedy = outcome("specs", bad)
    assert fault.startswith("importing checked_torch imports torch (")
    assert fault.endswith("checked_torch.py, line 2)")
    assert remedy == "import torch only in the module that target names"
    assert not any(isinstance(finder, entry_checks._NoTorch) for finder in sys.meta_path)


@pytest.mark.parametrize(
    ("text", "attribute", "words"),
    [
        ("import checked_missing_module\n", "GoodSpec", "does not import: ModuleNotFoundError"),
        ("import sys\nsys.exit(0)\n", "GoodSpec", "does not import: SystemExit: 0"),
        ("X = 1\n", "GoodSpec", "its entry point names checked:GoodSpec, which does not exist"),
        ("class GoodSpec:\n    pass\n", "GoodSpec", "is not a subclass of LossSpec"),
        (SPEC, "GoodSpec.inner", "names checked:GoodSpec.inner, which does not exist"),
    ],
)
def test_a_faulty_spec_is_told_in_one_line(entry, text, attribute, words):
    fault, remedy = outcome("specs", entry("checked", text, attribute))
    assert words in fault
    assert "\n" not in fault
    assert remedy in (REINSTALL, "correct the spec class")


def test_a_module_that_does_not_exist_is_told_apart_from_one_that_fails(entry):
    gone = Entry("acme", "seqrec.loss", "good", "checked_gone.specs:GoodSpec")
    expected = "its entry point names checked_gone.specs, which does not exist"
    assert outcome("specs", gone) == (expected, REINSTALL)


def test_a_target_that_does_not_import_is_named(entry):
    bad = entry("checked_target", SPEC.format(target="collections:Gone"))
    fault, remedy = outcome("targets", bad)
    assert fault.startswith("its target collections:Gone does not import: AttributeError: ")
    assert remedy == REINSTALL


def test_a_listener_or_a_command_is_only_imported(entry):
    for group in ("seqrec.hooks", "seqrec.commands"):
        some = entry("checked_function", "def run():\n    pass\n", "run", group)
        assert outcome("specs", some) is None
        assert outcome("targets", some) is None


def test_answers_are_lines_of_json_whatever_plugins_print(entry, monkeypatch, capfd):
    chatty = entry("checked_chatty", "print('hello')\n" + SPEC.format(target="x:y"))
    gone = Entry("acme", "seqrec.loss", "gone", "checked_nowhere:GoodSpec")
    values = [[e.distribution, e.group, e.name, e.value] for e in (chatty, gone)]
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(values)))
    stdout = os.dup(1)
    try:
        entry_checks.answer("specs")
    finally:
        os.dup2(stdout, 1)
        os.close(stdout)
    first, second = map(json.loads, capfd.readouterr().out.splitlines()[-2:])
    assert first is None
    assert second[1] == REINSTALL


def test_a_kind_is_held_to_its_base_class_and_has_no_target(entry):
    text = SPEC.replace("LossSpec", "Spec").replace('target = "{target}"', 'kind = "good"')
    kind = entry("checked_kind", text, group="seqrec.kinds")
    assert outcome("specs", kind) is outcome("targets", kind) is None
    other = entry("checked_other", text.replace('"good"', '"other"'), group="seqrec.kinds")
    assert "has kind = 'other'; set kind = 'good'" in outcome("specs", other)[0]


def test_a_component_is_not_blamed_for_its_kind(entry, monkeypatch):
    points = [Point("seqrec.kinds", "good", "checked_nowhere:Base", "acme-kind", "1")]
    monkeypatch.setattr(entry_checks, "registry", Registry(points))
    part = entry("checked_part", SPEC.format(target="collections:Counter"), group="seqrec.good")
    assert outcome("specs", part) is None
