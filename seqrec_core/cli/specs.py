"""`seqrec validate`, `seqrec resolve` and `seqrec build`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from seqrec_core.cli.options import Set, SpecPath

__all__ = ["build", "resolve", "validate"]


def validate(spec: SpecPath, set: Set = None) -> None:
    """Check a spec: every mistake, with its place and remedy."""
    from seqrec_core.session import load_resolved

    load_resolved(spec, set or ())
    print(f"{spec}: ok")


def resolve(
    spec: SpecPath,
    set: Set = None,
    origins: Annotated[
        bool, typer.Option("--origins", help="Show where each filled value came from.")
    ] = False,
) -> None:
    """Print a spec with every value explicit."""
    from rich import print_json

    from seqrec_core.session import dump, load_resolved

    resolution = load_resolved(spec, set or ())
    if origins:
        for path, origin in resolution.origins.items():
            print(f"{path}  ←  {origin}")
    else:
        print_json(json.dumps(dump(resolution.recipe), ensure_ascii=False))


def build(
    spec: SpecPath,
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
    from seqrec_core.cli.summary import summary
    from seqrec_core.session import load_resolved
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
