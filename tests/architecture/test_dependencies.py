"""Who may import whom: plugins import the core, and each other only where they declare it."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
USED_UNSEEN = {
    "tensorboard",  # torch.utils.tensorboard imports it for the tracker
    "seqrec-postprocessor-seen",  # recipes' defaults, which the command builds
    "seqrec-tracker-tensorboard",
}
IMPORTED_AS = {"pyyaml": "yaml", "mlflow-skinny": "mlflow", "faiss-cpu": "faiss"}  # else as named
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/*/pyproject.toml"))
COMPONENTS = sorted(
    path
    for folder in PLUGINS
    if folder.parent.name not in ("library", "preset", "tool")
    for path in folder.glob("seqrec*/__init__.py")
)


def project(folder):
    return tomllib.loads((folder / "pyproject.toml").read_text())["project"]


def imports(path, top_level_only=False):
    """Top-level names of what a file imports; imports for type checkers alone do not count."""
    tree = ast.parse(path.read_text())
    for_types = {
        id(node)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.dump(branch.test)
        for node in ast.walk(branch)
    }
    for node in tree.body if top_level_only else ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def foreign(names):
    return set(names) - set(sys.stdlib_module_names) - {"__future__"}


def declared(folder):
    data = project(folder)
    lines = [*data.get("dependencies", ())]
    lines += [line for group in data.get("optional-dependencies", {}).values() for line in group]
    return {import_name(Requirement(line).name) for line in lines}


def import_name(distribution):
    name = distribution.lower()
    return IMPORTED_AS.get(name, name.replace("-", "_"))


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_plugin_imports_only_what_it_declares(folder):
    own = {path.name for path in folder.glob("seqrec*")}
    used = {name for path in folder.rglob("*.py") for name in imports(path)}
    undeclared = {name.lower() for name in foreign(used) - own} - declared(folder)
    assert not undeclared, f"add to dependencies of {folder}/pyproject.toml: {sorted(undeclared)}"


def required(folder):
    """Our distributions that installing this one brings along, itself included."""
    folders = {project(path)["name"]: path for path in PLUGINS}
    found, open_ = set(), [project(folder)["name"]]
    while open_:
        name = open_.pop()
        found.add(name)
        lines = project(folders[name]).get("dependencies", ())
        open_ += {Requirement(line).name for line in lines} & folders.keys() - found
    return found


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_plugin_brings_its_default_parts_along(folder):
    sources = "".join(path.read_text() for path in folder.rglob("seqrec*/**/*.py"))
    named = set(re.findall(r'"(seqrec-[a-z-]+):[a-z_]+"', sources))
    assert named <= required(folder), f"add to dependencies: {sorted(named - required(folder))}"


FRONT_DOOR = "seqrec"  # brings along what its users need, whether or not it imports it


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_plugin_declares_only_what_it_uses(folder):
    used = {name.lower() for path in folder.rglob("*.py") for name in imports(path)}
    needed = {Requirement(line).name for line in project(folder).get("dependencies", ())}
    unused = {name for name in needed if import_name(name) not in used}
    defaults = "".join(path.read_text() for path in folder.rglob("seqrec*/**/*.py"))
    unseen = USED_UNSEEN | ({"seqrec-core"} if folder.parent.name == "preset" else set())
    if project(folder)["name"] == FRONT_DOOR:
        unseen = unseen | {project(path)["name"] for path in PLUGINS}
    unused = {name for name in unused - unseen if f'"{name}:' not in defaults}
    assert not unused, f"remove from {folder}/pyproject.toml, or use: {sorted(unused)}"


# Packages that declare kinds: their module `kind` is free of torch, as the core is.
OF_KINDS = {
    value.partition(".")[0]
    for folder in PLUGINS
    for value in project(folder).get("entry-points", {}).get("seqrec.kinds", {}).values()
}
CORE = sorted((ROOT / "seqrec_core").rglob("*.py"))
BUILDING = {"build.py", "bundle.py", "hooks.py", "cli/summary.py"}  # import torch within functions


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_core_imports_only_what_it_declares_and_torch_where_it_builds(path):
    allowed = declared(ROOT) | {"seqrec_core"}
    assert foreign(imports(path, top_level_only=True)) <= allowed
    builds = str(path.relative_to(ROOT / "seqrec_core")) in BUILDING
    assert foreign(imports(path)) <= allowed | ({"torch"} if builds else set())


@pytest.mark.parametrize("path", COMPONENTS, ids=str)
def test_the_package_of_a_plugin_only_says_what_it_is(path):
    body = ast.parse(path.read_text()).body
    assert len(body) == 1
    assert isinstance(body[0], ast.Expr), "a docstring and nothing else: it is imported to list"


@pytest.mark.parametrize("path", sorted(ROOT.glob("plugins/*/*/seqrec*/specs.py")), ids=str)
def test_a_spec_module_imports_only_the_core_and_kinds(path):
    own = path.parent.name
    assert foreign(imports(path, top_level_only=True)) <= {"seqrec_core", "attrs", own} | OF_KINDS


@pytest.mark.parametrize("name", sorted(OF_KINDS))
def test_a_package_of_a_kind_imports_a_suite_in_suites_alone(name):
    [package] = ROOT.glob(f"plugins/library/*/{name}")
    points = project(package.parent)["entry-points"].get("seqrec.suites", {}).values()
    suites = {value.partition(":")[0].partition(".")[2] + ".py" for value in points}
    using = {p.name for p in package.rglob("*.py") if "seqrec_tool_conformance" in set(imports(p))}
    assert using <= suites, "only tests install it"
