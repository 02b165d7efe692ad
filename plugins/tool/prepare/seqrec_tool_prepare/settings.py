"""What a preparation can be told."""

from pathlib import Path
from typing import Literal

import attrs

from seqrec_tool_prepare.item_features import ItemFeature

__all__ = ["Settings"]

_one_of = attrs.validators.in_


@attrs.frozen(kw_only=True)
class Settings:
    """Options of `prepare`; the defaults take a file as it is and leave one out.

    `format` and the names of the columns are found out where None. `min_rating` drops events
    below it; users and items with fewer events than their minimum are dropped until none is
    left. `order` "file" trusts the file and refuses timestamps that go back. `split`
    "global-time" begins validation and test at `validate_from` and `test_from`: quantiles of the
    timestamps between 0 and 1, or timestamps. `items` is a file with a row an item, of which
    `item_features` are encoded. `bucket_events` bounds what is held in memory.
    """

    format: str | None = None
    user: str | None = None
    item: str | None = None
    timestamp: str | None = None
    rating: str | None = None
    time_format: str | None = None
    min_rating: float | None = None
    min_user_count: int = 1
    min_item_count: int = 1
    drop_repeated: bool = False
    order: Literal["time", "file"] = attrs.field(
        default="time", validator=_one_of(("time", "file"))
    )
    split: Literal["leave-one-out", "global-time"] = attrs.field(
        default="leave-one-out", validator=_one_of(("leave-one-out", "global-time"))
    )
    validate_from: float | str = 0.8
    test_from: float | str = 0.9
    items: str | Path | None = None
    items_id: str | None = None
    item_features: tuple[ItemFeature, ...] = ()
    list_separator: str | None = None
    bucket_events: int = 2_000_000
