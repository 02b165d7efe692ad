"""Whether there is anything to find: targets that are missing, unknown, or hidden as seen."""

from collections.abc import Iterator, Mapping

import numpy as np

from seqrec_library_data_checks.expectation import Expectation
from seqrec_library_data_checks.finding import ERROR, NOTICE, Finding
from seqrec_library_data_checks.nested_values import NestedValues


class Targets:
    """Counts the targets of the rows of a file; those outside the catalogue are not seen ones."""

    def __init__(self, file: str, item: Expectation, is_filtered: bool):
        self.file, self.is_filtered = file, is_filtered
        self.highest = 2**40 if item.highest is None else item.highest
        self.number, self.unknown, self.seen = 0, 0, 0
        self.first_unknown: tuple[int, int] | None = None  # row, id
        self.first_seen: tuple[int, int] | None = None

    def add(self, columns: Mapping[str, NestedValues], first_row: int) -> None:
        """Counts those of some rows, by the columns `ground_truth` and `seen_ids`."""
        truth, seen = columns.get("ground_truth"), columns.get("seen_ids")
        if truth is None:
            return
        rows = truth.rows_of(np.arange(len(truth.leaf)))
        is_target = truth.numbers >= 0
        ids, rows = truth.numbers[is_target].astype(np.int64), rows[is_target]
        self.number += len(ids)
        beyond = np.flatnonzero(ids > self.highest)
        self.unknown += len(beyond)
        if len(beyond) and self.first_unknown is None:
            self.first_unknown = first_row + int(rows[beyond[0]]), int(ids[beyond[0]])
        if seen is None:
            return
        places = np.flatnonzero(ids <= self.highest)
        seen_rows = np.repeat(np.arange(seen.rows), seen.lengths())
        is_item = (seen.numbers >= 0) & (seen.numbers <= self.highest)
        size = self.highest + 1
        keys = seen_rows[is_item] * size + seen.numbers[is_item].astype(np.int64)
        hidden = places[np.isin(rows[places] * size + ids[places], keys)]
        self.seen += len(hidden)
        if len(hidden) and self.first_seen is None:
            self.first_seen = first_row + int(rows[hidden[0]]), int(ids[hidden[0]])

    def findings(self) -> Iterator[Finding]:
        """What was counted."""
        if self.first_unknown is not None:
            row, target = self.first_unknown
            yield Finding(
                severity=NOTICE, file=self.file, column="ground_truth", row=row,
                count=self.unknown,
                message=f"{target} is no item of the catalogue, and counts as a miss; so do "
                f"{self.unknown:,} of {self.number:,} targets",
                remedy="prepare the data again, unless such items are meant",
            )  # fmt: skip
        if self.first_seen is not None:
            row, target = self.first_seen
            hides_all = self.is_filtered and self.seen == self.number
            yield Finding(
                severity=ERROR if hides_all else NOTICE, file=self.file, column="ground_truth",
                row=row, count=self.seen,
                message=f"{target} stands in seen_ids of its row, and the filter of seen items "
                f"hides it; so {self.seen:,} of {self.number:,} targets",
                remedy="take the filter out with --set 'postprocessors=[]', unless that is meant",
            )  # fmt: skip
