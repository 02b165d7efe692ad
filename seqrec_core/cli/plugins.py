"""`seqrec plugins list` and `seqrec plugins show`."""

from typing import Annotated

import typer

__all__ = ["HELP", "list_plugins", "show"]

HELP = "See which components are installed; write new ones."


def list_plugins(
    kind: Annotated[str | None, typer.Argument(help="Only this kind, such as loss.")] = None,
    load: Annotated[
        bool, typer.Option("--load", help="Import each spec, to say which are broken.")
    ] = False,
) -> None:
    """List the installed components; nothing is imported for it, unless told to."""
    from seqrec_core.session import registry
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


def show(
    kind: Annotated[str, typer.Argument(help="Kind of the component, such as loss.")],
    name: Annotated[str, typer.Argument(help="Its name, such as ce.")],
) -> None:
    """Show a component: what it does, its fields, their defaults and ranges."""
    from seqrec_core.cli.component_page import page
    from seqrec_core.session import registry
    from seqrec_core.terminal import console

    console().print(page(registry[kind, name]))
