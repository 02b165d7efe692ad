"""What a client gets instead of an answer: a status, and where, what and how to mend it."""

import json
from collections.abc import Mapping
from typing import Any

from seqrec_core.terminal import printable

__all__ = ["RefusalError", "unknown_item"]

_MOST = 200  # characters of a value


class RefusalError(Exception):
    """A request, or one question of it, is not answered.

    `where` names the place in the request, `value` is what stands there, shortened, `remedy` says
    in one sentence what is wrong and what to do.
    """

    def __init__(
        self,
        status: int,
        where: str,
        value: Any,
        remedy: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, where, remedy)
        self.status, self.where, self.value, self.remedy = status, where, value, remedy
        self.headers = dict(headers or {})

    def within(self, place: str) -> "RefusalError":
        """The same, seen from a request that has the question at this place."""
        where = f"{place}.{self.where}" if self.where else place
        return RefusalError(self.status, where, self.value, self.remedy, self.headers)

    def content(self) -> dict[str, Any]:
        """The JSON that says it."""
        value, remedy = _brief(self.value), printable(self.remedy)[:1_000]
        return {"error": {"where": self.where, "value": value, "remedy": remedy}}


def unknown_item(where: str, item: Any) -> RefusalError:
    """The refusal of an item that the model does not have."""
    remedy = "the model does not know this item; leave it out, or set skip_unknown to true"
    return RefusalError(422, where, item, remedy)


def _brief(value: Any) -> Any:
    """The value, or the beginning of its text where that is long."""
    if value is None or isinstance(value, bool | int | float):
        return value
    is_text = isinstance(value, str)
    try:
        text = value if is_text else json.dumps(value, default=str, ensure_ascii=False)
    except RecursionError:
        return "lists or objects within each other, too many to show"
    if len(text) > _MOST or is_text:
        return text if len(text) <= _MOST else f"{text[:_MOST]}… ({len(text):,} characters)"
    return value
