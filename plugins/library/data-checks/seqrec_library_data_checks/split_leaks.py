"""Whether training knows what evaluation asks: histories of training beyond those of a split."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from seqrec_library_data_checks.finding import Finding
from seqrec_library_data_checks.split_rows import SplitRows

Numbers = NDArray[np.int64]


def leaks(train: Sequence[SplitRows], split: Sequence[SplitRows]) -> Iterator[Finding]:
    """Users whose training goes beyond the history that a split predicts from.

    It does where its last event is later, or, without times, where it has more events.
    """
    measure = "times" if all(_is_timed(rows) for rows in (*train, *split)) else "events"
    queries = np.concatenate([rows.column("query") for rows in train])
    ends = np.concatenate([rows.column(measure) for rows in train])
    if not len(queries) or len(queries) != len(ends):
        return
    users, last = _latest(queries, ends)
    for rows in split:
        asked, starts = rows.column("query"), rows.column(measure)
        if len(asked) != len(starts):
            continue
        places = np.searchsorted(users, asked).clip(max=len(users) - 1)
        is_beyond = (users[places] == asked) & (last[places] > starts)
        if is_beyond.any():
            row = int(np.flatnonzero(is_beyond)[0])
            what = "later events" if measure == "times" else "more events"
            yield Finding(
                file=rows.file, column=rows.query, row=row, count=int(is_beyond.sum()),
                message=f"{asked[row]} has {what} in {train[0].file} than here: what is to be "
                "predicted is trained on",
                remedy="cut the histories of training where those of the split end",
            )  # fmt: skip


def _is_timed(rows: SplitRows) -> bool:
    return bool(rows.column("times").any())


def _latest(queries: Numbers, ends: Numbers) -> tuple[Numbers, Numbers]:
    """Each user once, and the latest end of any row."""
    order = np.lexsort((ends, queries))
    queries, ends = queries[order], ends[order]
    is_last = np.append(queries[1:] != queries[:-1], True)
    return queries[is_last], ends[is_last]
