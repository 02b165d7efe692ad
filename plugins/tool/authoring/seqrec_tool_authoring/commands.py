"""`seqrec plugins new` and `seqrec plugins doctor`."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["doctor", "new"]


def new(
    name: Annotated[str, typer.Argument(help="Its name, such as acme-gru, or in a family gru.")],
    kind: Annotated[str, typer.Option(help="Kind of the component, such as encoder.")],
    family: Annotated[
        str | None, typer.Option(help="Make it one of the distribution seqrec-KIND-FAMILY.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder to write the project into.")] = Path("."),
    author: Annotated[str | None, typer.Option(help="Your name, for pyproject.toml.")] = None,
) -> None:
    """Write a complete plugin project that passes its own tests, or add to that of a family."""
    from seqrec_tool_authoring.scaffold.project import write_project

    project = write_project(name, kind, out, author, family)
    print(f"wrote {project}; next:")
    print(f"  cd {project}")
    print('  pip install -e ".[test]"')
    print("  pytest")


def doctor(
    timeout: Annotated[
        float, typer.Option(help="Seconds after which the import of a plugin is given up.", min=1)
    ] = 60,
) -> None:
    """Look for what is wrong with the installed plugins; exit code 1 if anything is."""
    from seqrec_core.terminal import console, table
    from seqrec_tool_authoring.doctor import diagnose

    findings = diagnose(timeout)
    if not findings:
        print("all well")
        return
    rows = table("plugin", "what is wrong", "remedy")
    for finding in findings:
        rows.add_row(finding.subject, finding.fault, finding.remedy)
    console().print(rows)
    raise typer.Exit(1)
