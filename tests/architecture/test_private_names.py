"""Private names of torch, Lightning and Python stand behind one module each, with the reason."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = [*(ROOT / "seqrec_core").rglob("*.py"), *ROOT.glob("plugins/*/*/seqrec*/**/*.py")]
BEHIND = {"torch_internals", "lightning_internals", "installed"}
NAMED_TUPLES = {"_replace", "_asdict", "_fields", "_make"}


def own_names():
    """Private names that our code defines: functions, classes, variables, attributes."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                yield node.name
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                yield node.attr
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


OWN = {name for name in own_names() if name.startswith("_")} | NAMED_TUPLES


def is_private(name):
    return name.startswith("_") and not name.startswith("__")


def foreign_private(path):
    """Private names of others in a file, with their lines."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in OWN:
            yield f"line {node.lineno}: {node.attr}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            words = ".".join([*module, *(alias.name for alias in node.names)]).split(".")
            yield from (f"line {node.lineno}: {word}" for word in words if is_private(word))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "getattr":
            name = ast.unparse(node.args[1]).strip("'\"")
            if is_private(name):
                yield f"line {node.lineno}: {name}"


@pytest.mark.parametrize("stem", sorted(BEHIND))
def test_private_names_are_seen_where_they_stand(stem):
    [path] = [path for path in MODULES if path.stem == stem]
    assert list(foreign_private(path))


def test_no_other_module_names_them():
    strange = {
        str(path.relative_to(ROOT)): names
        for path in MODULES
        if path.stem not in BEHIND and (names := list(foreign_private(path)))
    }
    assert strange == {}
