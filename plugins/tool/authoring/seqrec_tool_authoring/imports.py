"""Which packages a plugin imports, read from its source without importing it."""

import ast
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import Distribution, packages_distributions
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from seqrec_core.registry.sources import sources

__all__ = ["undeclared_imports"]

_PARDONED = {"ImportError", "ModuleNotFoundError", "Exception"}


def undeclared_imports(distribution: Distribution, packages: Iterable[str]) -> dict[str, str]:
    """Modules that a distribution's packages import without requiring them, and where.

    Imports for type checkers, and those that may fail (in a `try` with `except ImportError`),
    need no declaration; a requirement of any extra counts as one. Files that do not parse are left
    to whoever imports them.
    """
    packages = set(packages) - {""}
    declared = _requirements(distribution) | {canonicalize_name(distribution.metadata["Name"])}
    undeclared: dict[str, str] = {}
    for path in sorted(path for package in packages for path in sources(package)):
        for module, line in _imported(_tree(path)):
            covered = module in sys.stdlib_module_names or module in packages
            if not covered and not _owners(module) & declared:
                undeclared.setdefault(module, f"{path.name}, line {line}")
    return undeclared


def _requirements(distribution: Distribution) -> set[str]:
    names: set[str] = set()
    for line in distribution.requires or ():
        try:
            names.add(canonicalize_name(Requirement(line).name))
        except InvalidRequirement:
            continue
    return names


def _owners(module: str) -> set[str]:
    """Distributions that provide a module; one of its own name might."""
    return {canonicalize_name(name) for name in (module, *_providers().get(module, ()))}


@cache
def _providers() -> dict[str, list[str]]:
    return dict(packages_distributions())


def _tree(path: Path) -> ast.AST:
    try:
        return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def _imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Top-level names of absolute imports, with their lines."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0], node.lineno
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _imported(ast.Module(node.orelse, []))
        elif not (isinstance(node, ast.Try) and _pardons(node)):
            yield from _imported(node)


def _pardons(node: ast.Try) -> bool:
    """Whether a failing import is caught."""
    caught = {
        name
        for handler in node.handlers
        for name in (ast.unparse(handler.type).strip("()").split(", ") if handler.type else [])
    }
    return bool(caught & _PARDONED)
