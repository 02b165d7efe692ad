"""A report for people: tables for the terminal, and sentences on what was odd."""

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from seqrec_core.terminal import table
from seqrec_tool_prepare.preparation_report import Report

__all__ = ["notices", "render"]

_COUNTS = ("users", "items", "events")
_SPLIT_COUNTS = ("users", "events", "cold_items", "cold_events")


def render(report: Report) -> RenderableType:
    """What was read, dropped and kept; the splits; the notices."""
    return Group(_events(report), _splits(report), *(f"• {line}" for line in notices(report)))


def notices(report: Report) -> list[str]:
    """Sentences on what the user should know; none where nothing was odd."""
    return [
        *_order_notices(report),
        *_length_notices(report),
        *_split_notices(report),
        *_feature_notices(report),
    ]


def _events(report: Report) -> Table:
    source = report["source"]
    events = table(f"{source['file']} ({source['format']})", *_COUNTS, right=len(_COUNTS))
    _add(events, "read", report["read"], _COUNTS)
    for drop in report["dropped"]:
        _add(events, f"dropped: {drop['reason']}", drop, _COUNTS)
    _add(events, "kept", report["kept"], _COUNTS)
    return events


def _splits(report: Report) -> Table:
    begins = report["begins"]
    titles = (name.replace("_", " ") for name in _SPLIT_COUNTS)
    splits = table(report["settings"]["split"], *titles, right=len(_SPLIT_COUNTS))
    for name, counts in report["splits"].items():
        title = f"{name}, from {begins[name]}" if name in begins else name
        _add(splits, title, counts, _SPLIT_COUNTS)
    return splits


def _add(rows: Table, name: str, counts: dict[str, Any], keys: tuple[str, ...]) -> None:
    rows.add_row(name, *(f"{counts[key]:,}" if key in counts else "" for key in keys))


def _order_notices(report: Report) -> list[str]:
    order, lines = report["order"], []
    if order["by"] == "file":
        lines.append("no timestamp column: the order of the file is the order in time")
    if order["moved"]:
        lines.append(
            f"{_count(order['moved'], 'event')} behind a later one of the same user, the first at "
            f"{order['first_moved']}: sorted by time"
        )
    if order["tied"]:
        lines.append(
            f"{_count(order['tied'], 'event')} with user and timestamp of another one: in the "
            f"order of the file, which decides the split of {_count(order['tied_cuts'], 'user')}; "
            "training draws a new order each epoch (data.tie_column)"
        )
    if order["repeated"] and not report["settings"]["drop_repeated"]:
        lines.append(
            f"{_count(order['repeated'], 'event')} with user, item and timestamp of an earlier "
            "one: kept, --drop-repeated drops them"
        )
    return lines


def _length_notices(report: Report) -> list[str]:
    lengths = report["lengths"]
    if lengths["longest"] <= lengths["max_sequence_length"]:
        return []
    return [
        f"up to {lengths['longest']:,} training events of a user: the last "
        f"{lengths['max_sequence_length']} hold {lengths['held']:.1%} of all "
        "(model.max_sequence_length)"
    ]


def _split_notices(report: Report) -> list[str]:
    lines = []
    if report["short_users"] and report["settings"]["split"] == "leave-one-out":
        users = _count(report["short_users"], "user")
        lines.append(f"{users} with fewer than 3 events: in train alone")
    for name in ("validate", "test"):
        counts = report["splits"][name]
        if counts["without_history"]:
            users = _count(counts["without_history"], "user")
            lines.append(f"{users} with events in {name} and none before: left out of it")
        if counts["cold_items"]:
            lines.append(
                f"{_count(counts['cold_items'], 'item')} in {name} and not in train, in "
                f"{_count(counts['cold_events'], 'event')}: kept, with an id"
            )
        if not counts["users"]:
            lines.append(f"{name} is empty: no user has an event in it and history before it")
    return lines


def _feature_notices(report: Report) -> list[str]:
    features = report["item_features"]
    if not features:
        return []
    lines = []
    if features["items_without_row"]:
        lines.append(
            f"{_count(features['items_without_row'], 'item')} without row in the items file"
        )
    if features["rows_without_events"]:
        rows = _count(features["rows_without_events"], "row")
        lines.append(f"{rows} of the items file without event: left out")
    missing = features["missing"].items()
    return lines + [
        f"{_count(number, 'item')} without {name}" for name, number in missing if number
    ]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
