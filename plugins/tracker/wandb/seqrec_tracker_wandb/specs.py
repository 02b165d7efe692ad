"""A run in Weights & Biases: where, under which names, and what of it."""

from typing import Literal

from seqrec_core.spec import TrackerSpec, param, spec


@spec
class WandbTrackerSpec(TrackerSpec):
    """Writes settings, metrics, the spec and the environment of a run to Weights & Biases."""

    target = "seqrec_tracker_wandb.wandb_tracker:WandbTracker"
    project: str = param("seqrec", help="name of the project")
    entity: str | None = param(None, help="user or team; null is whoever is logged in")
    mode: Literal["offline", "online", "disabled"] = param(
        "offline",
        help="offline writes below the run's folder, for `wandb sync`; online needs the network "
        "and a login; disabled does nothing",
    )
    run_name: str | None = param(None, help="name of the run; null is that of the run's folder")
    tags: tuple[str, ...] = param((), help="tags of the run")
    bundle: bool = param(False, help="keep the files of the bundle as an artifact, too")
