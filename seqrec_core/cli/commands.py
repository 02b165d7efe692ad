"""The commands of the core: `validate`, `resolve`, `build`, `plugins list`, `plugins show`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqrec_core.cli.options import Set, SpecPath
from seqrec_core.places import delivered, is_remote
from seqrec_core.printable import echo, printable_json

if TYPE_CHECKING:
    from seqrec_core.spec import Recipe

PLUGINS = "See which components are installed; write new ones."


def validate(
    spec: SpecPath,
    set: Set = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="A data folder that is not there is a mistake too.")
    ] = False,
) -> None:
    """Check a spec: every mistake, with its place and remedy, and whether its data fits it."""
    from seqrec_core.agreement import disagreements
    from seqrec_core.errors import Fault, SpecError
    from seqrec_core.session import load_resolved, registry

    recipe = load_resolved(spec, set or ()).recipe
    faults, notice = disagreements(recipe, registry), _folder_notice(recipe)
    if notice and strict:
        faults.append(Fault("data.folder", notice))
    if faults:
        raise SpecError(faults)
    echo(f"{spec}: ok")
    if notice:
        echo(f"notice: data.folder: {notice}", error=True)


def _folder_notice(recipe: "Recipe") -> str | None:
    """What is wrong with the data folder: a spec may be written before its data is."""
    if recipe.data is None or is_remote(recipe.data.folder):
        return None
    if (folder := Path(recipe.data.folder)).is_dir():
        return None
    if folder.exists():
        return f"{folder} is a file; name the folder that it is in"
    return f"{folder} is not there; make it with `seqrec data prepare`, or name another folder"


def resolve(
    spec: SpecPath,
    set: Set = None,
    origins: Annotated[
        bool, typer.Option("--origins", help="Show where each filled value came from.")
    ] = False,
) -> None:
    """Print a spec with every value explicit."""
    from rich.highlighter import JSONHighlighter
    from rich.text import Text

    from seqrec_core.session import dump, load_resolved
    from seqrec_core.terminal import console

    resolution = load_resolved(spec, set or ())
    if origins:
        for path, origin in resolution.origins.items():
            echo(f"{path}  ←  {origin}")
    else:
        text = Text(
            printable_json(json.dumps(dump(resolution.recipe), indent=2, ensure_ascii=False))
        )
        JSONHighlighter().highlight(text)
        console().print(text, soft_wrap=True)


def build(
    spec: SpecPath,
    set: Set = None,
    out: Annotated[
        str | None, typer.Option(help="Write a bundle to this directory, or URI.", metavar="PATH")
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Build without weights: shapes and sizes only.")
    ] = False,
) -> None:
    """Build the model of a spec and show its parts."""
    from seqrec_core.build import Runtime, build_model
    from seqrec_core.bundle import Bundle
    from seqrec_core.cli.summary import summary
    from seqrec_core.session import DEFAULT, load_resolved
    from seqrec_core.terminal import console

    if plan and out:
        raise typer.BadParameter("--plan makes no weights to write; leave out --plan or --out")
    recipe = load_resolved(spec, set or ()).recipe
    runtime = Runtime.of(recipe)
    model = DEFAULT.built(build_model(recipe, runtime, device="meta" if plan else None), recipe)
    console().print(summary(model, recipe, runtime.trace))
    if out:
        with delivered(out) as folder:
            Bundle.write(folder, model, recipe, parts=runtime.trace)
        echo(f"bundle: {folder}")


def list_plugins(
    kind: Annotated[str | None, typer.Argument(help="Only this kind, such as loss.")] = None,
    load: Annotated[
        bool, typer.Option("--load", help="Import each spec, to say which are broken.")
    ] = False,
) -> None:
    """List the installed components; nothing is imported for it, unless told to."""
    from seqrec_core.session import registry
    from seqrec_core.terminal import console, listing

    if kind:
        registry.names(kind)  # an unknown kind is an error
    rows = [
        (c.kind, c.name, c.distribution, c.version, registry.state(c, load=load))
        for c in registry
        if kind in (None, c.kind)
    ]
    screen = console()
    columns = ("kind", "name", "distribution", "version", "state")
    screen.print(listing(columns, rows, screen.width))


def show(
    kind: Annotated[str, typer.Argument(help="Kind of the component, such as loss.")],
    name: Annotated[str, typer.Argument(help="Its name, such as ce.")],
) -> None:
    """Show a component: what it does, its fields, their defaults and ranges."""
    from seqrec_core.cli.component_page import page
    from seqrec_core.session import registry
    from seqrec_core.terminal import console

    console().print(page(registry[kind, name]))
