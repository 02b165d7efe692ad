"""One thing that is wrong with data, and how such things are counted and told."""

from collections.abc import Iterable

import attrs

ERROR, NOTICE = "error", "notice"


@attrs.frozen(kw_only=True)
class Finding:
    """What is wrong, where it is first seen and how often, and what to do about it.

    An error makes a run fail or its numbers wrong; a notice is worth a look. `row` counts from 0
    within the file, None where no row is meant; `column` is "" where no column is.
    """

    severity: str = ERROR
    file: str
    column: str = ""
    row: int | None = None
    message: str
    remedy: str
    count: int = 1

    @property
    def place(self) -> str:
        """The row, and how many more there are."""
        more = f" and {self.count - 1:,} more" if self.count > 1 else ""
        return "" if self.row is None else f"row {self.row}{more}"

    @property
    def is_null(self) -> bool:
        """Whether something is missing in the row."""
        return self.message.startswith("null")

    def __str__(self) -> str:
        column = f"column {self.column!r}" if self.column else ""
        where = ", ".join(part for part in (column, self.place) if part)
        colon = " " if self.column and self.message.startswith("is ") else ": "
        return f"{self.file}: {where}{colon if where else ''}{self.message}; {self.remedy}"


def told_once(findings: Iterable[Finding]) -> list[Finding]:
    """One for each kind of a column of a file: the first, with the count of all; errors first.

    Findings are of one kind where their remedies are the same.
    """
    kinds: dict[tuple[str, ...], Finding] = {}
    for finding in findings:
        key = (finding.severity, finding.file, finding.column, finding.remedy)
        first = kinds.setdefault(key, finding)
        if first is not finding:
            kinds[key] = attrs.evolve(first, count=first.count + finding.count)
    return sorted(kinds.values(), key=lambda finding: finding.severity)
