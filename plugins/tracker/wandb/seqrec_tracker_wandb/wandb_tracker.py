"""Settings, metrics and files of a run in Weights & Biases."""

import json
import os
import secrets
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from seqrec_core.errors import SeqrecError
from seqrec_core.whole_files import write_json

if TYPE_CHECKING:
    from wandb import Run

STATE = "logs/wandb-run.json"  # which run it is, for when it goes on
STEP = "step"  # what the curves are drawn over
OWN = "logs/wandb/own"  # what wandb keeps beside runs: files that wait for a sync, and its log


class WandbTracker:
    """Writes to one run of Weights & Biases: the recipe as its config, values over `step`.

    The recipe is there as spec.json; the installed distributions are noted by wandb itself. What
    it writes is below the run's folder, in logs/wandb, unless its variables WANDB_…_DIR name
    another place; its settings are those of the user online alone. A resumed run goes on with the
    run it was: of steps that it makes again, both values are kept. Offline it writes a second
    folder of the same id, which `wandb sync --append` adds.

    Online, a service that does not answer, or a login that lacks, ends the run with the first
    that it is told; offline nothing asks the network.
    """

    def __init__(
        self,
        project: str = "seqrec",
        entity: str | None = None,
        mode: Literal["offline", "online", "disabled"] = "offline",
        run_name: str | None = None,
        tags: Sequence[str] = (),
        bundle: bool = False,
    ) -> None:
        self.project = project
        self.entity = entity
        self.mode: Literal["offline", "online", "disabled"] = mode
        self.run_name = run_name
        self.tags = [*tags]
        self.bundle = bundle
        self._folder = Path()
        self._run: Run | None = None

    def start(self, folder: Path, recipe: Mapping[str, Any], resumed: bool) -> None:
        """Makes the run, or goes on with it; nothing where it is disabled."""
        if self.mode == "disabled":
            return
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        import wandb

        self._folder = folder
        identity = (_state(folder / STATE) if resumed else {}).get("run") or secrets.token_hex(4)
        folder.joinpath("logs").mkdir(parents=True, exist_ok=True)
        settings = wandb.Settings(
            silent=True, console="off", disable_git=True, save_code=False, x_disable_stats=True
        )
        with self._faults():
            self._run = wandb.init(
                project=self.project,
                entity=self.entity,
                mode=self.mode,
                name=self.run_name or folder.resolve().name,
                tags=self.tags,
                dir=str(folder / "logs"),
                id=identity,
                resume="allow" if resumed and self.mode == "online" else None,
                config=dict(recipe),
                reinit="create_new",
                settings=settings,
            )
            self._run.define_metric("*", step_metric=STEP)
            write_json(folder / STATE, {"run": identity})
            write_json(Path(self._run.dir, "spec.json"), dict(recipe))

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Writes the values."""
        if self._run is not None and values:
            with self._faults():
                self._run.log({**values, STEP: step})

    def finish(self, state: str) -> None:
        """Keeps the bundle, if it is to be kept, and ends the run, however it went."""
        if self._run is None:
            return
        with self._faults():
            if self.bundle:
                self._keep_bundle(self._run)
            self._run.finish(exit_code=0 if state == "finished" else 1)
        self._run = None

    def _keep_bundle(self, run: "Run") -> None:
        import wandb

        artifact = wandb.Artifact(f"bundle-{run.id}", type="model")
        for path in sorted(self._folder.glob("[!.]*")):
            if path.is_file():
                artifact.add_file(str(path))
            elif path.name not in ("logs", "checkpoints"):
                artifact.add_dir(str(path), name=path.name)
        run.log_artifact(artifact)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Makes one sentence of what wandb raises; its warnings are its own affair."""
        from wandb.errors import Error

        with self._own_places(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                yield
            except (Error, OSError) as cause:
                line = f"{cause}".partition("\n")[0]
                raise SeqrecError(
                    f"Weights & Biases fails: {line}; log in, set trackers[…].mode to "
                    '"offline", or take wandb out of trackers'
                ) from cause

    @contextmanager
    def _own_places(self) -> Iterator[None]:
        """Has wandb keep in the run's folder what it would keep in that of the user."""
        kinds = ["CACHE", "DATA", *(["CONFIG"] if self.mode == "offline" else [])]
        place = str(self._folder.resolve() / OWN)
        own = {
            f"WANDB_{kind}_DIR": place for kind in kinds if f"WANDB_{kind}_DIR" not in os.environ
        }
        os.environ.update(own)
        try:
            yield
        finally:
            for name in own:
                os.environ.pop(name, None)


def _state(path: Path) -> dict[str, str]:
    """What a run noted of itself; nothing where that is damaged."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}
