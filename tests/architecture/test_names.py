"""A name means one thing: of files over the whole tree, of what functions hold, of tests."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / "seqrec_core", *sorted(ROOT.glob("plugins/*/*/seqrec*"))]
MODULES = [path for package in PACKAGES for path in sorted(package.rglob("*.py"))]

ROLES = {
    "__init__": "what a package is, or offers",
    "specs": "the spec classes of a distribution",
    "from_spec": "constructors that specs call, where a class takes what JSON cannot hold",
    "commands": "functions of the command line",
    "hooks": "listeners to events",
    "kind": "what a kind is: of all, or of one the base class of its specs and its contract",
    "body": "from features to hidden states",
    "default_transforms": "the template pipeline of a model",
    "attention": "how positions look at each other",
    "transformer": "blocks of attention and feed-forward layers",
}


def test_a_file_name_means_one_thing():
    places = defaultdict(list)
    for path in MODULES:
        if path.stem not in ROLES:
            places[path.stem].append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_the_roles_are_borne():
    assert set(ROLES) <= {path.stem for path in MODULES}


def test_no_file_is_called_for_what_it_is_not():
    vague = {"utils", "util", "base", "common", "helpers", "helper", "misc"}
    assert [str(path) for path in MODULES if path.stem in vague] == []


PARTICIPLES = {"made", "found", "wanted", "given", "told"}


def names(tree):
    """What a module gives a name to: variables, parameters, attributes, functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node.lineno


def test_what_functions_hold_is_a_noun():
    participles = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in MODULES
        for name, line in names(ast.parse(path.read_text()))
        if name.lstrip("_") in PARTICIPLES
    ]
    assert participles == []


def test_every_specs_module_says_what_the_family_is():
    docs = [ast.get_docstring(ast.parse(p.read_text())) for p in MODULES if p.stem == "specs"]
    assert len(docs) == len(set(docs)), "two families say the same of themselves"
    assert not [text for text in docs if "configured" in text]


def computes(path):
    """Whether a module has a function with a body: protocols and lists of names have none."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            body = [s for s in node.body if not isinstance(s, ast.Expr | ast.Pass)]
            if body:
                return True
    return False


def place_of_test(path):
    """Where the tests of a module stand; specs are held by the conformance suites."""
    parts = path.relative_to(ROOT).parts
    if parts[0] == "seqrec_core":
        folder = ROOT.joinpath("tests", "core", *parts[1:-1])
    else:
        _, kind, family, _, *inner, _ = parts
        folder = ROOT.joinpath("tests", "plugins", kind, family.replace("-", "_"), *inner)
    return folder / f"test_{path.name}"


def test_a_test_is_named_after_each_module():
    modules = [p for p in MODULES if p.stem not in ("__init__", "specs") and computes(p)]
    missing = [
        str(place_of_test(path).relative_to(ROOT))
        for path in modules
        if not place_of_test(path).exists()
    ]
    assert len(modules) > 150
    assert len(missing) <= len(modules) / 10, f"{len(missing)} of {len(modules)}: {missing}"
