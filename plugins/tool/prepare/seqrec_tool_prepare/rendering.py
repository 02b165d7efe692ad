"""A report for people: tables for the terminal, and sentences on what was odd."""

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from seqrec_core.terminal import printable, table
from seqrec_tool_prepare.defaults import is_repeat_consumption
from seqrec_tool_prepare.preparation_report import Report

__all__ = ["notices", "render"]

_MOST_NAMES = 12
_COUNTS = ("users", "items", "events")
_SPLIT_COUNTS = ("users", "events", "cold_items", "cold_events")


def render(report: Report) -> RenderableType:
    """What was read, dropped and kept; the splits; the columns that were chosen; the notices."""
    lines = [_columns(report), *_kept(report), *(f"• {line}" for line in notices(report))]
    return Group(_events(report), _splits(report), *map(printable, lines))


def notices(report: Report) -> list[str]:
    """Sentences on what the user should know; none where nothing was odd."""
    return [
        *_column_notices(report),
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


def _columns(report: Report) -> str:
    """The column of each role, and others that would do."""
    source, parts = report["source"], []
    roles = {role: source["columns"].get(role) for role in ("user", "item", "timestamp")}
    rating = report["settings"].get("min_rating") is not None
    roles |= {"rating": source["columns"]["rating"]} if rating else {}
    for role, name in roles.items():
        others = ", ".join(source["also_likely"].get(role, ()))
        chosen = "none, the order of the file" if name is None else name
        label = "time" if role == "timestamp" else role
        parts.append(f"{label}: {chosen}" + (f" (also likely: {others})" if others else ""))
    return f"columns: {'; '.join(parts)}"


def _kept(report: Report) -> list[str]:
    """The features of events, users and requests, where any are kept."""
    sources = {"interactions": "events", "query_features": "users"}
    names: dict[str, list[str]] = {}
    for name, feature in report.get("features", {}).items():
        owner = "requests" if name == "request_time" else sources[feature["source"]]
        names.setdefault(owner, []).append(f"{name} ({feature['type']})")
    parts = [f"of {source}: {', '.join(features)}" for source, features in names.items()]
    return [f"features {'; '.join(parts)}"] if parts else []


def _column_notices(report: Report) -> list[str]:
    source, kept, lines = report["source"], report["kept"], []
    if new := report.get("new_ids"):
        ids_from = report["settings"]["ids_from"]
        lines.append(
            f"ids of {ids_from}; new are {_count(new['users'], 'user')}, "
            f"{_count(new['items'], 'item')}"
        )
    for noun in ("user", "item"):
        if kept[f"{noun}s"] == 1:
            lines.append(
                f"ONE {noun} only: {source['columns'][noun]!r} has one value in all events that "
                f"are kept; name another column with --{noun} if it should not"
            )
    for name in source["one_value"]:
        lines.append(f"column {name!r} has one value, or none, in all rows: not chosen")
    for name in source["backwards_by"]:
        lines.append(
            f"the rows run BACKWARDS by {name!r}: if that is the time, say --timestamp {name}"
        )
    if number := source.get("empty_lists"):
        rows = f"{_count(number, 'row')} with an empty list of {source['columns']['item']!r}"
        lines.append(f"{rows}: no event, and no user unless another row has one")
    if source["unused"]:
        names = ", ".join(source["unused"][:_MOST_NAMES])
        more = len(source["unused"]) - _MOST_NAMES
        lines.append(f"not used: {names}{f' and {more} more' if more > 0 else ''}")
    for role, counts in report["placeholders"].items():
        for name, events in counts.items():
            lines.append(
                f"{name!r} is the {role} of {_count(events, 'event')}: if it stands for a missing "
                "value, take these rows out"
            )
    return lines


def _order_notices(report: Report) -> list[str]:
    order, lines = report["order"], []
    if order["by"] == "file":
        likely = report["source"]["also_likely"].get("timestamp")
        remedy = f"; --timestamp {likely[0]} would sort by it" if likely else ""
        lines.append(f"no timestamp column: the order of the file is the order in time{remedy}")
    for name, odd in order["odd_times"].items():
        events = _count(odd["events"], "event")
        lines.append(f"{events} dated {name.replace('_', ' ')}, the first at {odd['first']}")
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
    unfiltered = "--set 'postprocessors=[]' turns it off"
    if is_repeat_consumption(report):
        unfiltered = "`seqrec init` therefore writes a spec without that filter"
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
        if counts["seen_events"]:
            lines.append(
                f"{counts['seen_events']:,} of {_count(counts['events'], f'{name} target')} "
                f"{'is' if counts['events'] == 1 else 'are'} in the history of the user: the "
                "filter of seen items takes "
                f"{'it' if counts['seen_events'] == 1 else 'them'} out ({unfiltered})"
            )
        if not counts["users"]:
            lines.append(f"{name} is empty: no user has an event in it and history before it")
    return lines


def _feature_notices(report: Report) -> list[str]:
    lines = _side_notices(report["item_features"], "item", "items")
    lines += _side_notices(report.get("user_features", {}), "user", "users")
    of_events = report.get("event_features", {"missing": {}, "unknown": {}})
    for name, number in of_events["missing"].items():
        if number:
            lines.append(f"{_count(number, 'event')} without {name}")
    known = "that the earlier data does not have"
    known = known if report.get("new_ids") else "behind training that it does not have"
    for name, number in of_events["unknown"].items():
        if number:
            lines.append(f"{_count(number, 'value')} of {name} {known}: unknown")
    return lines


def _side_notices(features: dict[str, Any], noun: str, file: str) -> list[str]:
    """What was odd in the file of items or users."""
    if not features:
        return []
    lines = []
    owner, row = (f", such as {one!r}" if one else "" for one in features["examples"])
    if number := features[f"{noun}s_without_row"]:
        lines.append(f"{_count(number, noun)} without row in the {file} file{owner}")
    if features["rows_without_events"]:
        rows = _count(features["rows_without_events"], "row")
        fate = "kept, with an id" if "cold_items" in features else "left out"
        lines.append(f"{rows} of the {file} file without event: {fate}{row}")
    missing = features["missing"].items()
    lines += [f"{_count(number, noun)} without {name}" for name, number in missing if number]
    return lines + [
        f"{_count(number, 'value')} of {name} that the earlier data does not have: missing"
        for name, number in features.get("unknown", {}).items()
    ]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
