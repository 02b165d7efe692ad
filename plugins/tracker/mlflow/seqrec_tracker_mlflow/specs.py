"""A run in MLflow: where, under which names, and what of it."""

from seqrec_core.spec import TrackerSpec, param, spec


@spec
class MlflowTrackerSpec(TrackerSpec):
    """Writes parameters, metrics, the spec and the environment of a run to MLflow."""

    target = "seqrec_tracker_mlflow.mlflow_tracker:MlflowTracker"
    tracking_uri: str | None = param(
        None,
        help="a server, http://…, a database, sqlite:///…, or a folder; null is what "
        "MLFLOW_TRACKING_URI says, else logs/mlflow below the run's folder",
    )
    experiment: str = param("seqrec", help="name of the experiment, which is made where it lacks")
    run_name: str | None = param(None, help="name of the run; null is that of the run's folder")
    tags: dict[str, str] | None = param(None, help="tags of the run, by name")
    bundle: bool = param(False, help="keep the files of the bundle there, too, when the run ends")
