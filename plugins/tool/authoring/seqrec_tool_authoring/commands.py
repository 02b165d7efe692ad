"""`seqrec plugins new` and `seqrec plugins doctor`."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from seqrec_core.places import here
from seqrec_core.printable import echo

__all__ = ["doctor", "new"]


def new(
    name: Annotated[
        str, typer.Argument(help="Its name, such as acme-gru; in a project that is there, gru.")
    ],
    kind: Annotated[str, typer.Option(help="Kind of the component, such as encoder.")],
    component: Annotated[
        str | None, typer.Option(help="Name of the component, where NAME does not say it.")
    ] = None,
    add_to: Annotated[
        Path | None,
        typer.Option(help="Folder of a project to add the component to, of any kind.", parser=here),
    ] = None,
    family: Annotated[
        str | None, typer.Option(help="Make it one of the distribution seqrec-KIND-FAMILY.")
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder to write the project into.", parser=here)
    ] = Path("."),
    author: Annotated[str | None, typer.Option(help="Your name, for pyproject.toml.")] = None,
) -> None:
    """Write a complete plugin project that passes its own tests, or add to one that is there."""
    from seqrec_core.errors import SeqrecError
    from seqrec_tool_authoring.scaffold.project import add_component, write_project

    if component and (add_to or family):
        raise SeqrecError("with --add-to or --family, NAME is the component; drop --component")
    if add_to and (family or author or out != Path(".")):
        raise SeqrecError("--add-to keeps to its project; drop --family, --out and --author")
    if add_to:
        echo(f"added {add_component(name, kind, add_to)}; next:")
        project = add_to
    else:
        project = write_project(name, kind, out, author, family, component)
        echo(f"wrote {project}; next:")
    echo(f"  cd {shlex.quote(str(project))}")
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
