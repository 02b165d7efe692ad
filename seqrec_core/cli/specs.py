"""Commands on specs: validate, resolve, build, diff, schema."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from seqrec_core.differences import Difference
    from seqrec_core.recipe import Recipe

__all__ = ["build", "diff", "resolve", "schema", "validate"]

Spec = Annotated[Path, typer.Argument(help="A spec file (JSON).", metavar="SPEC")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change a value first: model.dropout=0.5 (repeatable)."),
]


def validate(spec: Spec, set: Set = None) -> None:
    """Check a spec: every mistake, with its place and remedy."""
    from seqrec_core.loading import load_resolved

    load_resolved(spec, set or ())
    print(f"{spec}: ok")


def resolve(
    spec: Spec,
    set: Set = None,
    origins: Annotated[
        bool, typer.Option("--origins", help="Show where each filled value came from.")
    ] = False,
) -> None:
    """Print a spec with every value explicit."""
    from rich import print_json

    from seqrec_core.codec import dump
    from seqrec_core.loading import load_resolved

    resolution = load_resolved(spec, set or ())
    if origins:
        for path, origin in resolution.origins.items():
            print(f"{path}  ←  {origin}")
    else:
        print_json(json.dumps(dump(resolution.recipe), ensure_ascii=False))


def build(
    spec: Spec,
    set: Set = None,
    out: Annotated[Path | None, typer.Option(help="Write a bundle to this directory.")] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Build without weights: shapes and sizes only.")
    ] = False,
) -> None:
    """Build the model of a spec and show its parts."""
    from seqrec_core.build import Runtime
    from seqrec_core.build import build as build_model
    from seqrec_core.bundle import Bundle
    from seqrec_core.loading import load_resolved
    from seqrec_core.summary import summary
    from seqrec_core.terminal import console

    if plan and out:
        raise typer.BadParameter("--plan makes no weights to write; leave out --plan or --out")
    recipe = load_resolved(spec, set or ()).recipe
    runtime = Runtime.of(recipe)
    model = build_model(recipe, device="meta" if plan else None, runtime=runtime)
    console().print(summary(model, recipe, runtime.trace))
    if out:
        Bundle.write(out, model, recipe)
        print(f"bundle: {out}")


def diff(
    left: Annotated[Path, typer.Argument(help="A spec file, or the lock of a bundle.")],
    right: Annotated[Path, typer.Argument(help="Another one.")],
) -> None:
    """Show what two specs say differently, and their parameters.

    Order, spelling and defaults do not count. Specs with faults, such as a plugin that is not
    installed, are compared as they are written, and the faults listed.
    """
    from seqrec_core.differences import differences, differences_as_written
    from seqrec_core.errors import Fault, SpecError
    from seqrec_core.loading import load_raw, load_resolved

    names = str(left), str(right)
    recipes, faults = [], []
    for path in (left, right):
        try:
            recipes.append(load_resolved(path).recipe)
        except SpecError as error:
            faults += [Fault(f"{path}: {fault.path}", fault.message) for fault in error.faults]
    if faults:
        _show(differences_as_written(load_raw(left), load_raw(right)), *names)
        raise SpecError(faults)
    found = differences(*recipes)
    _show(found, *names)
    if found:
        print(_parameters(*recipes))


def _show(found: "list[Difference]", left: str, right: str) -> None:
    from seqrec_core.terminal import console, table

    rows = table("place", left, right)
    for difference in found:
        rows.add_row(difference.path, repr(difference.left), repr(difference.right))
    if found:
        console().print(rows)
    else:
        print("no difference")


def _parameters(left: "Recipe", right: "Recipe") -> str:
    """The parameters of two recipes' models in one line, or why they are not counted."""
    from seqrec_core.differences import parameter_count
    from seqrec_core.errors import SeqrecError

    try:
        before, after = parameter_count(left), parameter_count(right)
    except (ImportError, SeqrecError) as cause:
        return f"parameters are not counted: {cause}"
    return f"parameters: {before:,} and {after:,}, a difference of {after - before:+,}"


def schema(
    out: Annotated[Path | None, typer.Option(help="Write to this file instead.")] = None,
) -> None:
    """Print the JSON Schema of specs, for editors: everything that is installed."""
    from seqrec_core.json_schema import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False)
    if out:
        out.write_text(text + "\n", encoding="utf-8")
        print(f"schema: {out}")
    else:
        print(text)
