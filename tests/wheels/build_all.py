"""Imports every module of a package, then builds every component that it declares.

What the conformance suites need is put on the path for building only, so that an import which the
distribution does not declare fails.
"""

import importlib
import pkgutil
import site
import sys

from seqrec_core.registry import registry

SETTINGS = {
    "multiclass_negatives": {"sample_mask": "items.parquet:class", "num_negative_samples": 10}
}
EXTRA = {"spark_top_items": {"spark_session": None}}


def main(package: str, testing: str) -> None:
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, prefix=f"{package}."):
        importlib.import_module(module.name)
    site.addsitedir(testing)
    from seqrec_core.testing.subject import Subject

    own = [component for component in registry if component.value.startswith(f"{package}.")]
    for component in own:
        settings, extra = SETTINGS.get(component.name, {}), EXTRA.get(component.name, {})
        Subject(component.spec, settings, extra).build()
    print(f"{package}: {len(own)} components built")


if __name__ == "__main__":
    main(*sys.argv[1:])
