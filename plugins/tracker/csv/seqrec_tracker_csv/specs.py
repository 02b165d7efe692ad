"""A CSV file below the run's folder: which one."""

from collections.abc import Iterable
from pathlib import PurePath

from seqrec_core.spec import TrackerSpec, param, spec


@spec
class CsvTrackerSpec(TrackerSpec):
    """Writes each value of a run as a line `step,name,value`."""

    target = "seqrec_tracker_csv.csv_tracker:CsvTracker"
    file: str = param("logs/metrics.csv", help="path below the run's folder")

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields: pairs (field, what is wrong)."""
        path = PurePath(self.file)
        if path.is_absolute() or ".." in path.parts or not path.name:
            remedy = 'give a path below the run\'s folder, such as "logs/metrics.csv"'
            yield "file", f"is {self.file!r}; {remedy}"
