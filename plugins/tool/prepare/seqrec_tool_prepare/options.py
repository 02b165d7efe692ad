"""The options of `seqrec data prepare`, one alias each; `Settings` says what they mean."""

from pathlib import Path
from typing import Annotated, Literal

import typer

__all__ = [
    "DropRepeated",
    "File",
    "Format",
    "Item",
    "ItemFeatures",
    "Items",
    "ItemsId",
    "ListSeparator",
    "MinCount",
    "MinRating",
    "Order",
    "Out",
    "Rating",
    "Split",
    "TestFrom",
    "TimeFormat",
    "Timestamp",
    "User",
    "ValidateFrom",
]

File = Annotated[
    Path,
    typer.Argument(
        help='Interactions: CSV, TSV, RecBole .inter, parquet, or "user item item …" lines.'
    ),
]
Out = Annotated[Path, typer.Option(help="The data folder to write; replaced where it exists.")]
Format = Annotated[
    Literal["csv", "tsv", "recbole", "parquet", "sequences"] | None,
    typer.Option(help="By default what the suffix or the first line says."),
]
User = Annotated[str | None, typer.Option(help="Column of the user.")]
Item = Annotated[str | None, typer.Option(help="Column of the item.")]
Timestamp = Annotated[str | None, typer.Option(help="Column of the time: numbers or dates.")]
TimeFormat = Annotated[
    str | None, typer.Option(help="Form of dates that are not ISO, such as %d/%m/%Y.")
]
Order = Annotated[
    Literal["time", "file"],
    typer.Option(help="Sort by time, or trust the file and refuse times that go back."),
]
Rating = Annotated[str | None, typer.Option(help="Column of the rating.")]
MinRating = Annotated[float | None, typer.Option(help="Drop events rated below it.")]
DropRepeated = Annotated[
    bool, typer.Option("--drop-repeated", help="Drop repeats of user, item and timestamp.")
]
MinCount = Annotated[
    int, typer.Option(min=1, help="Drop those of fewer events, until none is left.")
]
Split = Annotated[
    Literal["leave-one-out", "global-time"],
    typer.Option(help="Last event test and last but one validation, or cut at two moments."),
]
ValidateFrom = Annotated[
    str, typer.Option(help="Where validation begins: quantile of the times, or a time.")
]
TestFrom = Annotated[str, typer.Option(help="Where test begins: quantile of the times, or a time.")]
Items = Annotated[Path | None, typer.Option(help="File with a row an item.")]
ItemsId = Annotated[str | None, typer.Option(help="Column of the item in it.")]
ItemFeatures = Annotated[
    str,
    typer.Option(
        help="Columns of it to use: genres:list,year:numerical; the types are categorical, list, "
        "numerical, numerical_list."
    ),
]
ListSeparator = Annotated[
    str | None,
    typer.Option(help="What stands between the values of a list: by default | , or space."),
]
