"""An event log for TensorBoard below the run's folder: which folder."""

from collections.abc import Iterable
from pathlib import PurePath

from seqrec_core.spec import TrackerSpec, param, spec


@spec
class TensorBoardTrackerSpec(TrackerSpec):
    """Writes curves and the recipe for TensorBoard."""

    target = "seqrec_tracker_tensorboard.tensorboard_tracker:TensorBoardTracker"
    folder: str = param("logs/tensorboard", help="path below the run's folder")

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields: pairs (field, what is wrong)."""
        path = PurePath(self.folder)
        if path.is_absolute() or ".." in path.parts:
            yield (
                "folder",
                f'is {self.folder!r}; give a path below the run\'s folder, "logs/tensorboard"',
            )
