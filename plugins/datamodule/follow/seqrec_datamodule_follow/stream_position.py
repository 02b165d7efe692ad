"""Which files of a stream were trained on, and which may come next."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from seqrec_core.errors import DataError
from seqrec_datamodule_follow.arrivals import Arrival
from seqrec_datamodule_follow.trained_names import TrainedNames


@attrs.define
class Position:
    """How far a stream was read: `count` files whole, the last of them `last`, and then the
    first `batch` batches of `file`.

    `trained` knows each file that was read, whether or not it is still there.
    """

    count: int = 0
    last: str = ""
    trained: TrainedNames = attrs.field(factory=TrainedNames, eq=str)
    file: str | None = None
    digest: str = ""
    batch: int = 0

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> "Position":
        """From `state()`."""
        fields = {name: state[name] for name in attrs.fields_dict(cls)}
        return cls(**{**fields, "trained": TrainedNames(fields["trained"])})

    def state(self) -> dict[str, Any]:
        """Plain data for a checkpoint."""
        return {**attrs.asdict(self, recurse=False), "trained": str(self.trained)}

    @property
    def is_start(self) -> bool:
        """Whether nothing was read."""
        return not self.count and self.file is None

    def take(self, file: Arrival) -> None:
        """Counts a file as read, the newest."""
        self.trained.add(file.name, file.size)
        self.count, self.last = self.count + 1, file.name
        self.file, self.digest, self.batch = None, "", 0

    def coming(self, there: Sequence[Arrival]) -> Arrival | None:
        """The file to read from, or to go on with; None where all were read.

        Raises DataError where one that was read has changed, one came before it, or the one to go
        on with is gone.
        """
        newest = self.file or self.last
        for each in there:
            if self.trained.has_other(each.name, each.size):
                raise DataError(
                    f"{each.place} was trained on when it had another length; it has {each.size:,} "
                    "bytes now: restore it, and bring what is new in a file of its own"
                )
            if each.name < newest and each.name not in self.trained:
                raise DataError(
                    f"{each.place} has come before {newest!r}, which was trained on: files are "
                    "read in the order of their names; if its rows are new, rename it to one that "
                    "sorts behind all others; if a file under another name had them, remove it, "
                    "since renamed they would be trained on twice"
                )
        new = [each for each in there if each.name > self.last]
        if self.file is not None and (not new or new[0].name != self.file):
            raise DataError(
                f"{self.file!r} is gone, of which {self.batch:,} batches were trained on; restore "
                "it, and go on with --resume"
            )
        return new[0] if new else None
