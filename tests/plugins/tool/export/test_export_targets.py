"""Runtimes say what they need."""

import pytest
from seqrec_tool_export import export_targets

from seqrec_core.errors import SeqrecError


@pytest.mark.parametrize("name", ["onnx", "openvino"])
def test_what_is_not_installed_is_named(name, monkeypatch):
    monkeypatch.setattr(export_targets, "find_spec", lambda _: None)
    with pytest.raises(SeqrecError, match=rf'onnxscript.*pip install "seqrec\[{name}\]"'):
        export_targets.TARGETS[name].check()
    export_targets.TARGETS["torch"].check()
