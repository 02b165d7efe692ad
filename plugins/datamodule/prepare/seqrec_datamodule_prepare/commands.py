"""The commands `seqrec data prepare` and `seqrec data synth`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from seqrec_core.hooks import hookimpl

__all__ = ["data", "seqrec_cli"]

data = typer.Typer(
    help="Make the data folders that models train and predict on.", no_args_is_help=True
)
Out = Annotated[Path, typer.Option(help="The data folder to write; replaced where it exists.")]


@hookimpl
def seqrec_cli(app: typer.Typer) -> None:
    """Adds the group `data`."""
    app.add_typer(data, name="data")


@data.command("prepare")
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
        str | None, typer.Option(help="Form of dates that are not ISO: %d/%m/%Y.")
    ] = None,
    order: Annotated[
        Literal["time", "file"],
        typer.Option(help="Sort by time, or trust the file and refuse times that go back."),
    ] = "time",
    rating: Annotated[str | None, typer.Option(help="Column of the rating.")] = None,
    min_rating: Annotated[float | None, typer.Option(help="Drop events rated below it.")] = None,
    drop_repeated: Annotated[
        bool,
        typer.Option("--drop-repeated", help="Drop repeats of user, item and timestamp."),
    ] = False,
    min_user_count: Annotated[
        int, typer.Option(min=1, help="Drop users of fewer events, until none is left.")
    ] = 1,
    min_item_count: Annotated[
        int, typer.Option(min=1, help="Drop items of fewer events, until none is left.")
    ] = 1,
    split: Annotated[
        Literal["leave-one-out", "global-time"],
        typer.Option(help="Last event test and last but one validation, or cut at two moments."),
    ] = "leave-one-out",
    validate_from: Annotated[
        str, typer.Option(help="Where validation begins: quantile of the times, or a time.")
    ] = "0.8",
    test_from: Annotated[
        str, typer.Option(help="Where test begins: quantile of the times, or a time.")
    ] = "0.9",
    items: Annotated[Path | None, typer.Option(help="File with a row an item.")] = None,
    items_id: Annotated[str | None, typer.Option(help="Column of the item in it.")] = None,
    item_features: Annotated[
        str,
        typer.Option(
            help="Columns of it to use: genres:list,year:numerical; types categorical, list, "
            "numerical, numerical_list."
        ),
    ] = "",
    list_separator: Annotated[
        str | None,
        typer.Option(help="What stands between values of a list: by default | , or space."),
    ] = None,
) -> None:
    """Turn a file of interactions into a data folder."""
    from seqrec_datamodule_prepare import prepare as preparation
    from seqrec_datamodule_prepare.item_features import parse_item_features
    from seqrec_datamodule_prepare.settings import Settings

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


@data.command("synth")
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
) -> None:
    """Make up a data set with something to learn in it."""
    from seqrec_datamodule_prepare.synth import synthesise

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
    from seqrec_datamodule_prepare.rendering import render

    console().print(render(report))
    print(f"data: {out}\nnext: seqrec init sasrec --data {out}")
