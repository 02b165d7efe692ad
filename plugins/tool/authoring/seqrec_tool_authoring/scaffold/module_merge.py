"""Adds the definitions of one module to another; what its author wrote stays as it is."""

import ast
import json
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

__all__ = ["merged"]

_ALL = "__all__"
_IMPORTS = (ast.Import, ast.ImportFrom)
_LINE = 100
_Imports = dict[tuple[bool, str], set[str]]  # plain or not, module, what is imported of it


def merged(old: str, new: str, own: str) -> str:
    """A module with what both have: the imports of both, and new definitions behind the old ones.

    `__all__` grows. `own` is the package that imports stand last of. Raises ValueError, or
    SyntaxError, for a module that does not parse or has a definition by the name of a new one.
    """
    before, after = ast.parse(old).body, ast.parse(new).body
    lines = old.rstrip().splitlines()
    imports = [node for node in after if isinstance(node, _IMPORTS)]
    here = [node for node in before if isinstance(node, _IMPORTS)]
    further = _collected(imports, without={(_module(n), name) for n in here for name in _bound(n)})
    known = {name for node in before for name in _bound(node)}
    definitions: list[str] = []
    for node in after:
        if not isinstance(node, _IMPORTS) and (names := {*_bound(node)} - {_ALL}):
            _check_free(names, known)
            definitions += _source(new, node)
    _check_free(set().union(*further.values()), known)
    edits = [_import_edit(lines, before, imports, further, own)]
    exporting = [node for node in before if _ALL in _bound(node)]
    for node in exporting:
        exported = {word for each in (*exporting, *after) for word in _exported(each)}
        edits.append((node.lineno - 1, node.end_lineno or 0, [_export(sorted(exported))]))
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


def _check_free(names: set[str], known: set[str]) -> None:
    if clash := sorted(names & known):
        raise ValueError(f"has another {clash[0]} already; rename one of them")


def _import_edit(
    lines: list[str],
    before: Sequence[ast.stmt],
    new: Sequence[ast.stmt],
    further: _Imports,
    own: str,
) -> tuple[int, int, list[str]]:
    """Which lines become which: imports in order or, among comments, the further ones behind."""
    here = [node for node in before if isinstance(node, _IMPORTS)]
    if not here:
        start = (before[0].end_lineno or 0) if before and _is_docstring(before[0]) else 0
        return start, start, ["", *_block(further, own)]
    first, last = here[0].lineno - 1, here[-1].end_lineno or 0
    between = [node for node in before if first < node.lineno <= last]
    is_plain = all(isinstance(node, _IMPORTS) and not _is_odd(node) for node in between)
    if further and is_plain and not any("#" in line for line in lines[first:last]):
        return first, last, _block(_collected([*here, *new]), own)
    return last, last, _block(further, own) if further else []


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_odd(node: ast.stmt) -> bool:
    """Whether an import is relative, renames, or takes everything."""
    names = node.names if isinstance(node, _IMPORTS) else []
    is_relative = isinstance(node, ast.ImportFrom) and node.level > 0
    return is_relative or any(alias.asname or alias.name == "*" for alias in names)


def _module(node: ast.stmt) -> str:
    return node.module or "" if isinstance(node, ast.ImportFrom) else ""


def _collected(nodes: Iterable[ast.stmt], without: Collection[tuple[str, str]] = ()) -> _Imports:
    imports: _Imports = defaultdict(set)
    for node in nodes:
        module = _module(node)
        for name in _bound(node):
            if (module, name) not in without:
                key = (False, module) if isinstance(node, ast.ImportFrom) else (True, name)
                imports[key].add(name)
    return imports


def _block(imports: _Imports, own: str) -> list[str]:
    """Import statements in the order of isort: Python's, others', one's own, plain ones first."""
    sections: list[list[str]] = [[], [], []]
    for is_plain, module in sorted(imports, key=lambda key: (not key[0], key[1])):
        top = module.partition(".")[0]
        section = 0 if top in sys.stdlib_module_names else 2 if top == own else 1
        names = sorted(imports[is_plain, module], key=_case)
        sections[section].append(f"import {module}" if is_plain else _import_from(module, names))
    return "\n\n".join("\n".join(section) for section in sections if section).split("\n")


def _case(name: str) -> tuple[int, str]:
    """Constants before classes before functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def _import_from(module: str, names: list[str]) -> str:
    short = f"from {module} import {', '.join(names)}"
    long = "".join(f"    {name},\n" for name in names)
    return short if len(short) <= _LINE else f"from {module} import (\n{long})"


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
    first, gap = node.lineno, []
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        first, gap = min([first, *(each.lineno for each in node.decorator_list)]), ["", ""]
    return gap + text.splitlines()[first - 1 : node.end_lineno]
