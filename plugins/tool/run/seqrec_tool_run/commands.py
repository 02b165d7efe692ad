"""`seqrec fit`, `evaluate` and `predict`; torch is imported only when one of them runs."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from seqrec_core.cli.options import BundlePath, Set, SpecPath
from seqrec_core.session import load_resolved

Data = Annotated[
    Path | None, typer.Option(help="Prepared data in place of the folder of the training.")
]


def fit(
    spec: SpecPath,
    out: Annotated[Path, typer.Option(help="Directory of the run; it becomes a bundle.")],
    set: Set = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --out, if there is one.")
    ] = False,
) -> None:
    """Train the model of a spec; keep the best weights, logs and a report."""
    from seqrec_core.terminal import console

    recipe = load_resolved(spec, set or []).recipe  # faults come before slow imports
    from seqrec_tool_run.fit import fit as run

    if not run(recipe, out, resume, console()):
        raise typer.Exit(130)


def evaluate(
    bundle: BundlePath,
    data: Data = None,
    split: Annotated[
        Literal["validate", "test"], typer.Option(help="Which users to evaluate on.")
    ] = "test",
) -> None:
    """Rank the whole catalogue; show metrics beside the popularity baseline."""
    from seqrec_core.terminal import console
    from seqrec_tool_run.evaluate import evaluate as run

    run(bundle, data, split, console())


def predict(
    bundle: BundlePath,
    out: Annotated[Path, typer.Option(help="File of user, item, rank, score: .parquet or .csv.")],
    data: Data = None,
    top_k: Annotated[int, typer.Option(min=1, help="Items for each user.")] = 10,
    candidates: Annotated[
        Path | None, typer.Option(help="Only these items: one a line, or parquet column item.")
    ] = None,
    keep_seen: Annotated[
        bool, typer.Option("--keep-seen", help="Recommend items that the user has seen, too.")
    ] = False,
) -> None:
    """Recommend items to every user, in the ids of the data."""
    from seqrec_core.terminal import console
    from seqrec_tool_run.predict import predict as run

    run(bundle, data, out, top_k, candidates, keep_seen, console())
