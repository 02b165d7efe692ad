"""Parameters, metrics and files of a run in MLflow."""

import json
import os
import re
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqrec_core.errors import SeqrecError
from seqrec_core.places import shown
from seqrec_core.whole_files import write_json

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

STATE = "logs/mlflow-run.json"  # which run it is, for when it goes on
STATUS = {"finished": "FINISHED", "interrupted": "KILLED", "failed": "FAILED"}
MOST_PARAMETERS, MOST_CHARACTERS = 100, 500  # of one call, and of a value
PATIENCE = 10.0  # seconds for a server to answer

NEVER = -1  # before every step
_USER = re.compile(r"(?<=://)[^/?#]*@")
_PASSWORD = re.compile(r"://[^/?#@]*:[^/?#]*@|[?&]password=", re.IGNORECASE)


class MlflowTracker:
    """Writes to one run of MLflow: the flat recipe as parameters, values by step as metrics.

    The recipe is there as spec.json, the installed distributions as requirements.txt. MLflow takes
    no `@` in names: `ndcg@10` is `ndcg_at_10`; a slash becomes a dot. A resumed run goes on with
    the run it was; values of steps that it makes again are there already, and are not written
    twice.

    A server that does not answer ends a run before its first step, and so does one that fails
    later, as with any tracker; the run can go on with --resume. A password in `tracking_uri` is an
    error, for it would stand in the lock.
    """

    def __init__(
        self,
        tracking_uri: str | None = None,
        experiment: str = "seqrec",
        run_name: str | None = None,
        tags: Mapping[str, str] | None = None,
        bundle: bool = False,
    ) -> None:
        _check_secrecy(tracking_uri or "")
        self.tracking_uri = tracking_uri or os.environ.get("MLFLOW_TRACKING_URI")
        self.experiment = experiment
        self.run_name = run_name
        self.tags = dict(tags or {})
        self.bundle = bundle
        self._folder = Path()
        self._client: MlflowClient | None = None
        self._run = ""
        self._known: dict[str, int] | None = None  # last steps that a resumed run has already
        if self.tracking_uri and self.tracking_uri.startswith(("http://", "https://")):
            _check_answers(self.tracking_uri)

    def start(self, folder: Path, recipe: Mapping[str, Any], resumed: bool) -> None:
        """Makes the run, or finds the one that goes on."""
        uri = _absolute(self.tracking_uri or str(folder / "logs" / "mlflow"))
        self._folder, self._known = folder, {} if resumed else None
        folder.joinpath("logs").mkdir(parents=True, exist_ok=True)
        with self._faults():
            self._client = _client(uri)
            before = _state(folder / STATE) if resumed else {}
            run = before.get("run", "") if before.get("tracking_uri") == shown(uri) else ""
            self._run = self._goes_on(run) or self._new(folder.resolve().name)
            write_json(folder / STATE, {"tracking_uri": shown(uri), "run": self._run})
            self._describe(recipe)

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Writes the values."""
        from mlflow.entities import Metric

        now = round(time.time() * 1000)
        metrics = [
            Metric(name, float(value), now, step)
            for name, value in zip(map(metric_name, values), values.values(), strict=True)
            if step > self._last_step(name)
        ]
        if metrics and self._client is not None:
            with self._faults():
                self._client.log_batch(self._run, metrics=metrics)

    def finish(self, state: str) -> None:
        """Keeps the bundle, if it is to be kept, and says how the run ended."""
        if self._client is None:
            return
        with self._faults():
            for path in sorted(self._folder.glob("[!.]*")) if self.bundle else ():
                if path.is_file():
                    self._client.log_artifact(self._run, str(path), "bundle")
                elif path.name not in ("logs", "checkpoints"):
                    self._client.log_artifacts(self._run, str(path), f"bundle/{path.name}")
            self._client.set_terminated(self._run, STATUS.get(state, "FAILED"))
        self._client = None

    def _goes_on(self, run: str) -> str:
        """The run, marked as running again; "" where there is none."""
        from mlflow.exceptions import MlflowException

        if self._client is None or not run:
            return ""
        try:
            self._client.update_run(run, status="RUNNING")
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return ""
            raise
        return run

    def _new(self, folder: str) -> str:
        """A new run of the experiment."""
        if self._client is None:
            return ""
        experiment = self._client.get_experiment_by_name(self.experiment)
        identity = (
            experiment.experiment_id
            if experiment is not None
            else self._client.create_experiment(self.experiment)
        )
        name = self.run_name or folder
        run = self._client.create_run(identity, tags=self.tags, run_name=name)
        return str(run.info.run_id)

    def _describe(self, recipe: Mapping[str, Any]) -> None:
        """Writes what the run has not been told yet: parameters keep their first values."""
        from mlflow.entities import Param

        if self._client is None:
            return
        known = self._client.get_run(self._run).data.params
        parameters = [
            Param(name, text[:MOST_CHARACTERS]) for name, text in flat(recipe) if name not in known
        ]
        for first in range(0, len(parameters), MOST_PARAMETERS):
            self._client.log_batch(self._run, params=parameters[first : first + MOST_PARAMETERS])
        self._client.log_dict(self._run, dict(recipe), "spec.json")
        versions = sorted({f"{each.name}=={each.version}" for each in distributions()})
        self._client.log_text(self._run, "\n".join(versions) + "\n", "requirements.txt")

    def _last_step(self, name: str) -> int:
        """The last step of a metric that an earlier process wrote."""
        if self._known is None or self._client is None:
            return NEVER
        if name not in self._known:
            with self._faults():
                history = self._client.get_metric_history(self._run, name)
            self._known[name] = max((metric.step for metric in history), default=NEVER)
        return self._known[name]

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Makes one sentence of what MLflow raises; its warnings are its own affair."""
        from mlflow.exceptions import MlflowException

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                yield
            except (MlflowException, OSError) as cause:
                place = shown(self.tracking_uri or "logs/mlflow")
                line = shown(f"{cause}".partition("\n")[0])
                raise SeqrecError(
                    f"MLflow at {place} fails: {line}; go on with --resume once it works, or take "
                    "mlflow out of trackers"
                ) from cause


