"""The tracker lines: names, fields and defaults in specs."""

from collections.abc import Iterable
from pathlib import PurePath

from seqrec_core.spec import TrackerSpec, param, spec

__all__ = ["LinesSpec"]


@spec
class LinesSpec(TrackerSpec):
    """Writes a run as lines of JSON."""

    target = "acme_lines.lines:Lines"
    file: str = param("logs/lines.jsonl", help="path below the run's folder")

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields: pairs (field, what is wrong)."""
        path = PurePath(self.file)
        if path.is_absolute() or ".." in path.parts or not path.name:
            yield "file", f"is {self.file!r}; give a path below the run's folder"
