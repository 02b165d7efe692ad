"""Prints the lowest versions that the tree declares, as a constraints file of pip.

    python tests/minimums/constraints.py > lowest.txt
    pip install --constraint lowest.txt …

Every `dependencies` of the core and of the plugins counts, and the group `test`, without our own
distributions. Torch is left out: its wheels are chosen by the machine. Two bounds for one
requirement, or a requirement without one, are an error.
"""

import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LEFT_OUT = ("seqrec", "torch")
NO_BOUND = "no lower bound"
FIRST_WITH_WHEELS = {  # of a Python that came later than the lowest version
    ("matplotlib", "3.13"): "3.9.2",
    ("matplotlib", "3.14"): "3.10.5",
    ("numpy", "3.13"): "2.1.0",
    ("numpy", "3.14"): "2.3.2",
    ("pandas", "3.13"): "2.2.3",
    ("pandas", "3.14"): "2.3.3",
    ("pyarrow", "3.14"): "22.0.0",
    ("pyyaml", "3.12"): "6.0.1",
    ("pyyaml", "3.13"): "6.0.2",
    ("pyyaml", "3.14"): "6.0.3",
    ("safetensors", "3.14"): "0.5.0",
}


def main() -> None:
    """Prints a line for every requirement; exits with what is wrong, if anything is."""
    bounds = lowest_bounds(ROOT)
    faults = [
        f"{name}: {describe(places)}"
        for name, places in bounds.items()
        if len(places) > 1 or NO_BOUND in places
    ]
    if faults:
        sys.exit("one lower bound for each requirement, please\n" + "\n".join(faults))
    for name, places in sorted(bounds.items()):
        print(f"{name}=={at_least(name, *places)}")


def lowest_bounds(root: Path) -> dict[str, dict[str, list[str]]]:
    """Name of a requirement → its lower bounds → the files that declare them."""
    bounds: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in [root / "pyproject.toml", *sorted(root.glob("plugins/*/*/pyproject.toml"))]:
        for requirement in requirements(path):
            name = canonicalize_name(requirement.name)
            if not name.startswith(LEFT_OUT):
                bounds[name][lower(requirement)].append(str(path.relative_to(root)))
    return bounds


def requirements(path: Path) -> Iterator[Requirement]:
    """What a project needs to run and, of the root, to be tested."""
    project = tomllib.loads(path.read_text())
    tests = project.get("dependency-groups", {}).get("test", [])
    yield from map(Requirement, [*project["project"].get("dependencies", []), *tests])


def lower(requirement: Requirement) -> str:
    """The version of `>=` or `==`, or that there is none."""
    versions = (s.version for s in requirement.specifier if s.operator in (">=", "=="))
    return next(versions, NO_BOUND)


def at_least(name: str, version: str) -> str:
    """The version, or the first one that has wheels for this Python, which came later."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return max(version, FIRST_WITH_WHEELS.get((name, python), version), key=Version)


def describe(places: dict[str, list[str]]) -> str:
    """Each bound with its files."""
    return "; ".join(f"{bound} in {', '.join(files)}" for bound, files in sorted(places.items()))


if __name__ == "__main__":
    main()
