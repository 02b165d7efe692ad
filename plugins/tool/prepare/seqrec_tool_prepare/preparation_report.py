"""What a preparation did, as report.json holds it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqrec_tool_prepare import buckets
from seqrec_tool_prepare.catalogue import Catalogue
from seqrec_tool_prepare.column_choice import runs_backwards
from seqrec_tool_prepare.defaults import lengths_report
from seqrec_tool_prepare.external_ids import placeholders
from seqrec_tool_prepare.interactions import Interactions
from seqrec_tool_prepare.ordering import Order
from seqrec_tool_prepare.side_features import SideTable
from seqrec_tool_prepare.split_tally import Tally
from seqrec_tool_prepare.survey import Survey

__all__ = ["Report", "preparation_report"]

Report = dict[str, Any]
_LATER = (  # options that are stated where they are used
    *("all_items", "users", "users_id", "user_features", "event_features"),
    *("keep_time", "time_gaps", "request_time", "columns", "separator"),
)


def preparation_report(
    options: Mapping[str, Any],
    events: Interactions,
    survey: Survey,
    order: Order,
    catalogue: Catalogue,
    begins: list[float] | None,
    tally: Tally,
    lost: Mapping[str, Any] | None = None,
) -> Report:
    """Everything a user should know, in plain JSON types; no path, so that runs are comparable.

    `options` are the arguments of the preparation by name; `begins` the exact times at which
    validation and test begin, None where one event is left out; `lost` are the events of items
    that are not known.
    """
    clock, table, choice = survey.clock, events.table, events.choice
    starts = [] if begins is None or clock is None else [clock.stored(at).item() for at in begins]
    return {
        "source": {
            "file": table.name,
            "format": table.format,
            "columns": events.columns,
            "also_likely": {role: list(names) for role, names in choice.others.items()},
            "one_value": list(choice.constant),
            "unused": [name for name in table.columns if name not in _used(events)],
            "backwards_by": _backwards(events),
            **({"empty_lists": events.empty_lists} if events.empty_lists else {}),
        },
        "settings": _settings(options, catalogue),
        "read": _read(survey),
        "dropped": _dropped(options, survey, order, catalogue, lost),
        "kept": _counts(
            catalogue.core.users.sum(), catalogue.core.items.sum(), catalogue.core.events
        ),
        "placeholders": _placeholders(survey),
        "order": {
            "by": "file" if clock is None else "timestamp",
            "moved": order.moved,
            "first_moved": None if order.first_moved is None else table.place(order.first_moved),
            "tied": tally.tied,
            "tied_cuts": tally.tied_cuts,
            "repeated": tally.repeated,
            "odd_times": order.odd_times,
        },
        "begins": dict(zip(("validate", "test"), starts, strict=False)),
        "short_users": tally.short_users,
        "splits": tally.splits(),
        "lengths": lengths_report(tally.train_lengths),
        "item_features": _features(catalogue),
    }


def _settings(options: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    types = catalogue.features.types if catalogue.features else {}
    source = {"ids_from": Path(options["ids_from"] or "").name, "new_items": options["new_items"]}
    left_out = ("file", "out", "engine", "engine_fields", *source, *_LATER)
    return {
        **{name: value for name, value in options.items() if name not in left_out},
        **(source if options["ids_from"] else {}),
        **{name: options[name] for name in _LATER if options[name]},
        **({"users": Path(options["users"]).name} if options["users"] else {}),
        "items": options["items"] and Path(options["items"]).name,
        "item_features": {name: kind.value for name, kind in types.items()},
        "bucket_events": buckets.BUCKET_EVENTS,
    }


def _used(events: Interactions) -> set[str]:
    """The columns that something is made of."""
    return {*events.columns.values(), *(column.feature.name for column in events.features)}


def _read(survey: Survey) -> dict[str, int]:
    """Users and items are counted after rows were left out, so only without that are they all."""
    if survey.below_min_rating or survey.incomplete:
        return {"events": survey.read}
    return _counts(len(survey.users), len(survey.items), survey.read)


def _dropped(
    options: Mapping[str, Any],
    survey: Survey,
    order: Order,
    catalogue: Catalogue,
    lost: Mapping[str, Any] | None,
) -> list[dict[str, Any]]:
    core, incomplete = catalogue.core, sum(survey.incomplete.values())
    left = survey.read - incomplete - survey.below_min_rating - order.dropped
    left -= lost["events"] if lost else 0
    few = (
        f"users of fewer than {options['min_user_count']} events, items of fewer than "
        f"{options['min_item_count']} ({core.rounds} rounds)"
    )
    drops: list[dict[str, Any]] = [
        *({"reason": f"no {role}", "events": n} for role, n in survey.incomplete.items()),
        {"reason": f"rating below {options['min_rating']}", "events": survey.below_min_rating},
        *([dict(lost)] if lost else []),
        {"reason": "repeats user, item and timestamp", "events": order.dropped},
        {"reason": few} | _counts((~core.users).sum(), (~core.items).sum(), left - core.events),
    ]
    return [drop for drop in drops if drop["events"]]


def _counts(users: int, items: int, events: int) -> dict[str, int]:
    return {"users": int(users), "items": int(items), "events": int(events)}


def _backwards(events: Interactions) -> list[str]:
    """Likely times that were not used and by which the rows run backwards."""
    user, unused = events.columns["user"], events.choice.others.get("timestamp", ())
    return [name for name in unused if runs_backwards(events.table, user, name)]


def _placeholders(survey: Survey) -> dict[str, dict[str, int]]:
    """Events by ids that look like text for a missing value."""
    counts = {}
    for role, ids in (("user", survey.users), ("item", survey.items)):
        rows = ids.filter(placeholders(ids["key"]))
        counts[role] = dict(zip(rows["key"].to_list(), rows["count"].to_list(), strict=True))
    return {role: count for role, count in counts.items() if count}


def _unknown(side: SideTable) -> dict[str, Any]:
    """Values of categories that an earlier encoding does not have."""
    counts = {name: one.unknown for name, one in side.features.items() if one.unknown}
    return {"unknown": counts} if counts else {}


def _features(catalogue: Catalogue) -> dict[str, Any]:
    if catalogue.features is None:
        return {}
    cold = len(catalogue.items) - int(catalogue.core.items.sum())
    return {
        **({} if catalogue.places is None else {"cold_items": cold}),
        "items_without_row": catalogue.features.without_row,
        "rows_without_events": catalogue.features.without_events,
        "examples": [
            catalogue.features.example_without_row,
            catalogue.features.example_without_events,
        ],
        "missing": {name: one.missing for name, one in catalogue.features.features.items()},
        **_unknown(catalogue.features),
    }
