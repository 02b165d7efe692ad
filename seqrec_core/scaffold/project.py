"""Writes a plugin project: the files of `templates`, with names filled in."""

import json
from collections.abc import Iterable
from pathlib import Path
from string import Template

from packaging.version import Version

from seqrec_core.component import core_version
from seqrec_core.errors import SeqrecError
from seqrec_core.registry import registry
from seqrec_core.scaffold.naming import Names, names_of

__all__ = ["write_project"]

_TEMPLATES = Path(__file__).parent / "templates"

# Where each template of templates/project and of templates/<kind> goes.
_PROJECT = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "gitignore": ".gitignore",
    "workflow.yml": ".github/workflows/test.yml",
    "init.py": "$module/__init__.py",
    "test_conformance.py": "tests/test_conformance.py",
}
_KIND = {
    "specs.py": "$module/specs.py",
    "module.py": "$module/$component.py",
    "test_numbers.py": "tests/test_numbers.py",
}

# What a kind needs besides the core and torch: of others, and of us in versions like the core's.
_OTHERS = {
    "callback": ("lightning>=2.4",),
    "datamodule": ("lightning>=2.4", "pyarrow>=18"),
    "reader": ("pyarrow>=18",),
}
_OURS = {
    "model": (
        *("seqrec-head-tying", "seqrec-kernels-torch", "seqrec-loss-ce"),
        *("seqrec-transform-columns", "seqrec-transform-negatives", "seqrec-transform-sequence"),
    ),
}
_TESTS = ("hypothesis>=6.100", "pytest>=8.3")


def write_project(name: str, kind: str, folder: Path, author: str | None = None) -> Path:
    """Writes a plugin of a kind to `folder / name`, and returns that path.

    Raises UnknownComponentError for an unknown kind, SeqrecError for a bad name or a folder that
    exists.
    """
    registry.names(kind)  # an unknown kind is an error
    names, root = names_of(name, kind), folder / name
    if root.exists():
        raise SeqrecError(f"{root} exists; choose another name or --out, or remove it first")
    values = _values(names, kind, author)
    for source, places in (("project", _PROJECT), (kind, _KIND)):
        for template, place in places.items():
            path = root / Template(place).substitute(values)
            path.parent.mkdir(parents=True, exist_ok=True)
            text = (_TEMPLATES / source / f"{template}.tmpl").read_text(encoding="utf-8")
            path.write_text(Template(text).substitute(values), encoding="utf-8")
    return root


def _values(names: Names, kind: str, author: str | None) -> dict[str, str]:
    """What stands for each placeholder of the templates."""
    ours = [f"{ours}{_core_range()}" for ours in ("seqrec-core", *_OURS.get(kind, ()))]
    needs = [*ours, *_OTHERS.get(kind, ()), "torch>=2.5"]
    return {
        "name": names.distribution,
        "module": names.module,
        "component": names.component,
        "cls": names.cls,
        "kind": kind,
        "noun": kind.replace("_", " "),
        "authors": f"authors = [{{ name = {_quoted(author)} }}]\n" if author else "",
        "dependencies": _list(needs),
        "test_dependencies": _list(_TESTS),
    }


def _core_range() -> str:
    """The versions of the core that promise what the installed one does."""
    version = Version(core_version())
    upper = f"0.{version.minor + 1}" if version.major == 0 else str(version.major + 1)
    return f">={version.major}.{version.minor},<{upper}"


def _list(requirements: Iterable[str]) -> str:
    """A TOML list, one requirement a line."""
    return "".join(f"\n    {_quoted(line)}," for line in requirements) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
