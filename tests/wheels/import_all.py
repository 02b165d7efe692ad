"""Imports every module of an installed package and loads every component it declares."""

import importlib
import pkgutil
import sys

from seqrec_core.build import target_of
from seqrec_core.registry import registry


def main(package: str) -> None:
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, prefix=f"{package}."):
        importlib.import_module(module.name)
    own = [component for component in registry if component.value.startswith(f"{package}.")]
    for component in own:
        target_of(component.spec)
    print(f"{package}: {len(own)} components")


if __name__ == "__main__":
    main(sys.argv[1])
