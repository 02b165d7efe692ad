"""What one part asks of another is a Protocol: nobody probes objects for literal names."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROBES = ("getattr", "hasattr", "setattr", "delattr")
MOST = 15
OTHER_USES = {
    "seqrec_library_kernels/torch_internals.py": "what this version of torch has",
    "seqrec_core/registry/installed.py": "what this version of importlib.metadata has",
}


def sources():
    """Every module of the core and of the plugins, but the contracts."""
    for folder in (ROOT / "seqrec_core", *ROOT.glob("plugins/*/*/seqrec*")):
        for path in folder.rglob("*.py"):
            if "contracts" not in path.relative_to(ROOT).parts:
                yield path


def literal_probes(text):
    """Calls of getattr and its like with a name that stands in the code."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in PROBES:
            yield from (
                (node.lineno, a.value) for a in node.args[1:2] if isinstance(a, ast.Constant)
            )


def test_the_search_finds_probes():
    text = "getattr(x, 'a', 1)\nhasattr(x, 'b')\nsetattr(x, 'c', 2)\ngetattr(x, name)\n"
    assert list(literal_probes(text)) == [(1, "a"), (2, "b"), (3, "c")]


def test_nobody_probes_for_a_name_that_no_protocol_has():
    places = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in sources()
        if not any(str(path).endswith(place) for place in OTHER_USES)
        for line, name in literal_probes(path.read_text(encoding="utf-8"))
    ]
    assert not places, "\n".join(places)


def test_other_uses_stay_few():
    count = sum(len(list(literal_probes(path.read_text(encoding="utf-8")))) for path in sources())
    assert count <= MOST


def test_every_module_that_is_let_off_still_needs_it():
    for place in OTHER_USES:
        (path,) = (path for path in sources() if str(path).endswith(place))
        assert list(literal_probes(path.read_text(encoding="utf-8"))), f"{place} probes no more"
