"""What a preparation did, as report.json holds it."""

from pathlib import Path
from typing import Any

import attrs

from seqrec_tool_prepare.catalogue import Catalogue
from seqrec_tool_prepare.defaults import lengths_report
from seqrec_tool_prepare.interactions import Interactions, Survey
from seqrec_tool_prepare.ordering import Order
from seqrec_tool_prepare.settings import Settings
from seqrec_tool_prepare.tally import Tally

__all__ = ["Report", "make_report"]

Report = dict[str, Any]


def make_report(
    events: Interactions,
    settings: Settings,
    found: Survey,
    order: Order,
    catalogue: Catalogue,
    begins: list[float] | None,
    tally: Tally,
) -> Report:
    """Everything a user should know, in plain JSON types; no path, so that runs are comparable."""
    clock, table = found.clock, events.table
    starts = [] if begins is None or clock is None else [clock.stored(at).item() for at in begins]
    return {
        "source": {"file": table.path.name, "format": table.format, "columns": events.columns},
        "settings": _settings(settings),
        "read": _read(found),
        "dropped": _dropped(settings, found, order, catalogue),
        "kept": _counts(len(catalogue.users), len(catalogue.items), catalogue.core.events),
        "order": {
            "by": "file" if clock is None else "timestamp",
            "moved": order.moved,
            "first_moved": None if order.first_moved is None else table.place(order.first_moved),
            "tied": order.tied,
            "tied_cuts": tally.tied_cuts,
            "repeated": order.repeated,
        },
        "begins": dict(zip(("validate", "test"), starts, strict=False)),
        "short_users": tally.short_users,
        "splits": tally.splits(),
        "lengths": lengths_report(tally.train_lengths),
        "item_features": _features(catalogue),
    }


def _settings(settings: Settings) -> dict[str, Any]:
    given = attrs.asdict(settings, recurse=False)
    given["items"] = settings.items and Path(settings.items).name
    given["item_features"] = {part.name: part.type.value for part in settings.item_features}
    return given


def _read(found: Survey) -> dict[str, int]:
    """Users and items are counted after the filter on ratings, so only without it are they all."""
    if found.below_min_rating:
        return {"events": found.read}
    return _counts(len(found.users), len(found.items), found.read)


def _dropped(
    settings: Settings, found: Survey, order: Order, catalogue: Catalogue
) -> list[dict[str, Any]]:
    core, repeated = catalogue.core, order.repeated * settings.drop_repeated
    left = found.read - found.below_min_rating - repeated
    few = (
        f"users of fewer than {settings.min_user_count} events, items of fewer than "
        f"{settings.min_item_count} ({core.rounds} rounds)"
    )
    drops: list[dict[str, Any]] = [
        {"reason": f"rating below {settings.min_rating}", "events": found.below_min_rating},
        {"reason": "repeats user, item and timestamp", "events": repeated},
        {"reason": few} | _counts((~core.users).sum(), (~core.items).sum(), left - core.events),
    ]
    return [drop for drop in drops if drop["events"]]


def _counts(users: int, items: int, events: int) -> dict[str, int]:
    return {"users": int(users), "items": int(items), "events": int(events)}


def _features(catalogue: Catalogue) -> dict[str, Any]:
    if catalogue.features is None:
        return {}
    return {
        "items_without_row": catalogue.features.without_row,
        "rows_without_events": catalogue.features.without_events,
        "missing": {name: one.missing for name, one in catalogue.features.features.items()},
    }
