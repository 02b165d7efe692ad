"""No circle of imports, those for type checkers and within functions included."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / "seqrec_core", *sorted(ROOT.glob("plugins/*/*/seqrec*"))]


def name_of(path, package):
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {
    name_of(path, package): path for package in PACKAGES for path in sorted(package.rglob("*.py"))
}


def imported(path):
    """Our modules that a file imports anywhere: a name from a package may be one of its modules."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                yield module if module in MODULES else node.module


IMPORTS = {module: set(imported(path)) - {module} for module, path in MODULES.items()}


def circle(graph):
    """The modules of a circle, in order; empty where there is none."""
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        return error.args[1]
    return []


def test_a_circle_is_seen():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert not circle({"a": {"b"}, "b": {"c"}, "c": set()})


def test_the_graph_has_the_imports_of_functions_and_of_type_checkers():
    assert "seqrec_core.schema" in IMPORTS["seqrec_core.spec.kinds"]  # for type checkers only
    assert "seqrec_core.cli.summary" in IMPORTS["seqrec_core.cli.commands"]  # in a function


def test_modules_import_each_other_in_no_circle():
    assert circle(IMPORTS) == []


def test_packages_import_each_other_in_no_circle():
    packages = {package.name: set() for package in PACKAGES}
    for module, others in IMPORTS.items():
        own = module.partition(".")[0]
        packages[own] |= {other.partition(".")[0] for other in others} - {own}
    assert circle(packages) == []
    assert packages["seqrec_core"] == set(), "the core imports a plugin"


LAYERS = (
    ("printable",),
    ("errors",),
    ("schema", "batch", "terminal", "whole_files", "digests"),
    ("file_lock", "finite_weights"),
    ("retries", "remote_store", "remote_cache", "remote_files", "places"),
    ("trust",),
    ("spec", "notebook"),
    ("registry",),
    ("faults",),
    ("reading",),
    ("data_folder",),
    ("vocabulary", "lock", "agreement"),
    ("transaction", "measurements"),
    ("contracts", "hookspecs"),
    ("hooks",),
    ("session",),
    ("build",),
    ("bundle_draft",),
    ("bundle",),
    ("cli",),
)


@pytest.mark.parametrize("layer", range(len(LAYERS)), ids=lambda number: LAYERS[number][0])
def test_a_layer_of_the_core_imports_only_those_below(layer):
    below = {f"seqrec_core.{name}" for names in LAYERS[: layer + 1] for name in names}
    for part in LAYERS[layer]:
        for module, others in IMPORTS.items():
            if f"{module}.".startswith(f"seqrec_core.{part}."):
                core = {o for o in others if o.startswith("seqrec_core")}
                strange = {o for o in core if not any(f"{o}.".startswith(f"{b}.") for b in below)}
                assert not strange, f"{module} imports {strange}"


def test_every_module_of_the_core_stands_in_a_layer():
    parts = {name for names in LAYERS for name in names}
    modules = {module.split(".")[1] for module in MODULES if module.startswith("seqrec_core.")}
    assert modules == parts
