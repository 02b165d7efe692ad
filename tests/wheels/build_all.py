"""Imports every module of a package, then builds or loads all that it declares.

The conformance suites, which know what each component is built from, are put on the path with what
they need after the imports, so that an import which the distribution does not declare fails.
"""

import importlib
import pkgutil
import site
import sys
from importlib.metadata import distribution
from pathlib import Path


def main(package: str, testing: str) -> None:
    """Prints how many entry points the package has; raises what importing or building raises."""
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, prefix=f"{package}."):
        importlib.import_module(module.name)
    installed = distribution(package)
    points = [point for point in installed.entry_points if point.group.startswith("seqrec.")]
    for point in points:
        point.load()
    site.addsitedir(testing)
    sys.path.append(str(Path(__file__).parents[1] / "fakes"))
    from seqrec_core.session import registry

    for point in points:
        kind = point.group.removeprefix("seqrec.")
        if kind in registry.kinds():
            build(kind, f"{installed.name}:{point.name}")
    print(f"{package}: {len(points)} entry points")


def build(kind: str, canonical: str) -> None:
    """Builds a component from the spec that the conformance suites make for it."""
    from declared import DECLARED
    from seqrec_tool_conformance.subject import Subject

    from seqrec_core.session import registry

    component = registry[kind, canonical]
    declared = DECLARED.get((kind, component.name), {})
    named = {name: declared[name] for name in ("settings", "extra", "columns") if name in declared}
    Subject(component.spec, **named).build()


if __name__ == "__main__":
    main(*sys.argv[1:])
