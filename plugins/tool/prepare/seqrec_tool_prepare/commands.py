"""The commands `seqrec data prepare` and `seqrec data synth`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from seqrec_tool_prepare import options

__all__ = ["HELP", "prepare", "synth"]

HELP = "Make the data folders that models train and predict on."


def prepare(
    file: options.File,
    out: options.Out,
    format: options.Format = None,
    user: options.User = None,
    item: options.Item = None,
    timestamp: options.Timestamp = None,
    time_format: options.TimeFormat = None,
    order: options.Order = "time",
    rating: options.Rating = None,
    min_rating: options.MinRating = None,
    drop_repeated: options.DropRepeated = False,
    min_user_count: options.MinCount = 1,
    min_item_count: options.MinCount = 1,
    split: options.Split = "leave-one-out",
    validate_from: options.ValidateFrom = "0.8",
    test_from: options.TestFrom = "0.9",
    items: options.Items = None,
    items_id: options.ItemsId = None,
    item_features: options.ItemFeatures = "",
    list_separator: options.ListSeparator = None,
) -> None:
    """Turn a file of interactions into a data folder."""
    from seqrec_tool_prepare import prepare as preparation
    from seqrec_tool_prepare.item_features import parse_item_features
    from seqrec_tool_prepare.settings import Settings

    settings = Settings(
        format=format,
        user=user,
        item=item,
        timestamp=timestamp,
        time_format=time_format,
        order=order,
        rating=rating,
        min_rating=min_rating,
        drop_repeated=drop_repeated,
        min_user_count=min_user_count,
        min_item_count=min_item_count,
        split=split,
        validate_from=validate_from,
        test_from=test_from,
        items=items,
        items_id=items_id,
        item_features=parse_item_features(item_features),
        list_separator=list_separator,
    )
    with _progress() as progress:
        report = preparation.prepare(file, out, settings, progress=progress)
    _show(report, out)


def synth(
    out: options.Out,
    users: Annotated[int, typer.Option(min=1, help="Users.")] = 2_000,
    items: Annotated[int, typer.Option(min=9, help="Items.")] = 1_000,
    events_per_user: Annotated[int, typer.Option(min=3, help="Mean length of a history.")] = 30,
    clusters: Annotated[int, typer.Option(min=3, help="Clusters of items.")] = 20,
    features: Annotated[
        bool, typer.Option(help="Give items a side feature of each of the four types.")
    ] = True,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same data.")] = 0,
) -> None:
    """Make up a data set with something to learn in it."""
    from seqrec_tool_prepare.synth import synthesise

    with _progress() as progress:
        report = synthesise(
            out,
            users=users,
            items=items,
            events_per_user=events_per_user,
            clusters=clusters,
            features=features,
            seed=seed,
            progress=progress,
        )
    _show(report, out)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A line on stderr for the stage at work, gone at the end."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("opening")
        yield lambda stage, done, total: bar.update(
            task, description=stage, completed=done, total=total if done or total > 1 else None
        )


def _show(report: dict[str, Any], out: Path) -> None:
    from seqrec_core.terminal import console
    from seqrec_tool_prepare.rendering import render

    console().print(render(report))
    print(f"data: {out}\nnext: seqrec init sasrec --data {out}")
