"""A folder of prepared data: the names of its files, and what it says of itself.

schema.json       the features of the data, as specs write them
defaults.json     what a spec for the data should start with, where there is anything
items.parquet     row i for item id i: its id in the data, its count, its side features
users.parquet     query ids and the users of the data
features.json     how the values of each side feature became numbers
train, validate, test, predict .parquet     the splits
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs

from seqrec_core.errors import DataError
from seqrec_core.places import local
from seqrec_core.reading.json_text import object_of_file
from seqrec_core.spec.needs import SPLITS
from seqrec_core.whole_files import sync

__all__ = ["SPLITS", "DataFolder"]


@attrs.frozen
class DataFolder:
    """The folder at a path, which need not be there yet."""

    path: Path

    @property
    def schema(self) -> Path:
        """The features of the data; the last file that a preparation writes."""
        return self.path / "schema.json"

    @property
    def items(self) -> Path:
        """The map from item ids to the ids of the data."""
        return self.path / "items.parquet"

    @property
    def users(self) -> Path:
        """The map from query ids to the users of the data."""
        return self.path / "users.parquet"

    @property
    def encodings(self) -> Path:
        """How the values of side features became numbers."""
        return self.path / "features.json"

    @property
    def defaults(self) -> Path:
        """What a spec should start with."""
        return self.path / "defaults.json"

    def split(self, name: str) -> Path:
        """The rows of a split."""
        return self.path / f"{name}.parquet"

    @property
    def prepared(self) -> Path:
        """Where a preparation that is finished puts its files, before it moves them."""
        return self.path / ".prepared"

    @classmethod
    def described(cls, place: str | Path) -> "DataFolder":
        """The folder; of a URI a copy of what describes it, without the rows of its splits."""
        return cls(local(place, without=[f"{split}.parquet" for split in SPLITS]))

    def settle(self) -> bool:
        """Moves the files of a preparation that was cut short as it moved them; if there are any.

        schema.json goes first and comes last, so that nobody takes files of two preparations for
        one. Raises OSError where they cannot be moved.
        """
        if not self.prepared.is_dir():
            return False
        last = self.schema
        with suppress(FileNotFoundError):  # another process moves them, too
            if (self.prepared / last.name).exists():
                last.unlink(missing_ok=True)
            files = sorted(self.prepared.iterdir(), key=lambda file: (file.name == last.name, file))
            for file in files:
                file.replace(self.path / file.name)
            self.prepared.rmdir()
        sync(self.path)
        return True

    def features(self) -> Any:
        """The features as specs write them.

        Raises DataError where there is no schema, SpecError for one that is no JSON object.
        """
        self.settle()
        if not self.schema.is_file():
            raise DataError(f"{self.path} has no schema.json; make it with `seqrec data prepare`")
        return object_of_file(self.schema).get("features")

    def spec_defaults(self) -> dict[str, Any]:
        """What a spec's model, data and trainer should start with; its postprocessors, if any.

        Raises SpecError for a file that is no JSON object, DataError for a section that is none.
        """
        file = object_of_file(self.defaults) if self.defaults.is_file() else {}
        sections = {name: file.get(name, {}) for name in ("model", "data", "trainer")}
        for name, section in sections.items():
            if not isinstance(section, dict):
                raise DataError(
                    f"{self.defaults}: {name} is {section!r}; make it an object, or delete the file"
                )
        filters = {name: file[name] for name in ("postprocessors",) if name in file}
        return sections | filters
