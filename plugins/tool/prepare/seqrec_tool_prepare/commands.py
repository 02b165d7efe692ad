"""The commands `seqrec data prepare`, `seqrec data synth` and `seqrec data check`.

Python callers use the same functions, with one file or a list of them: they write the data folder
`out`, print what the command prints and return the report. They raise DataError, which names file,
column and row, for input that cannot be used; `out` is then as it was.

A preparation reads its file in streaming passes that check it, count ids and spread the events,
as numbers, over buckets of whole users on disk; then bucket by bucket: sort, filter, split, write.
Held in memory are the ids of users and items, their counts and one bucket. An engine may do what
sees every event instead.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from seqrec_core.places import delivered, local, shown
from seqrec_tool_prepare import preparation_options as typed

__all__ = ["HELP", "check", "prepare", "synth"]

HELP = "Make and check the data folders that models train and predict on."


def prepare(
    file: typed.File,
    out: typed.Out,
    format: typed.Format = None,
    columns: typed.Columns = None,
    separator: typed.Separator = None,
    user: typed.User = None,
    item: typed.Item = None,
    timestamp: typed.Timestamp = None,
    time_format: typed.TimeFormat = None,
    order: typed.Order = "time",
    rating: typed.Rating = None,
    min_rating: typed.MinRating = None,
    drop_repeated: typed.DropRepeated = False,
    drop_incomplete: typed.DropIncomplete = False,
    min_user_count: typed.MinCount = 1,
    min_item_count: typed.MinCount = 1,
    split: typed.Split = "leave-one-out",
    validate_from: typed.ValidateFrom = "0.8",
    test_from: typed.TestFrom = "0.9",
    items: typed.Items = None,
    items_id: typed.ItemsId = None,
    item_features: typed.ItemFeatures = "",
    list_separator: typed.ListSeparator = None,
    all_items: typed.AllItems = False,
    users: typed.Users = None,
    users_id: typed.UsersId = None,
    user_features: typed.UserFeatures = "",
    event_features: typed.EventFeatures = "",
    keep_time: typed.KeepTime = False,
    time_gaps: typed.TimeGaps = False,
    request_time: typed.RequestTime = False,
    ids_from: typed.IdsFrom = None,
    new_items: typed.NewItems = "drop",
    engine: typed.Engine = "polars",
    engine_fields: typed.EngineFields = None,
) -> dict[str, Any]:
    """Turn files of interactions into a data folder."""
    options = dict(locals())  # the report states them all
    from seqrec_tool_prepare.option_checks import changed
    from seqrec_tool_prepare.preparing_engine import preparer_of

    write = preparer_of(engine, engine_fields or ())
    with delivered(out, anew=True) as folder:
        report = write(options | {"out": folder}, changed(options, prepare))
    _print(report, shown(str(out)), ids_from)
    return report


def synth(
    out: typed.Out,
    users: Annotated[int, typer.Option(min=1, help="Users.")] = 2_000,
    items: Annotated[int, typer.Option(min=9, help="Items.")] = 1_000,
    events_per_user: Annotated[int, typer.Option(min=3, help="Mean length of a history.")] = 30,
    clusters: Annotated[int, typer.Option(min=3, help="Clusters of items.")] = 20,
    features: Annotated[
        bool, typer.Option(help="Give items a side feature of each of the four types.")
    ] = True,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same data.")] = 0,
) -> dict[str, Any]:
    """Make up a data set with something to learn in it."""
    from seqrec_tool_prepare.publication import refuse_system_errors
    from seqrec_tool_prepare.stage_line import stage_line
    from seqrec_tool_prepare.synth import FEATURES, write_synthetic

    with TemporaryDirectory(prefix="synth-") as folder:
        with stage_line() as stage, refuse_system_errors(folder, "TMPDIR"):
            stage("making up events")
            events, side = write_synthetic(
                Path(folder), users, items, events_per_user, clusters, features, seed
            )
        if side is None:
            return prepare([events], out)
        return prepare([events], out, items=side, item_features=FEATURES)


def check(
    folder: Annotated[
        Path, typer.Argument(help="A data folder, or its URI.", metavar="DIR", parser=local)
    ],
    spec: Annotated[
        Path | None,
        typer.Option(
            help="Check by the schema of this spec, not the folder's own.",
            metavar="SPEC",
            parser=local,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, not a table.")] = False,
) -> None:
    """Look at every row of a data folder, and say all that is wrong, where, and what to do."""
    from seqrec_tool_prepare.data_check import as_json, checked, refuse_errors, show

    findings = checked(Path(folder), spec)
    if json:
        print(as_json(findings))
    else:
        show(findings, Path(folder))
    refuse_errors(findings, Path(folder))


def _print(report: dict[str, Any], out: str, ids_from: Path | None) -> None:
    from seqrec_core.bundle import LOCK
    from seqrec_core.terminal import console, printable
    from seqrec_tool_prepare.rendering import render

    console().print(render(report))
    print(f"data: {printable(out)}")
    following = f"seqrec init sasrec --data {printable(out)}"
    if ids_from is not None and (Path(ids_from) / LOCK).is_file():
        run, is_new = printable(str(ids_from)), report["new_ids"]["items"]
        verb, target = ("update", "run2") if is_new else ("predict", "top.parquet")
        following = f"seqrec {verb} {run} --data {printable(out)} --out {target}"
    print(f"next: {following}")
