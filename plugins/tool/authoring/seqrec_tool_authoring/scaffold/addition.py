"""What a second component changes in the project of its family."""

import ast
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

from seqrec_core.errors import SeqrecError
from seqrec_core.registry.installed import GROUP
from seqrec_tool_authoring.scaffold.naming import Names

__all__ = ["additions"]

_ALL = "__all__"
_IMPORTS = (ast.Import, ast.ImportFrom)
_LINE = 88  # what most formatters let stand in one line


def additions(root: Path, names: Names, kind: str, files: Mapping[str, str]) -> dict[str, str]:
    """The files that a component adds or changes, of those that a new project would have.

    Its module and its test are new; its spec, its conformance test and its entry point go behind
    those of the others. Raises SeqrecError if the folder is no such project or has the component.
    """
    new = (f"{names.module}/{names.component}.py", f"tests/test_{names.component}.py")
    if existing := [place for place in new if (root / place).exists()]:
        raise SeqrecError(f"{root / existing[0]} exists; choose another name, or remove it first")
    project = root / "pyproject.toml"
    if not project.is_file():
        raise SeqrecError(f"{root} exists and is no project; choose another family or --out")
    changed = {"pyproject.toml": _with_entry_point(project, names, kind)}
    for place in (f"{names.module}/specs.py", "tests/test_conformance.py"):
        old = root / place
        text = files[place]
        try:
            changed[place] = _merged(old.read_text("utf-8"), text) if old.exists() else text
        except (SyntaxError, ValueError) as cause:
            raise SeqrecError(f"{old} does not parse: {cause}; correct it first") from cause
    return changed | {place: files[place] for place in new}


def _with_entry_point(path: Path, names: Names, kind: str) -> str:
    """The text of a pyproject file with one more line below the entry points of a kind."""
    lines = path.read_text(encoding="utf-8").splitlines()
    header = f'[project.entry-points."{GROUP}{kind}"]'
    line = f'{names.component} = "{names.module}.specs:{names.cls}Spec"'
    if header not in lines:
        raise SeqrecError(f"{path} has no line {header}; write it, and below it {line}")
    end = lines.index(header) + 1
    while end < len(lines) and lines[end].strip():
        end += 1
    text = "\n".join([*lines[:end], line, *lines[end:]]) + "\n"
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise SeqrecError(f"{path} cannot take the line {line}: {cause}") from cause
    return text


def _merged(old: str, new: str) -> str:
    """A module with what both have; the text of the old one stays, its `__all__` grows."""
    before, after = ast.parse(old).body, ast.parse(new).body
    lines, known = old.rstrip().splitlines(), {name for node in before for name in _bound(node)}
    imports, definitions = [], []
    for node in after:
        missing = [name for name in _bound(node) if name not in known | {_ALL}]
        if isinstance(node, ast.ImportFrom) and missing:
            imports.append(f"from {node.module} import {', '.join(missing)}")
        elif missing:
            definitions += _source(new, node)
    last = max((node.end_lineno or 0 for node in before if isinstance(node, _IMPORTS)), default=1)
    edits = [(last, last, imports)]
    exporting = [node for node in before if _ALL in _bound(node)]
    for node in exporting:
        names = {word for each in (*exporting, *after) for word in _exported(each)}
        edits.append((node.lineno - 1, node.end_lineno or 0, [_export(sorted(names))]))
    for start, end, text in sorted(edits, reverse=True):
        lines[start:end] = text
    return "\n".join([*lines, *definitions]) + "\n"


def _bound(node: ast.stmt) -> list[str]:
    """The names that a statement of a module gives something to."""
    if isinstance(node, _IMPORTS):
        return [alias.asname or alias.name for alias in node.names]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [node.name] if isinstance(node, ast.ClassDef | ast.FunctionDef) else []


def _exported(node: ast.stmt) -> list[str]:
    """The names in `__all__`, if the statement assigns a plain list to it."""
    if isinstance(node, ast.Assign) and _ALL in _bound(node) and isinstance(node.value, ast.List):
        return [str(each.value) for each in node.value.elts if isinstance(each, ast.Constant)]
    return []


def _export(names: list[str]) -> str:
    short = f"{_ALL} = [{', '.join(map(json.dumps, names))}]"
    long = "".join(f"    {json.dumps(name)},\n" for name in names)
    return short if len(short) <= _LINE else f"{_ALL} = [\n{long}]"


def _source(text: str, node: ast.stmt) -> list[str]:
    """The lines of a definition, its decorators and the empty lines before it included."""
    decorators = getattr(node, "decorator_list", ())
    first = min(each.lineno for each in (node, *decorators))
    gap = ["", ""] if isinstance(node, ast.ClassDef | ast.FunctionDef) else []
    return gap + text.splitlines()[first - 1 : node.end_lineno]
