"""Imports every module of a package, then builds every component that it declares.

What the conformance suites need is put on the path for building only, so that an import which the
distribution does not declare fails.
"""

import importlib
import pkgutil
import site
import sys
from importlib.metadata import distribution

SETTINGS = {
    "multiclass_negatives": {"sample_mask": "items.parquet:class", "num_negative_samples": 10}
}
EXTRA = {"spark_top_items": {"spark_session": None}}


def main(package: str, testing: str) -> None:
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, prefix=f"{package}."):
        importlib.import_module(module.name)
    installed = distribution(package)
    site.addsitedir(testing)
    for point in installed.entry_points:
        if point.group == "seqrec.hooks":
            point.load()
        else:
            build(point.group.removeprefix("seqrec."), f"{installed.name}:{point.name}")
    print(f"{package}: {len(installed.entry_points)} entry points")


def build(kind: str, canonical: str) -> None:
    from seqrec_tool_conformance.subject import Subject

    from seqrec_core.session import registry

    component = registry[kind, canonical]
    settings, extra = SETTINGS.get(component.name, {}), EXTRA.get(component.name, {})
    Subject(component.spec, settings, extra).build()


if __name__ == "__main__":
    main(*sys.argv[1:])
