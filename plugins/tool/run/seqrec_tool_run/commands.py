"""`seqrec fit`, `evaluate`, `predict` and `show`; torch is imported only when one of them runs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from seqrec_core.agreement import check_agreement
from seqrec_core.cli.options import BundlePath, Set, SpecPath
from seqrec_core.session import load_resolved, registry
from seqrec_core.terminal import echo

INTERRUPTED = 130  # exit code, as of a program that Ctrl-C ended

Data = Annotated[
    Path | None, typer.Option(help="Prepared data in place of the folder of the training.")
]

Trust = Annotated[
    bool, typer.Option("--trust", help="Read what the bundle names outside of its folder.")
]

CANDIDATES = "items, one a line, or a .csv or .parquet file with columns user and item"


def fit(
    spec: SpecPath,
    out: Annotated[Path, typer.Option(help="Directory of the run; it becomes a bundle.")],
    set: Set = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --out, if there is one.")
    ] = False,
    trust: Trust = False,
) -> None:
    """Train the model of a spec; keep the best weights, logs and a report."""
    from seqrec_core.terminal import console

    recipe = load_resolved(spec, set or []).recipe  # faults come before slow imports
    check_agreement(recipe, registry)
    from seqrec_tool_run.fit import fit as run

    with _interruptible("interrupted; go on with --resume"):
        is_finished = run(recipe, out, resume, console(), trust=trust)
    if not is_finished:
        raise typer.Exit(INTERRUPTED)


def evaluate(
    bundle: BundlePath,
    data: Data = None,
    split: Annotated[
        Literal["validate", "test"], typer.Option(help="Which users to evaluate on.")
    ] = "test",
    candidates: Annotated[
        Path | None,
        typer.Option(
            help=f"Rank only these: {CANDIDATES}; it must name each user of the split. With "
            "test.csv, metrics.json gets test:test/ndcg@10, beside the full test/ndcg@10."
        ),
    ] = None,
    trust: Trust = False,
) -> None:
    """Rank the whole catalogue, or candidates; show metrics beside the popularity baseline."""
    from seqrec_core.terminal import console
    from seqrec_tool_run.evaluate import evaluate as run

    with _interruptible("interrupted; nothing was stored"):
        run(bundle, data, split, candidates, console(), trust=trust)


def predict(
    bundle: BundlePath,
    out: Annotated[Path, typer.Option(help="File of user, item, rank, score: .parquet or .csv.")],
    data: Data = None,
    top_k: Annotated[int, typer.Option(min=1, help="Items for each user.")] = 10,
    candidates: Annotated[
        Path | None,
        typer.Option(
            help=f"Only these: {CANDIDATES}; users that it leaves out get no recommendations."
        ),
    ] = None,
    keep_seen: Annotated[
        bool, typer.Option("--keep-seen", help="Recommend items that the user has seen, too.")
    ] = False,
    trust: Trust = False,
) -> None:
    """Recommend items to every user, in the ids of the data."""
    from seqrec_core.terminal import console
    from seqrec_tool_run.predict import predict as run

    with _interruptible(f"interrupted; {out} is as it was"):
        run(bundle, data, out, top_k, candidates, keep_seen, console(), trust=trust)


def show(
    run: BundlePath,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """Show what is known of a run: model, data, epochs, metrics, the code that it was made with."""
    from seqrec_core.terminal import console
    from seqrec_tool_run.run_facts import facts_tables, run_facts

    facts = run_facts(run)
    if as_json:
        print(json.dumps(facts, indent=2))  # as ASCII, so that nothing in it commands a terminal
    else:
        console().print(*facts_tables(facts))


@contextmanager
def _interruptible(message: str) -> Iterator[None]:
    """Ends what Ctrl-C or SIGTERM cuts short with one line and the exit code of that.

    A trainer may make a SystemExit of either, whose own code may be that of success.
    """
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as end:
        echo(message, error=True)
        raise typer.Exit(INTERRUPTED) from end
