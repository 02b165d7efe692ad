"""Commands on plugins: list, show, new, doctor."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="See which components are installed; write new ones.", no_args_is_help=True)


@app.command("list")
def list_plugins(
    kind: Annotated[str | None, typer.Argument(help="Only this kind, such as loss.")] = None,
    load: Annotated[
        bool, typer.Option("--load", help="Import each spec, to say which are broken.")
    ] = False,
) -> None:
    """List the installed components; nothing is imported for it, unless told to."""
    from seqrec_core.registry import registry
    from seqrec_core.terminal import console, table

    rows = table("kind", "name", "distribution", "version", "state")
    if kind:
        registry.names(kind)  # an unknown kind is an error
    for component in registry:
        if kind in (None, component.kind):
            rows.add_row(
                component.kind,
                component.name,
                component.distribution,
                component.version,
                registry.state(component, load=load),
            )
    console().print(rows)


@app.command("show")
def show(
    kind: Annotated[str, typer.Argument(help="Kind of the component, such as loss.")],
    name: Annotated[str, typer.Argument(help="Its name, such as ce.")],
) -> None:
    """Show a component: what it does, its fields, their defaults and ranges."""
    from seqrec_core.cli.component_page import page
    from seqrec_core.registry import registry
    from seqrec_core.terminal import console

    console().print(page(registry[kind, name]))


@app.command("new")
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
    from seqrec_core.scaffold.project import write_project

    project = write_project(name, kind, out, author, family)
    print(f"wrote {project}; next:")
    print(f"  cd {project}")
    print('  pip install -e ".[test]"')
    print("  pytest")


@app.command("doctor")
def doctor(
    timeout: Annotated[
        float, typer.Option(help="Seconds after which the import of a plugin is given up.", min=1)
    ] = 60,
) -> None:
    """Look for what is wrong with the installed plugins; exit code 1 if anything is."""
    from seqrec_core.doctor import diagnose
    from seqrec_core.terminal import console, table

    findings = diagnose(timeout)
    if not findings:
        print("all well")
        return
    rows = table("plugin", "what is wrong", "remedy")
    for finding in findings:
        rows.add_row(finding.subject, finding.fault, finding.remedy)
    console().print(rows)
    raise typer.Exit(1)
