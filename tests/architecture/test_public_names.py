"""What may be imported of the core: few names, listed in docs/api.md, and enough for plugins."""

import ast
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text()
PUBLIC = {
    section.split("`")[1]: re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    for section in re.split(r"^## (?=`seqrec_core)", PAGE, flags=re.MULTILINE)[1:]
}
# These look at the core itself: at its metadata, its fields, its reading.
INSIDERS = {"authoring", "bundle", "conformance", "plan", "seqrec", "specs", "tune", "update"}
PLUGINS = sorted(
    path for path in ROOT.glob("plugins/*/*/seqrec*") if path.parent.name not in INSIDERS
)


CONTRACTS = "seqrec_core.contracts"


def test_there_are_not_many_besides_the_contracts():
    names = {name for module, names in PUBLIC.items() if module != CONTRACTS for name in names}
    assert 50 < len(names) <= 125
    assert len(PUBLIC[CONTRACTS]) <= 50


@pytest.mark.parametrize("module", PUBLIC)
def test_a_public_module_offers_what_the_page_lists(module):
    loaded = importlib.import_module(module)
    assert sorted(loaded.__all__) == sorted(PUBLIC[module])
    assert all(hasattr(loaded, name) for name in loaded.__all__)


def imported(path):
    """Names that a file imports of the core, with their modules."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("seqrec_core"):
            yield from ((node.module, alias.name) for alias in node.names)


@pytest.mark.parametrize("package", PLUGINS, ids=lambda path: path.name)
def test_a_plugin_imports_public_names_only(package):
    names = {name for path in package.rglob("*.py") for name in imported(path)}
    strange = {(module, name) for module, name in names if name not in PUBLIC.get(module, ())}
    assert not strange, "import it from where docs/api.md lists it"
