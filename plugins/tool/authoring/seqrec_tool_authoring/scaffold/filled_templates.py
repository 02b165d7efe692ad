"""The files of a plugin project: the templates, with names filled in."""

import ast
import json
from collections.abc import Iterable
from pathlib import Path
from string import Template

from packaging.version import Version

from seqrec_core.errors import BrokenPluginError
from seqrec_core.registry.installed import core_version
from seqrec_tool_authoring.scaffold.kind_templates import KindTemplate
from seqrec_tool_authoring.scaffold.naming import Names

__all__ = ["imported_names", "render"]

_PROJECT_TEMPLATES = Path(__file__).parent / "templates" / "project"

# Where each template of a project and of a kind goes.
_PROJECT = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "gitignore": ".gitignore",
    "workflow.yml": ".github/workflows/test.yml",
    "init.py": "$package/__init__.py",
    "py.typed": "$package/py.typed",
    "test_conformance.py": "tests/test_conformance.py",
}
_KIND = {
    "specs.py": "$package/specs.py",
    "module.py": "$package/$component.py",
    "test_numbers.py": "tests/test_$component.py",
}


def render(
    names: Names, template: KindTemplate, family: str | None = None, author: str | None = None
) -> dict[str, str]:
    """The text of every file of a project, by its path.

    Raises BrokenPluginError for a template with a placeholder that has no value.
    """
    values = _values(names, template, family, author)
    files = {}
    for name, place in _PROJECT.items():
        text = (_PROJECT_TEMPLATES / f"{name}.tmpl").read_text(encoding="utf-8")
        files[Template(place).substitute(values)] = Template(text).substitute(values)
    for name, place in _KIND.items():
        text = _filled(template, name, template.files[name], values)
        files[Template(place).substitute(values)] = text
    return files


def imported_names(template: KindTemplate) -> set[str]:
    """What the modules of a template import, and its classes therefore cannot be called."""
    files = render(Names("acme-x", "x"), template)
    trees = [ast.parse(text) for place, text in files.items() if place.endswith(".py")]
    imports = (n for t in trees for n in ast.walk(t) if isinstance(n, ast.Import | ast.ImportFrom))
    names = {alias.asname or alias.name for node in imports for alias in node.names}
    return names - {"X", "XSpec"}


def _filled(template: KindTemplate, name: str, text: str, values: dict[str, str]) -> str:
    try:
        return Template(text).substitute(values)
    except (KeyError, ValueError) as cause:
        raise BrokenPluginError(
            f"the template of the kind {template.kind!r}: {name}.tmpl has a placeholder without "
            f"a value: {cause}; there are {', '.join('$' + each for each in values)}"
        ) from cause


def _values(
    names: Names, template: KindTemplate, family: str | None, author: str | None
) -> dict[str, str]:
    """What stands for each placeholder of the templates."""
    kind, core_range = template.kind, _core_range()
    noun = kind.replace("_", " ")
    plural = noun + ("es" if noun.endswith("s") else "s")
    values = {
        "name": names.distribution,
        "module": names.module,
        "package": names.package,
        "component": names.component,
        "cls": names.cls,
        "kind": kind,
        "noun": noun,
        "title": f"The {family} {plural}" if family else f"The {noun} {names.component}",
        "authors": f"authors = [{{ name = {_quoted(author)} }}]\n" if author else "",
        "core_range": core_range,
    }
    more = _filled(template, "needs.txt", template.needs, values).split("\n")
    needs = [f"seqrec-core{core_range}", *filter(None, map(str.strip, more)), "torch>=2.5"]
    return values | {"dependencies": _list(needs)}


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
