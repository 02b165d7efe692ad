"""What a preparation did, as report.json holds it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqrec_tool_prepare import buckets
from seqrec_tool_prepare.catalogue import Catalogue
from seqrec_tool_prepare.defaults import lengths_report
from seqrec_tool_prepare.interactions import Interactions, Survey
from seqrec_tool_prepare.ordering import Order
from seqrec_tool_prepare.split_tally import Tally

__all__ = ["Report", "preparation_report"]

Report = dict[str, Any]


def preparation_report(
    options: Mapping[str, Any],
    events: Interactions,
    survey: Survey,
    order: Order,
    catalogue: Catalogue,
    begins: list[float] | None,
    tally: Tally,
) -> Report:
    """Everything a user should know, in plain JSON types; no path, so that runs are comparable.

    `options` are the arguments of the preparation by name; `begins` the exact times at which
    validation and test begin, None where one event is left out.
    """
    clock, table = survey.clock, events.table
    starts = [] if begins is None or clock is None else [clock.stored(at).item() for at in begins]
    return {
        "source": {"file": table.path.name, "format": table.format, "columns": events.columns},
        "settings": _settings(options, catalogue),
        "read": _read(survey),
        "dropped": _dropped(options, survey, order, catalogue),
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


def _settings(options: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    types = catalogue.features.types if catalogue.features else {}
    return {
        **{name: value for name, value in options.items() if name not in ("file", "out")},
        "items": options["items"] and Path(options["items"]).name,
        "item_features": {name: kind.value for name, kind in types.items()},
        "bucket_events": buckets.BUCKET_EVENTS,
    }


def _read(survey: Survey) -> dict[str, int]:
    """Users and items are counted after the filter on ratings, so only without it are they all."""
    if survey.below_min_rating:
        return {"events": survey.read}
    return _counts(len(survey.users), len(survey.items), survey.read)


def _dropped(
    options: Mapping[str, Any], survey: Survey, order: Order, catalogue: Catalogue
) -> list[dict[str, Any]]:
    core, repeated = catalogue.core, order.repeated * options["drop_repeated"]
    left = survey.read - survey.below_min_rating - repeated
    few = (
        f"users of fewer than {options['min_user_count']} events, items of fewer than "
        f"{options['min_item_count']} ({core.rounds} rounds)"
    )
    drops: list[dict[str, Any]] = [
        {"reason": f"rating below {options['min_rating']}", "events": survey.below_min_rating},
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
