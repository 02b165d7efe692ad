"""Whether times are hardly meant: of several units in one column, before 1990, after tomorrow."""

import attrs
import numpy as np

from seqrec_tool_prepare.tables import Table
from seqrec_tool_prepare.timestamps import Clock

__all__ = ["TimeTally"]

_UNITS = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
_FROM, _UNTIL = 10**8, 10**10  # seconds of dates from 1973 to 2286
_EARLY = 631_152_000  # 1990-01-01
_DAY = 86_400


@attrs.define
class _Count:
    """How many events, and the first row of them."""

    number: int = 0
    row: int | None = None

    def add(self, mask: np.ndarray, rows: np.ndarray) -> None:
        if mask.any():
            first = int(rows[mask].min())
            self.number += int(mask.sum())
            self.row = first if self.row is None else min(self.row, first)

    def merge(self, other: "_Count") -> None:
        rows = [row for row in (self.row, other.row) if row is not None]
        self.number, self.row = self.number + other.number, min(rows, default=None)


class TimeTally:
    """Counts over buckets of exact times; `now` is the Unix time after which dates are odd."""

    def __init__(self, clock: Clock, now: float):
        self.clock = clock
        self.now = now
        self._most = -np.inf
        self._units = {name: _Count() for name in _UNITS}
        self._between = _Count()
        scales = {"": clock.ticks} if clock.is_date else _UNITS
        self._early = {scale: _Count() for scale in scales.values()}
        self._late = {scale: _Count() for scale in scales.values()}

    def add(self, times: np.ndarray, rows: np.ndarray) -> None:
        """Count times (E,) in rows (E,) of the file."""
        if not len(times):
            return
        self._most = max(self._most, float(times.max()))
        for scale, early in self._early.items():
            early.add(times < _EARLY * scale, rows)
            self._late[scale].add(times > (self.now + _DAY) * scale, rows)
        if not self.clock.is_date:
            outside = times >= _FROM
            for name, scale in _UNITS.items():
                inside = (times >= float(_FROM * scale)) & (times < float(_UNTIL * scale))
                self._units[name].add(inside, rows)
                outside &= ~inside
            self._between.add(outside, rows)

    def merge(self, other: "TimeTally") -> None:
        """Count what another one of this clock has counted."""
        self._most = max(self._most, other._most)
        for mine, others in (
            (self._units, other._units),
            (self._early, other._early),
            (self._late, other._late),
            ({"": self._between}, {"": other._between}),
        ):
            for key, count in others.items():
                mine[key].merge(count)  # type: ignore[index]

    def check(self, table: Table, column: str) -> None:
        """DataError for numbers of which some are dates in one unit and some in another.

        Units are told apart by size. Where numbers lie between the sizes of two units, it is a
        scale of its own and nothing is said.
        """
        units = {name: count for name, count in self._units.items() if count.number}
        if len(units) < 2 or self._between.number:
            return
        rare = min(units, key=lambda name: units[name].number)
        others = " and ".join(
            f"{n.number:,} in {name}" for name, n in units.items() if name != rare
        )
        row = units[rare].row
        assert row is not None
        raise table.fault(
            f"{table.value(column, row)!r} seems to count {rare}, as {units[rare].number:,} of the "
            f"times do, but {others}; write all in one unit",
            column=column,
            row=row,
        )

    def oddities(self, table: Table) -> dict[str, dict[str, object]]:
        """Number and first place of times before 1990 and after tomorrow, where there are any.

        Numbers that are no dates in any unit are not judged.
        """
        scales = [s for s in _UNITS.values() if _EARLY * s <= self._most < _UNTIL * s]
        scale = self.clock.ticks if self.clock.is_date else next(iter(scales), None)
        if scale is None:
            return {}
        counts = {"before_1990": self._early[scale], "after_tomorrow": self._late[scale]}
        return {
            name: {"events": count.number, "first": table.place(count.row)}
            for name, count in counts.items()
            if count.row is not None
        }
