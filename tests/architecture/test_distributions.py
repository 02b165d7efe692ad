"""What the distributions declare, and the tables that are made from it."""

import json
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from seqrec_core.registry.installed import GROUP, PRESETS, RESERVED

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/*/pyproject.toml"))
FOR_EVERY_KIND = {("tool", "authoring"), ("tool", "conformance")}  # they declare a line a kind
FRONT_DOOR = ("tool", "seqrec")  # has the name of the whole, and a line a distribution


def project(folder):
    return tomllib.loads((folder / "pyproject.toml").read_text())["project"]


def test_what_is_known_is_fresh():
    components, commands = {}, {}
    for folder in PLUGINS:
        for group, points in project(folder).get("entry-points", {}).items():
            kind, owner = group.removeprefix(GROUP), project(folder)["name"]
            if kind == "commands":
                commands |= dict.fromkeys(points, owner)
            elif group == PRESETS or group not in RESERVED:
                components.setdefault(kind, {}).update(dict.fromkeys(points, owner))
    tables = json.loads((ROOT / "seqrec_core" / "registry" / "known.json").read_text())
    assert tables == {"components": components, "commands": commands}, "run `nox -s known`"


def test_the_front_door_with_all_extras_brings_every_plugin_along():
    projects = {project(folder)["name"]: project(folder) for folder in PLUGINS}
    brought, queue = set(), [Requirement("seqrec[all]")]
    while queue:
        requirement = queue.pop()
        lines = [*projects[requirement.name].get("dependencies", ())]
        for extra in requirement.extras:
            lines += projects[requirement.name]["optional-dependencies"][extra]
        if (requirement.name, *requirement.extras) not in brought:
            brought.add((requirement.name, *requirement.extras))
            queue += [need for need in map(Requirement, lines) if need.name in projects]
    assert {name for name, *_ in brought} == projects.keys()


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_distribution_is_named_for_its_folder(folder):
    kind, family = folder.parent.name, folder.name
    name = f"seqrec-{kind}-{family}".replace("_", "-")  # names of distributions are normalised
    name = "seqrec" if (kind, family) == FRONT_DOOR else name
    assert project(folder)["name"] == name
    assert (folder / name.replace("-", "_") / "__init__.py").is_file()
    lines = (folder / "pyproject.toml").read_text().splitlines()
    limit = 30 if (kind, family) not in FOR_EVERY_KIND else 60
    assert len(lines) <= limit or (kind, family) == FRONT_DOOR
    assert project(folder)["license"] == "Apache-2.0"
    groups = {group.removeprefix(GROUP) for group in project(folder).get("entry-points", {})}
    holds = {
        "library": {"kinds", "suites", "templates"},
        "preset": {"presets"},
        "tool": {"commands", "groups", "suites", "templates"},
    }
    own = holds.get(kind, {kind, "hooks", "renames", "migrations"})
    assert groups <= own, f"{folder} holds something else than its name says: {groups - own}"
    assert groups or kind == "library" or (kind, family) == FRONT_DOOR


def test_no_module_is_longer_than_a_sitting():
    long = {
        str(path.relative_to(ROOT)): path.read_text().count("\n")
        for folder in ("seqrec_core", "plugins")
        for path in (ROOT / folder).rglob("*.py")
        if path.read_text().count("\n") > 300
    }
    assert not long
