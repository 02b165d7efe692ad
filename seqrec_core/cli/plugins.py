"""Commands on plugins: list, show."""

from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="See which components are installed.", no_args_is_help=True)


@app.command("list")
def list_plugins(
    kind: Annotated[str | None, typer.Argument(help="Only this kind, such as loss.")] = None,
) -> None:
    """List the installed components; nothing is imported for it."""
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
                registry.state(component),
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