def metric_name(name: str) -> str:
    """A name as MLflow takes it: in a folder a metric is a file, so that none is below another."""
    plain = name.replace("@", "_at_").replace("/", ".")
    return re.sub(r"[^\w\-. :]", "_", plain, flags=re.ASCII)


def flat(recipe: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each plain value of a recipe by its path with dots, as text."""
    if isinstance(recipe, Mapping):
        parts: Any = recipe.items()
    elif isinstance(recipe, list | tuple):
        parts = enumerate(recipe)
    else:
        yield prefix, recipe if isinstance(recipe, str) else json.dumps(recipe)
        return
    for key, value in parts:
        name = metric_name(str(key))
        yield from flat(value, f"{prefix}.{name}" if prefix else name)


def _client(uri: str) -> "MlflowClient":
    """A client that tells nobody else of what it does, unless the user says otherwise."""
    is_unsaid = "MLFLOW_DISABLE_TELEMETRY" not in os.environ
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
    from mlflow.telemetry import set_telemetry_client
    from mlflow.tracking import MlflowClient

    begin_anew: Callable[[], None] = set_telemetry_client
    if is_unsaid:
        begin_anew()  # where MLflow was imported before, it tells already
    return MlflowClient(tracking_uri=uri)


def _absolute(uri: str) -> str:
    """A folder as an absolute URI; other URIs as they are."""
    is_other = re.match(r"\w[\w+]*:", uri) or uri == "databricks"
    return uri if is_other else Path(uri).expanduser().resolve().as_uri()


def _state(path: Path) -> dict[str, str]:
    """What a run noted of itself; nothing where that is damaged."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _check_secrecy(uri: str) -> None:
    """Raises SeqrecError for a password in the spec, whose lock everybody gets."""
    if _PASSWORD.search(uri):
        raise SeqrecError(
            f"trackers[…].tracking_uri {shown(uri)} has a password, which would stand in the lock "
            "of the run; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or give the "
            "whole address in MLFLOW_TRACKING_URI"
        )


def _check_answers(uri: str) -> None:
    """Raises SeqrecError for a server that nobody reaches."""
    try:
        with urllib.request.urlopen(_USER.sub("", uri), timeout=PATIENCE):
            return
    except urllib.error.HTTPError:  # it answers
        return
    except (OSError, ValueError) as cause:
        raise SeqrecError(
            f"the MLflow server {shown(uri)} does not answer: {cause}; start it, correct "
            "trackers[…].tracking_uri, or take mlflow out of trackers"
        ) from cause
