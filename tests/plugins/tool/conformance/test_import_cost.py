"""What an import costs and drags in is seen in another interpreter."""

import sys

from seqrec_tool_conformance import import_cost

MODULES = {
    "cost_of_nothing": "X = 1\n",
    "cost_of_torch": "\n\nimport torch\n",
    "cost_of_a_fault": "raise RuntimeError('no luck')\n",
    "cost_of_time": "sum(range(10_000_000))\n",
}


def test_torch_faults_and_time_are_told_of_each_module(tmp_path, monkeypatch):
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    plain, torch, fault, slow = import_cost._imports(tuple(MODULES)).values()
    assert (plain.torch, plain.fault) == (None, None)
    assert torch.torch == f"{tmp_path / 'cost_of_torch.py'}, line 3"
    assert fault.fault == "RuntimeError: no luck"
    assert slow.seconds > 10 * plain.seconds
    assert not MODULES.keys() & sys.modules.keys()
