"""`seqrec tune`; Optuna is imported only when it runs."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Literal

import typer

from seqrec_core.cli.options import Set, SpecPath
from seqrec_core.places import delivered, is_remote, local, shown
from seqrec_core.terminal import echo

INTERRUPTED = 130  # exit code, as of a program that Ctrl-C ended


def tune(
    spec: SpecPath,
    space: Annotated[
        Path,
        typer.Option(
            help='What to change: {"model.dropout": {"low": 0.1, "high": 0.5}}; paths as of --set, '
            "bounds with log or step, or choices.",
            metavar="FILE",
            parser=local,
        ),
    ],
    out: Annotated[
        str,
        typer.Option(
            help="Directory of the search, or its URI; each trial is a run in it.", metavar="PATH"
        ),
    ],
    set: Set = None,
    trials: Annotated[int, typer.Option(min=1, help="Trials of the whole search.")] = 20,
    timeout: Annotated[
        float | None, typer.Option(min=0, help="Seconds after which no trial is begun.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Trials at once, a process each.")] = 1,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads of a process; by default shared out.")
    ] = None,
    monitor: Annotated[
        str | None,
        typer.Option(
            help="What to make better: validate/ndcg@10. By default what chooses the weights."
        ),
    ] = None,
    pruner: Annotated[
        Literal["median", "hyperband", "none"],
        typer.Option(help="What ends trials that lead nowhere."),
    ] = "median",
    seeds: Annotated[
        bool, typer.Option("--seeds", help="Give each trial a seed of its own.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the search in --out, if there is one.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """Search for better settings of a spec: by validation, never by test."""
    import attrs

    from seqrec_core.terminal import console
    from seqrec_tool_tune.trial_facts import facts_table
    from seqrec_tool_tune.tune import next_step
    from seqrec_tool_tune.tune import tune as run

    with _interruptible(shown(out)), delivered(out) as folder:
        result = run(
            spec,
            space,
            folder,
            overrides=set or (),
            trials=trials,
            timeout=timeout,
            jobs=jobs,
            threads=threads,
            monitor=monitor,
            pruner=pruner,
            seeds=seeds,
            resume=resume,
        )
    if is_remote(out):
        echo(f"delivered to {shown(out)}", error=True)
    if as_json:
        rows = [attrs.asdict(fact) for fact in result.trials]
        metric = result.question.metric
        facts = {"monitor": metric.stored, "direction": metric.direction, "trials": rows}
        print(json.dumps({**facts, "best": result.spec}, indent=2))
        return
    console().print(facts_table(result.trials, result.question))
    echo(f"report: {result.folder / 'report.html'}\n{next_step(result)}")


@contextmanager
def _interruptible(out: str) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the search alike: by one line and the exit code of that."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt as end:
        echo(f"interrupted; go on with --resume: {out} has every trial", error=True)
        raise typer.Exit(INTERRUPTED) from end
    finally:
        signal.signal(signal.SIGTERM, before)
