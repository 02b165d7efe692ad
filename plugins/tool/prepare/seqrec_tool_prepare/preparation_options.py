"""The options of `seqrec data prepare`: their types, and what the help says of them."""

from pathlib import Path
from typing import Annotated, Literal

from typer import Argument, Option

from seqrec_core.places import expanded

__all__ = [
    "AllItems",
    "Columns",
    "DropIncomplete",
    "DropRepeated",
    "Engine",
    "EngineFields",
    "EventFeatures",
    "File",
    "Format",
    "IdsFrom",
    "Item",
    "ItemFeatures",
    "Items",
    "ItemsId",
    "KeepTime",
    "ListSeparator",
    "MinCount",
    "MinRating",
    "NewItems",
    "Order",
    "Out",
    "Rating",
    "RequestTime",
    "Separator",
    "Split",
    "TestFrom",
    "TimeFormat",
    "TimeGaps",
    "Timestamp",
    "User",
    "UserFeatures",
    "Users",
    "UsersId",
    "ValidateFrom",
]

File = Annotated[
    list[Path],
    Argument(
        help="Interactions, in one or several files or patterns of them: CSV, TSV, RecBole .inter, "
        'JSON lines, parquet, or "user item item …" lines; compressed, too.',
        metavar="FILE",
        parser=expanded,
    ),
]
Out = Annotated[
    Path,
    Option(
        help="The data folder to write, or its URI; replaced where it exists.",
        metavar="PATH",
        parser=expanded,  # a URI stays text: a Path would make one slash of two
    ),
]
Format = Annotated[
    Literal["csv", "tsv", "recbole", "jsonl", "parquet", "sequences"] | None,
    Option(help="By default what the suffix or the first line says."),
]
Columns = Annotated[
    str | None,
    Option(
        help="Names of the fields of a file without a header, in order, _ for one to pass over: "
        "user,item,_,timestamp."
    ),
]
Separator = Annotated[
    str | None, Option(help="What stands between fields: a character, tab, space, or such as ::.")
]
User = Annotated[str | None, Option(help="Column of the user.")]
Item = Annotated[str | None, Option(help="Column of the item.")]
Timestamp = Annotated[str | None, Option(help="Column of the time: numbers or dates.")]
TimeFormat = Annotated[
    str | None, Option(help="Form of dates that are not ISO, as Python writes it: %d/%m/%Y.")
]
Order = Annotated[
    Literal["time", "file"],
    Option(help="Sort by time, or trust the file and refuse times that go back."),
]
Rating = Annotated[str | None, Option(help="Column of the rating.")]
MinRating = Annotated[float | None, Option(help="Drop events rated below it.")]
DropRepeated = Annotated[
    bool, Option("--drop-repeated", help="Drop repeats of user, item and timestamp.")
]
DropIncomplete = Annotated[
    bool,
    Option(
        "--drop-incomplete",
        help="Drop events without a user, item or time, with --min-rating also without a rating.",
    ),
]
MinCount = Annotated[int, Option(min=1, help="Drop those of fewer events, until none is left.")]
Split = Annotated[
    Literal["leave-one-out", "global-time"],
    Option(help="Last event test and last but one validation, or cut at two moments."),
]
ValidateFrom = Annotated[
    str, Option(help="Where validation begins: quantile of the times, or a time.")
]
TestFrom = Annotated[str, Option(help="Where test begins: quantile of the times, or a time.")]
Items = Annotated[
    Path | None, Option(help="File with a row an item.", metavar="FILE", parser=expanded)
]
ItemsId = Annotated[str | None, Option(help="Column of the item in it.")]
ItemFeatures = Annotated[
    str,
    Option(
        help="Columns of it to use: genres:list,year:numerical; the types are categorical, "
        "list, numerical, numerical_list."
    ),
]
ListSeparator = Annotated[
    str | None,
    Option(help="What stands between the values of a list: by default | , or space."),
]
AllItems = Annotated[
    bool, Option("--all-items", help="Keep items of that file without any event, too.")
]
IdsFrom = Annotated[
    Path | None,
    Option(
        help="A run, or a data folder: its ids, features and encodings are used, so that its model "
        "takes the data."
    ),
]
NewItems = Annotated[
    Literal["drop", "append"],
    Option(
        help="Leave out items that --ids-from does not know, or give them ids after the others."
    ),
]
KeepTime = Annotated[
    bool, Option("--keep-time", help="Make the times of events a feature, timestamp.")
]
RequestTime = Annotated[
    bool,
    Option("--request-time", help="Say when each row is asked for: a feature, request_time."),
]
EventFeatures = Annotated[
    str,
    Option(
        help="Columns of the interactions to keep: device:categorical,rating:numerical; types as "
        "for items. Encoded by what training has."
    ),
]
TimeGaps = Annotated[
    bool,
    Option("--time-gaps", help="Make a feature time_gap: log2 of the time since the event before."),
]
Users = Annotated[
    Path | None, Option(help="File with a row a user.", metavar="FILE", parser=expanded)
]
UsersId = Annotated[str | None, Option(help="Column of the user in it.")]
UserFeatures = Annotated[
    str, Option(help="Columns of it to use: gender:categorical,age:numerical; types as for items.")
]
Engine = Annotated[
    str,
    Option(
        help="What reads, counts and sorts the events: polars, on this machine, or an engine, such "
        "as spark."
    ),
]
EngineFields = Annotated[
    list[str] | None,
    Option("--set", help="A field of the engine: engine.FIELD=VALUE.", metavar="PATH=VALUE"),
]
