"""Writes a plugin project, or one more component into a project that is there."""

import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from seqrec_core.errors import SeqrecError
from seqrec_core.registry import Registry
from seqrec_core.session import registry
from seqrec_tool_authoring.scaffold.addition import additions, names_in
from seqrec_tool_authoring.scaffold.filled_templates import imported_names, render
from seqrec_tool_authoring.scaffold.kind_templates import template_of
from seqrec_tool_authoring.scaffold.naming import check_free, component_of, names_of

__all__ = ["add_component", "write_project"]


def write_project(
    name: str,
    kind: str,
    folder: Path,
    author: str | None = None,
    family: str | None = None,
    component: str | None = None,
    registry: Registry = registry,
) -> Path:
    """Writes a plugin of a kind into a project below `folder`, and returns the project's path.

    Without a family, `name` is the distribution, and the project is new; the component's name
    follows from it, unless `component` says it. With a family, `name` is the component and the
    distribution `seqrec-<kind>-<family>`; where its project is there already, the component is
    added to it. Raises one of the RegistryErrors for a kind that is unknown or has no template,
    SeqrecError for a bad name or where something would have to be overwritten; then nothing is
    written.
    """
    template = template_of(kind, registry)
    names = names_of(name, kind, family, component, imported_names(template))
    root = folder / names.distribution
    if family and root.exists():
        names = names_in(root, names.component)
        _write(root, additions(root, names, render(names, template, family)))
        return root
    if root.exists():
        raise SeqrecError(
            f"{root} exists; choose another name or --out, or remove it first; --add-to adds to a "
            "project"
        )
    check_free(names)
    _write(root, render(names, template, family, author))
    return root


def add_component(name: str, kind: str, project: Path, registry: Registry = registry) -> Path:
    """Adds a component of a kind to the project in a folder, whoever's it is; gives its module.

    `name` is that of the component. Raises as `write_project`; then nothing is written.
    """
    template = template_of(kind, registry)
    names = names_in(project, component_of(name, kind, imported_names(template)))
    _write(project, additions(project, names, render(names, template)))
    return project / names.package / f"{names.component}.py"


def _write(root: Path, files: Mapping[str, str]) -> None:
    """Writes files below a folder; where one cannot be written, everything is as before."""
    is_new = not root.exists()
    old = {place: (root / place).read_bytes() for place in files if (root / place).is_file()}
    try:
        for place, text in files.items():
            (root / place).parent.mkdir(parents=True, exist_ok=True)
            (root / place).write_text(text, encoding="utf-8")
    except OSError as cause:
        _take_back(root, files, old, is_new)
        raise SeqrecError(
            f"nothing is written: {cause}; mend that, or choose another folder"
        ) from cause


def _take_back(root: Path, files: Iterable[str], old: Mapping[str, bytes], is_new: bool) -> None:
    if is_new:
        shutil.rmtree(root, ignore_errors=True)
    for place in () if is_new else files:
        with suppress(OSError):
            if place in old:
                (root / place).write_bytes(old[place])
            else:
                (root / place).unlink(missing_ok=True)
