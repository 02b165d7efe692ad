"""Writes a plugin project, or one more component into a project of its family."""

from collections.abc import Mapping
from pathlib import Path

from seqrec_core.errors import SeqrecError
from seqrec_core.session import registry
from seqrec_tool_authoring.scaffold.addition import additions
from seqrec_tool_authoring.scaffold.filled_templates import render
from seqrec_tool_authoring.scaffold.naming import check_free, names_of

__all__ = ["write_project"]


def write_project(
    name: str, kind: str, folder: Path, author: str | None = None, family: str | None = None
) -> Path:
    """Writes a plugin of a kind into a project below `folder`, and returns the project's path.

    Without a family, `name` is the distribution, and the project is new. With one, `name` is the
    component and the distribution `seqrec-<kind>-<family>`; where its project is there already,
    the component is added to it. Raises UnknownComponentError for an unknown kind, SeqrecError
    for a bad name or where something would have to be overwritten; then nothing is written.
    """
    registry.names(kind)  # an unknown kind is an error
    names = names_of(name, kind, family)
    root = folder / names.distribution
    files = render(names, kind, family, author)
    if not root.exists():
        check_free(names)
        _write(root, files)
    elif family:
        _write(root, additions(root, names, kind, files))
    else:
        raise SeqrecError(f"{root} exists; choose another name or --out, or remove it first")
    return root


def _write(root: Path, files: Mapping[str, str]) -> None:
    for place, text in files.items():
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
