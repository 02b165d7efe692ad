"""The files of a plugin project: the templates, with names filled in."""

import json
from collections.abc import Iterable
from pathlib import Path
from string import Template

from packaging.version import Version

from seqrec_core.registry.installed import core_version
from seqrec_tool_authoring.scaffold.naming import Names

__all__ = ["render"]

_TEMPLATES = Path(__file__).parent / "templates"

# Where each template of templates/project and of templates/<kind> goes.
_PROJECT = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "gitignore": ".gitignore",
    "workflow.yml": ".github/workflows/test.yml",
    "init.py": "$module/__init__.py",
    "py.typed": "$module/py.typed",
    "test_conformance.py": "tests/test_conformance.py",
}
_KIND = {
    "specs.py": "$module/specs.py",
    "module.py": "$module/$component.py",
    "test_numbers.py": "tests/test_$component.py",
}

# What a kind needs besides the core and torch: of others, and of us in versions like the core's.
_OTHERS = {
    "callback": ("lightning>=2.6",),
    "datamodule": ("lightning>=2.6", "pyarrow>=21"),
    "reader": ("pyarrow>=21",),
}
_OURS = {
    "model": (
        *("seqrec-head-tying", "seqrec-library-kernels", "seqrec-loss-ce"),
        *("seqrec-transform-columns", "seqrec-transform-negatives", "seqrec-transform-sequence"),
    ),
}
_SUITES = "seqrec-tool-conformance"


def render(names: Names, kind: str, family: str | None, author: str | None) -> dict[str, str]:
    """The text of every file of a project, by its path."""
    values = _values(names, kind, family, author)
    files = {}
    for source, places in (("project", _PROJECT), (kind, _KIND)):
        for template, place in places.items():
            text = (_TEMPLATES / source / f"{template}.tmpl").read_text(encoding="utf-8")
            files[Template(place).substitute(values)] = Template(text).substitute(values)
    return files


def _values(names: Names, kind: str, family: str | None, author: str | None) -> dict[str, str]:
    """What stands for each placeholder of the templates."""
    versions = _core_range()
    ours = [f"{name}{versions}" for name in ("seqrec-core", *_OURS.get(kind, ()))]
    needs = [*ours, *_OTHERS.get(kind, ()), "torch>=2.5"]
    noun = kind.replace("_", " ")
    plural = noun + ("es" if noun.endswith("s") else "s")
    return {
        "name": names.distribution,
        "module": names.module,
        "component": names.component,
        "cls": names.cls,
        "kind": kind,
        "noun": noun,
        "title": f"The {family} {plural}" if family else f"The {noun} {names.component}",
        "authors": f"authors = [{{ name = {_quoted(author)} }}]\n" if author else "",
        "dependencies": _list(needs),
        "test_dependencies": _list(("pytest>=8.3", f"{_SUITES}{versions}")),
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
