"""`seqrec update`; torch is imported only when it runs."""

import json
from pathlib import Path
from typing import Annotated

import typer

from seqrec_core.cli.options import BundlePath, Set
from seqrec_core.errors import DataError
from seqrec_core.places import is_remote, local, shown
from seqrec_core.terminal import echo

INTERRUPTED = 130  # exit code, as of a program that Ctrl-C ended


def _folder_here(place: str) -> Path:
    """A folder of this machine, which is to be written; DataError for a URI."""
    if is_remote(place):
        raise DataError(
            f"--out {shown(place)}: an update is written here first; name a folder, then "
            "`seqrec push` it"
        )
    return local(place)


def update(
    run: BundlePath,
    data: Annotated[
        Path,
        typer.Option(
            help="New data: a folder of `seqrec data prepare … --ids-from RUN --new-items append`, "
            "or a file, or a pattern of files, prepared so into the folder OUT-data; or a URI.",
            metavar="PATH",
            parser=local,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            help="Directory of the new run; RUN stays as it is.",
            metavar="PATH",
            parser=_folder_here,
        ),
    ],
    epochs: Annotated[
        int | None,
        typer.Option(min=0, help="Epochs on the new data, by default as RUN says; 0 trains none."),
    ] = None,
    set: Set = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an update that was cut short.")
    ] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Read what the bundle names outside of its folder.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """Go on training a run with new data; keep its ids, add items, compare old and new."""
    from seqrec_core.terminal import console, progress_console
    from seqrec_tool_update.update import comparison_table
    from seqrec_tool_update.update import update as run_update

    progress = progress_console()
    progress.stderr = True  # what passes by, beside the result
    try:
        result = run_update(
            run,
            data,
            out,
            epochs=epochs,
            overrides=set or [],
            resume=resume,
            console=progress,
            trust=trust,
        )
    except (KeyboardInterrupt, SystemExit) as end:
        echo("interrupted; go on with --resume", error=True)
        raise typer.Exit(INTERRUPTED) from end
    if as_json:
        print(json.dumps(result.facts(), indent=2))
    else:
        console().print(comparison_table(result))
        echo(result.summary())
    if not result.is_finished:
        raise typer.Exit(INTERRUPTED)
