"""What a further component changes in a project that is there."""

import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from seqrec_core.errors import SeqrecError
from seqrec_tool_authoring.scaffold.module_merge import merged
from seqrec_tool_authoring.scaffold.naming import Names
from seqrec_tool_authoring.scaffold.pyproject_edits import with_additions

__all__ = ["additions", "names_in"]

_CONFORMANCE = "tests/test_conformance.py"


def names_in(root: Path, component: str) -> Names:
    """The names of a component in the project of a folder, whoever's it is.

    Raises SeqrecError for a folder that is no project, or whose package cannot be told.
    """
    path = root / "pyproject.toml"
    data = _parsed(path)
    name = data.get("project", {}).get("name")
    if not isinstance(name, str):
        raise SeqrecError(f"{path} has no name of a project under [project]; write it there first")
    module = data.get("tool", {}).get("flit", {}).get("module", {}).get("name")
    module = module or canonicalize_name(name).replace("-", "_")
    for folder in ("", "src"):
        if (root / folder / module / "__init__.py").is_file():
            return Names(name, component, module, folder)
    raise SeqrecError(
        f"{root} has no package {module}, which is what {name!r} is imported as, nor has "
        f"{root / 'src'}; add {module}/__init__.py first"
    )


def _parsed(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise SeqrecError(
            f"{path.parent} is no project, as it has no pyproject.toml; choose the folder of one, "
            "or another name for a new one"
        )
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as cause:
        raise SeqrecError(f"{path} does not parse: {cause}; correct it first") from cause


def additions(root: Path, names: Names, files: Mapping[str, str]) -> dict[str, str]:
    """The files that a component adds or changes, of those that a new project would have.

    Its module and its test are new; its spec, its conformance test, its entry point and what it
    requires go to those of the others. Raises SeqrecError if the folder is no such project, has
    the component, or cannot be added to.
    """
    new = (f"{names.package}/{names.component}.py", f"tests/test_{names.component}.py")
    if existing := [place for place in new if (root / place).exists()]:
        raise SeqrecError(f"{root / existing[0]} exists; choose another name, or remove it first")
    changed = {place: files[place] for place in new}
    typed = f"{names.package}/py.typed"
    if not (root / typed).exists():
        changed[typed] = files[typed]
    add = partial(with_additions, addition=files["pyproject.toml"])
    changed["pyproject.toml"] = _edited(root / "pyproject.toml", add)
    for place in (f"{names.package}/specs.py", _CONFORMANCE):
        merge = partial(merged, new=files[place], own=names.module)
        changed[place] = _edited(root / place, merge) if (root / place).exists() else files[place]
    return changed


def _edited(path: Path, edit: Callable[[str], str]) -> str:
    """The text of a file after an edit; SeqrecError names the file where that fails."""
    try:
        return edit(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeError) as cause:
        raise SeqrecError(f"{path} does not parse: {cause}; correct it first") from cause
    except ValueError as cause:
        raise SeqrecError(f"{path} {cause}") from cause
