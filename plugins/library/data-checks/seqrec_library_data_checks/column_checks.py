"""What is wrong in the numbers of one column of some rows: exact, and without a loop over rows."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seqrec_library_data_checks.expectation import EVALUATION, Expectation
from seqrec_library_data_checks.finding import ERROR, NOTICE, Finding
from seqrec_library_data_checks.nested_values import Indices, NestedValues

PREPARE = "prepare the data again"


class ColumnCheck:
    """The checks of one column of some rows, of which the first is `first_row` of a file.

    Its type is as expected. `events` are the lengths of the lists of items in these rows.
    """

    def __init__(
        self,
        array: pa.Array,
        expectation: Expectation,
        file: str,
        first_row: int,
        events: Indices | None = None,
    ):
        self.values = NestedValues(array)
        self.expectation, self.file, self.first_row = expectation, file, first_row
        self.events = events

    def faults(self) -> Iterator[Finding]:
        """What a model cannot be given: nulls, ids out of range, lists of the wrong length."""
        depth = self.expectation.depth
        if depth or self.expectation.is_query or self.expectation.is_request:
            remedy = "write an empty list, or a number" if depth else "give each row a number"
            nulls = self.values.null_rows()
            yield from self._finding(nulls, "null list, or a null in the list" if depth else "null",
                                   remedy)  # fmt: skip
        yield from self._ids()
        yield from self._widths()
        yield from self._lengths()

    def not_finite(self) -> Iterator[Finding]:
        """Numbers that are NaN or infinite."""
        if pa.types.is_floating(self.values.leaf.type):
            numbers = self.values.numbers
            places = np.flatnonzero(~np.isfinite(numbers))
            said = f"{numbers[places[0]]} is no finite number" if len(places) else ""
            remedy = "write a number: one for unknown, such as 0, or the mean"
            yield from self._finding(self.values.rows_of(places), said, remedy)

    def _ids(self) -> Iterator[Finding]:
        """Ids below 0, beyond the highest, and the padding id where an id should be."""
        it, highest = self.expectation, self.expectation.highest
        if highest is None or not len(self.values.leaf):
            return
        low, high = pc.min_max(self.values.leaf).values()
        if low.as_py() is None:
            return
        has_inner_padding = it.padding is not None and 0 <= it.padding <= highest
        if low.as_py() >= 0 and high.as_py() <= highest and not has_inner_padding:
            return
        numbers = self.values.numbers
        is_id = np.asarray(self.values.leaf.is_valid()) if self.values.leaf.null_count else True
        is_padding = (numbers == it.padding) & is_id
        beyond = ((numbers < 0) | (numbers > highest)) & ~is_padding & is_id
        if it.is_item and it.padding == it.cardinality and beyond.any():  # one of too many ids
            is_padding, beyond = is_padding & False, beyond | is_padding
        top = f"0 to {highest}"
        if has_inner_padding:
            top += f" without {it.padding}"
        if it.is_item:
            said, remedy = "is the padding id, which is no item", f"take it out: ids are {top}"
            yield from self._strange(is_padding, said, remedy)
        yield from self._strange(
            beyond, f"is no id of the schema, whose ids are {top}",
            f"set the cardinality to that of the data, or {PREPARE}",
        )  # fmt: skip

    def _strange(
        self, is_strange: NDArray[np.bool_], said: str, remedy: str, severity: str = ERROR
    ) -> Iterator[Finding]:
        places = np.flatnonzero(is_strange)
        if len(places):
            said = f"{self.values.numbers[places[0]]} {said}"
            yield from self._finding(self.values.rows_of(places), said, remedy, severity)

    def _widths(self) -> Iterator[Finding]:
        """Innermost lists that are longer than `tensor_dim`, or, of numbers, shorter."""
        it = self.expectation
        if it.width is None or not self.values.offsets:
            return
        dimension = len(self.values.offsets) - 1
        lengths = self.values.lengths(dimension)
        is_wrong = lengths > it.width
        if not it.is_id:
            is_wrong |= (lengths < it.width) & (lengths > 0)
        if is_wrong.any():
            places = np.flatnonzero(is_wrong)
            most = "at most " if it.is_id else ""
            yield from self._finding(
                self.values.rows_of(places, dimension),
                f"a list of {lengths[places[0]]} values, where tensor_dim says {most}{it.width}",
                "set tensor_dim to that of the data, or write lists of that length",
            )

    def _lengths(self) -> Iterator[Finding]:
        """Rows with another number of values than of items."""
        if self.events is None or not self.expectation.is_event or not self.values.offsets:
            return
        lengths = self.values.lengths()
        if lengths is not self.events and not np.array_equal(lengths, self.events):
            rows = np.flatnonzero(lengths != self.events)
            yield from self._finding(
                rows,
                f"{lengths[rows[0]]} values for {self.events[rows[0]]} items",
                "write one value for each event",
            )

    def oddities(self) -> Iterator[Finding]:
        """What a run can live with: empty lists, and other ids where evaluation pads."""
        it = self.expectation
        if it.padding is not None and not it.is_item and len(self.values.leaf):
            said, remedy = "is the padding id: nothing is known", "count ids from 0, if it is one"
            is_padding = self.values.numbers == it.padding
            if self.values.leaf.null_count:
                is_padding &= np.asarray(self.values.leaf.is_valid())
            yield from self._strange(is_padding, said, remedy, NOTICE)
        is_truth = it.name == "ground_truth"
        if it.depth and (is_truth or (it.is_needed and self.events is None)):
            rows = np.flatnonzero(self.values.lengths() == 0)
            said, remedy = "an empty list", "leave the row out, unless that is meant"
            yield from self._finding(rows, said, remedy, NOTICE)
        if it.name in EVALUATION and it.cardinality is None and len(self.values.leaf):
            places = np.flatnonzero(self.values.numbers < -1)
            if len(places):
                said = f"{self.values.numbers[places[0]]} is no id, and counts as padding"
                remedy = "write ids from 0, and -1 for nothing"
                yield from self._finding(self.values.rows_of(places), said, remedy, NOTICE)

    def _finding(
        self, rows: Indices, message: str, remedy: str, severity: str = ERROR
    ) -> Iterator[Finding]:
        """A finding for these rows, where there are any."""
        if len(rows):
            yield Finding(
                severity=severity,
                file=self.file,
                column=self.expectation.name,
                row=self.first_row + int(rows[0]),
                message=message,
                remedy=remedy,
                count=len(np.unique(rows)),
            )
