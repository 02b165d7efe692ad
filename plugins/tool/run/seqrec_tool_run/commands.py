"""`seqrec fit`, `evaluate`, `predict` and `show`; torch is imported only when one of them runs."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from seqrec_core.agreement import check_agreement
from seqrec_core.cli.options import BundlePath, Set, SpecPath
from seqrec_core.errors import Fault, SpecError
from seqrec_core.places import delivered, is_remote, local, shown
from seqrec_core.session import load_resolved, registry
from seqrec_core.terminal import echo
from seqrec_tool_run.run_folder import is_first_process

INTERRUPTED = 130  # exit code, as of a program that Ctrl-C ended

Data = Annotated[
    Path | None,
    typer.Option(
        help="Prepared data in place of the folder of the training, or its URI.",
        metavar="PATH",
        parser=local,
    ),
]

Trust = Annotated[
    bool, typer.Option("--trust", help="Read what the bundle names outside of its folder.")
]

Out = Annotated[
    str, typer.Option(help="Directory of the run, or its URI; it becomes a bundle.", metavar="PATH")
]

OwnBundle = Annotated[
    str,
    typer.Argument(
        help="A run of `seqrec fit`, or another bundle, or its URI; metrics are stored there.",
        metavar="BUNDLE",
    ),
]

CANDIDATES = "items, one a line, or a .csv or .parquet file with columns user and item"


def fit(
    spec: SpecPath,
    out: Out,
    set: Set = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --out, if there is one.")
    ] = False,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow", help="Wait for more files of a stream; Ctrl-C or SIGTERM ends the run."
        ),
    ] = False,
    poll: Annotated[
        float, typer.Option(min=0.01, help="With --follow: seconds between two looks for files.")
    ] = 5.0,
    trust: Trust = False,
) -> None:
    """Train the model of a spec; keep the best weights, logs and a report."""
    from seqrec_core.terminal import progress_console

    recipe = load_resolved(spec, set or []).recipe  # faults come before slow imports
    check_agreement(recipe, registry)
    from seqrec_tool_run.fit import fit as run

    goes_on = f"interrupted; go on with {'--follow ' * follow}--resume"
    every = poll if follow else None
    with _interruptible(goes_on), delivered(out) as folder:
        console = progress_console()
        is_finished = run(recipe, folder, resume, console, trust=trust, poll=every, own=spec)
    _say_delivered(out)
    if not is_finished:
        raise typer.Exit(INTERRUPTED)


def evaluate(
    bundle: OwnBundle,
    data: Data = None,
    split: Annotated[
        Literal["validate", "test"], typer.Option(help="Which users to evaluate on.")
    ] = "test",
    candidates: Annotated[
        Path | None,
        typer.Option(
            parser=local,
            metavar="FILE",
            help=f"Rank only these: {CANDIDATES}; it must name each user of the split. With "
            "test.csv, metrics.json gets test:test/ndcg@10, beside the full test/ndcg@10.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
    trust: Trust = False,
) -> None:
    """Rank the whole catalogue, or candidates; show metrics beside the popularity baseline."""
    from seqrec_core.terminal import console
    from seqrec_tool_run.evaluate import evaluate as run

    local(bundle)  # says so where a URI has none
    screen = console(stderr=as_json)
    with _interruptible("interrupted; nothing was stored"), delivered(bundle) as folder:
        metrics = run(folder, data, split, candidates, screen, trust=trust)
    if as_json and is_first_process():
        print(json.dumps(metrics, indent=2))
    _say_delivered(bundle)


def predict(
    bundle: BundlePath,
    out: Annotated[
        str,
        typer.Option(
            help="File of user, item, rank, score: .parquet or .csv; a folder with --engine; or "
            "its URI.",
            metavar="PATH",
        ),
    ],
    data: Annotated[
        str | None,
        typer.Option(
            help="Prepared data in place of the folder of the training, or its URI.",
            metavar="PATH",
        ),
    ] = None,
    top_k: Annotated[int, typer.Option(min=1, help="Items for each user.")] = 10,
    candidates: Annotated[
        Path | None,
        typer.Option(
            parser=local,
            metavar="FILE",
            help=f"Only these: {CANDIDATES}; users that it leaves out get no recommendations.",
        ),
    ] = None,
    keep_seen: Annotated[
        bool, typer.Option("--keep-seen", help="Recommend items that the user has seen, too.")
    ] = False,
    trust: Trust = False,
    engine: Annotated[
        str | None,
        typer.Option(
            help="Score in the processes of an engine, such as local, and write a folder of parts.",
            metavar="NAME",
        ),
    ] = None,
    set: Annotated[
        list[str] | None,
        typer.Option("--set", help="A field of the engine: engine.processes=4 (repeatable)."),
    ] = None,
) -> None:
    """Recommend items to every user, in the ids of the data."""
    if not is_first_process():
        return  # of those that torchrun started; one predicts, or an engine starts its own
    from seqrec_core.terminal import console

    chosen = _engine(engine, set or [])  # faults come before slow imports
    place = data if data is None or chosen is not None else local(data)
    from seqrec_tool_run.predict import predict as run

    with (
        _interruptible(f"interrupted; {shown(out)} is as it was"),
        delivered(out, anew=True) if chosen is None else nullcontext(out) as file,
    ):
        run(
            bundle, place, file, top_k, candidates, keep_seen, console(), trust=trust, engine=chosen
        )
    _say_delivered(out)


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


def _engine(name: str | None, assignments: Sequence[str]) -> Any:
    """The engine of a name; SpecError for fields of one that nobody named."""
    if name is not None:
        from seqrec_library_engines.chosen import engine_of

        return engine_of(name, assignments)
    if assignments:
        raise SpecError([Fault("--set", "sets fields of an engine; choose one with --engine")])
    return None


def _say_delivered(place: str) -> None:
    if is_remote(place):
        echo(f"delivered to {shown(place)}", error=True)


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
