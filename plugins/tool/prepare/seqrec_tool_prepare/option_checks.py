"""Options of `data prepare` that cannot do what they say, refused.

Options are named here as arguments of the function: `validate_from` for --validate-from.
"""

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any, get_args

from seqrec_core.errors import DataError
from seqrec_tool_prepare.interactions import Interactions
from seqrec_tool_prepare.preparation_options import NewItems, Order, Split

__all__ = ["DECIDED", "changed", "check_choices", "refuse_idle", "refuse_untimed"]

_NEEDED = {  # without one of the second the first does nothing
    "validate_from": ("split",),
    "test_from": ("split",),
    "rating": ("min_rating",),
    "items_id": ("items",),
    "item_features": ("items",),
    "all_items": ("items",),
    "list_separator": ("items", "event_features", "users", "ids_from"),
    "items": ("item_features", "all_items", "new_items"),
    "users_id": ("users",),
    "user_features": ("users",),
    "users": ("user_features", "ids_from"),
    "new_items": ("ids_from",),
}
_TIMED = ("time_format", "split", "drop_repeated", "keep_time", "time_gaps", "request_time")
DECIDED = (
    *("item_features", "event_features", "user_features"),
    *("keep_time", "time_gaps", "request_time", "all_items"),
)
"""Options that do not go with --ids-from, whose data has decided them."""
_COLUMNS = "column:type,…"
_VALUES = {"split": "global-time", "item_features": _COLUMNS, "user_features": _COLUMNS}
_VALUES |= {"event_features": _COLUMNS, "new_items": "append"}


def check_choices(options: Mapping[str, Any]) -> None:
    """DataError for a value of an option with choices that is none of them."""
    for option, choices in (("order", Order), ("split", Split), ("new_items", NewItems)):
        allowed = get_args(get_args(choices)[0])
        if options[option] not in allowed:
            raise DataError(
                f"{_flag(option)} {options[option]!r}: choose one of {', '.join(allowed)}"
            )


def changed(values: Mapping[str, Any], function: Callable[..., Any]) -> set[str]:
    """Names of the arguments of a function whose values are not their defaults.

    Values are compared as text, since the command line has the default "0.8" where Python may
    say 0.8.
    """
    defaults = {name: one.default for name, one in signature(function).parameters.items()}
    return {name for name, value in values.items() if str(value) != str(defaults[name])}


def refuse_idle(options: set[str]) -> None:
    """DataError where one of the changed `options` does nothing without another one."""
    for option, needed in _NEEDED.items():
        if option in options and not options.intersection(needed):
            if "ids_from" in options:
                needed = tuple(other for other in needed if other not in DECIDED) or needed
            others = " or ".join(map(_typed, needed))
            raise DataError(
                f"{_flag(option)} does nothing without {others}; add it, or leave it out"
            )


def refuse_untimed(options: set[str], events: Interactions) -> None:
    """DataError where one of the changed `options` needs times and the events have none."""
    for option in _TIMED:
        if option in options and "timestamp" not in events.columns:
            raise events.table.fault(
                f"{_typed(option)} needs a timestamp, and no column of {events.table.columns} is "
                "named like one; name it with --timestamp"
            )


def _flag(option: str) -> str:
    return "--" + option.replace("_", "-")


def _typed(option: str) -> str:
    """The option as it must be typed to matter here."""
    return f"{_flag(option)} {_VALUES[option]}" if option in _VALUES else _flag(option)
