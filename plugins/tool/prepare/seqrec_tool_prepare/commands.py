"""The commands `seqrec data prepare` and `seqrec data synth`.

Python callers use the same functions: they write the data folder `out`, print what the command
prints and return the report. They raise DataError, which names file, column and row, for input
that cannot be used; `out` is then as it was.

A preparation reads its file in streaming passes that check it, count ids and spread the events,
as numbers, over buckets of whole users on disk; then bucket by bucket: sort, filter, split, write.
Held in memory are the ids of users and items, their counts and one bucket; for quantiles of the
time also eight bytes an event.
"""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

import attrs
import typer

__all__ = ["HELP", "prepare", "synth"]

HELP = "Make the data folders that models train and predict on."
VALIDATE_FROM, TEST_FROM = "0.8", "0.9"

Order = Literal["time", "file"]
Split = Literal["leave-one-out", "global-time"]
Out = Annotated[Path, typer.Option(help="The data folder to write; replaced where it exists.")]
MinCount = Annotated[
    int, typer.Option(min=1, help="Drop those of fewer events, until none is left.")
]


def prepare(
    file: Annotated[
        Path,
        typer.Argument(
            help='Interactions: CSV, TSV, RecBole .inter, parquet, or "user item item …" lines.'
        ),
    ],
    out: Out,
    format: Annotated[
        Literal["csv", "tsv", "recbole", "parquet", "sequences"] | None,
        typer.Option(help="By default what the suffix or the first line says."),
    ] = None,
    user: Annotated[str | None, typer.Option(help="Column of the user.")] = None,
    item: Annotated[str | None, typer.Option(help="Column of the item.")] = None,
    timestamp: Annotated[
        str | None, typer.Option(help="Column of the time: numbers or dates.")
    ] = None,
    time_format: Annotated[
        str | None, typer.Option(help="Form of dates that are not ISO, such as %d/%m/%Y.")
    ] = None,
    order: Annotated[
        Order, typer.Option(help="Sort by time, or trust the file and refuse times that go back.")
    ] = "time",
    rating: Annotated[str | None, typer.Option(help="Column of the rating.")] = None,
    min_rating: Annotated[float | None, typer.Option(help="Drop events rated below it.")] = None,
    drop_repeated: Annotated[
        bool, typer.Option("--drop-repeated", help="Drop repeats of user, item and timestamp.")
    ] = False,
    min_user_count: MinCount = 1,
    min_item_count: MinCount = 1,
    split: Annotated[
        Split,
        typer.Option(help="Last event test and last but one validation, or cut at two moments."),
    ] = "leave-one-out",
    validate_from: Annotated[
        str, typer.Option(help="Where validation begins: quantile of the times, or a time.")
    ] = VALIDATE_FROM,
    test_from: Annotated[
        str, typer.Option(help="Where test begins: quantile of the times, or a time.")
    ] = TEST_FROM,
    items: Annotated[Path | None, typer.Option(help="File with a row an item.")] = None,
    items_id: Annotated[str | None, typer.Option(help="Column of the item in it.")] = None,
    item_features: Annotated[
        str,
        typer.Option(
            help="Columns of it to use: genres:list,year:numerical; the types are categorical, "
            "list, numerical, numerical_list."
        ),
    ] = "",
    list_separator: Annotated[
        str | None,
        typer.Option(help="What stands between the values of a list: by default | , or space."),
    ] = None,
) -> dict[str, Any]:
    """Turn a file of interactions into a data folder."""
    options = dict(locals())  # the report states them all
    from seqrec_tool_prepare.buckets import scatter
    from seqrec_tool_prepare.catalogue import Catalogue
    from seqrec_tool_prepare.interactions import interactions, survey_events
    from seqrec_tool_prepare.item_features import parse_item_features, read_item_features
    from seqrec_tool_prepare.kcore import core_times, nonempty_core
    from seqrec_tool_prepare.option_checks import changed, check_choice, refuse_idle, refuse_untimed
    from seqrec_tool_prepare.ordering import put_in_order
    from seqrec_tool_prepare.preparation_report import preparation_report
    from seqrec_tool_prepare.publication import unfinished
    from seqrec_tool_prepare.splits import moments
    from seqrec_tool_prepare.stage_line import stage_line
    from seqrec_tool_prepare.tables import open_table
    from seqrec_tool_prepare.writing import write_catalogue, write_splits

    check_choice("--order", order, Order)
    check_choice("--split", split, Split)
    features = parse_item_features(item_features)
    columns = {"user": user, "item": item, "timestamp": timestamp, "rating": rating}
    events = interactions(open_table(file, format), columns)
    used = changed(options, prepare)
    refuse_idle(used)
    refuse_untimed(used, events)
    inputs = [file] if items is None else [file, items]
    with unfinished(out, inputs) as folder, stage_line() as stage:
        stage("counting users and items")
        survey = survey_events(events, min_rating=min_rating, time_format=time_format)
        stage("encoding their ids")
        buckets = scatter(events, survey, folder / "buckets")
        buckets, sorting = put_in_order(
            buckets,
            events,
            trust_file=order == "file",
            drop_repeated=drop_repeated,
            progress=partial(stage, "sorting"),
        )
        stage("filtering")
        core = nonempty_core(events, survey, buckets, min_user_count, min_item_count)
        catalogue = Catalogue.of(survey, core)
        if items is not None:
            side = read_item_features(
                open_table(items),
                catalogue.items,
                features,
                item=items_id,
                item_of_events=events.columns["item"],
                separator=list_separator,
            )
            catalogue = attrs.evolve(catalogue, features=side)
        begins = None
        if split == "global-time" and survey.clock is not None:
            times = core_times(buckets, core)
            begins = moments(times, survey.clock, validate_from, test_from)
        progress = partial(stage, "writing")
        tally = write_splits(folder, buckets, catalogue, survey.clock, begins, progress)
        report = preparation_report(options, events, survey, sorting, catalogue, begins, tally)
        write_catalogue(folder, catalogue, tally.train_counts, report)
    _print(report, out)
    return report


def synth(
    out: Out,
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
    from seqrec_tool_prepare.stage_line import stage_line
    from seqrec_tool_prepare.synth import FEATURES, write_synthetic

    with TemporaryDirectory(prefix="synth-") as folder:
        with stage_line() as stage:
            stage("making up events")
            events, side = write_synthetic(
                Path(folder), users, items, events_per_user, clusters, features, seed
            )
        if side is None:
            return prepare(events, out)
        return prepare(events, out, items=side, item_features=FEATURES)


def _print(report: dict[str, Any], out: Path) -> None:
    from seqrec_core.terminal import console
    from seqrec_tool_prepare.rendering import render

    console().print(render(report))
    print(f"data: {out}\nnext: seqrec init sasrec --data {out}")
