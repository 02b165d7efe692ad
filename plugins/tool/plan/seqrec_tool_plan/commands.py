"""`seqrec plan`; torch is imported only when it runs."""

from typing import Annotated

import typer

from seqrec_core.agreement import check_agreement
from seqrec_core.cli.options import Set, SpecPath
from seqrec_core.session import load_resolved, registry


def plan(
    spec: SpecPath,
    set: Set = None,
    memory: Annotated[
        str | None, typer.Option(help="Say whether it fits, or else what would: 8GB, 500MB, 16GiB.")
    ] = None,
    real: Annotated[
        float,
        typer.Option(min=0.01, max=1, help="Share of a batch that is no padding; 1 is the worst."),
    ] = 1.0,
) -> None:
    """Predict memory and work of a training step; exit 1 where it does not fit --memory."""
    from seqrec_core.terminal import console

    recipe = load_resolved(spec, set or []).recipe  # faults come before slow imports
    check_agreement(recipe, registry)
    from seqrec_tool_plan.plan import plan as run

    if not run(recipe, spec, set or [], memory, real, console()):
        raise typer.Exit(1)
