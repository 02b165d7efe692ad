"""Which files of a stream were trained on, and which may come next."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from seqrec_core.errors import DataError
from seqrec_datamodule_follow.arrivals import Arrival


@attrs.define
class Position:
    """How far a stream was read: `count` files whole, the last of them `last`, and then the
    first `batch` batches of `file`.

    `sizes` has the bytes of files that were read and are still there: older ones may be removed.
    """

    count: int = 0
    last: str = ""
    sizes: dict[str, int] = attrs.Factory(dict)
    file: str | None = None
    digest: str = ""
    batch: int = 0

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> "Position":
        """From `state()`."""
        fields = {name: state[name] for name in attrs.fields_dict(cls)}
        return cls(**{**fields, "sizes": dict(fields["sizes"])})

    def state(self) -> dict[str, Any]:
        """Plain data for a checkpoint."""
        return attrs.asdict(self)

    def take(self, file: Arrival, there: Sequence[Arrival]) -> None:
        """Counts a file as read, the newest; forgets those that are gone."""
        names = {each.name for each in there}
        self.sizes = {name: size for name, size in self.sizes.items() if name in names}
        self.sizes[file.name] = file.size
        self.count, self.last, self.file, self.digest, self.batch = (
            self.count + 1,
            file.name,
            None,
            "",
            0,
        )

    def coming(self, there: Sequence[Arrival]) -> Arrival | None:
        """The file to read from, or to go on with; None where all were read.

        Raises DataError where one that was read has changed, one came before it, or the one to go
        on with is gone.
        """
        newest = self.file or self.last
        for each in there:
            known = self.sizes.get(each.name, each.size)
            if known != each.size:
                raise DataError(
                    f"{each.place} was trained on with {known:,} bytes and has {each.size:,} now; "
                    "restore it, and bring what is new in a file of its own"
                )
            if each.name < newest and each.name not in self.sizes:
                raise DataError(
                    f"{each.place} has come before {newest!r}, which was trained on: files are "
                    "read in the order of their names; rename it to one that sorts behind all "
                    "others, or remove it"
                )
        new = [each for each in there if each.name not in self.sizes and each.name != self.last]
        if self.file is not None and (not new or new[0].name != self.file):
            raise DataError(
                f"{self.file!r} is gone, of which {self.batch:,} batches were trained on; restore "
                "it, and go on with --resume"
            )
        return new[0] if new else None
