"""Why a history cannot be read, and where in it."""

from typing import Any, Literal

import attrs

from seqrec_core.errors import DataError

__all__ = ["Place", "ReadingError", "UnknownItemError"]

Part = Literal["history", "user", "at"]


@attrs.frozen
class Place:
    """One history among several, by what errors call it; or an event of it, or what goes with it.

    `part` is `user` for the features of its user, `at` for the time of the request.
    """

    history: str
    part: Part = "history"
    number: int | None = None

    def __str__(self) -> str:
        return self.history if self.number is None else f"{self.history}, place {self.number}"


class ReadingError(DataError):
    """A history, or what goes with it, cannot be read.

    `place` says where, `said` what is wrong there and what to do.
    """

    def __init__(self, place: Place, said: str) -> None:
        super().__init__(f"{place}: {said}")
        self.place, self.said = place, said

    def __reduce__(self) -> tuple[Any, ...]:  # by pickle it comes from another process
        return type(self), (self.place, self.said)


class UnknownItemError(ReadingError):
    """An event's `item` is none that the model knows."""

    def __init__(self, place: Place, item: Any) -> None:
        super().__init__(
            place,
            f"{item!r} is no item that the model knows; leave it out, or let skip_unknown "
            "(--skip-unknown) do so",
        )
        self.item = item

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.place, self.item)
