"""Another interpreter that dies or hangs is a fault of the plugin; the others are still asked."""

import pytest
from seqrec_tool_authoring.entry_checks import Entry
from seqrec_tool_authoring.other_interpreter import faults


@pytest.fixture
def entries(tmp_path, monkeypatch):
    """Modules that end Python, hang, and lack what their entry point names."""
    texts = {"asked_deadly": "import os\nos._exit(3)\n", "asked_hanging": "while True:\n    pass\n"}
    for module, text in {**texts, "asked_empty": ""}.items():
        (tmp_path / f"{module}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    names = ("asked_deadly", "asked_hanging", "asked_empty")
    return [Entry("acme", "seqrec.hooks", name, f"{name}:listener") for name in names]


@pytest.mark.slow
def test_it_goes_on_after_those_that_end_or_hang_it(entries):
    remedy = "reinstall acme, or remove it"
    assert list(faults("specs", entries, 2)) == [
        (entries[0], ("importing it ends Python with code 3", remedy)),
        (entries[1], ("does not import within 2 seconds", remedy)),
        (entries[2], ("its entry point names asked_empty:listener, which does not exist", remedy)),
    ]


def test_without_entries_no_interpreter_is_started(monkeypatch):
    monkeypatch.setattr("subprocess.Popen", None)
    assert list(faults("specs", [], 1)) == []
