"""`seqrec update`: from a finished run and new data to a run that goes on from it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table
from safetensors.torch import load_file
from seqrec_tool_run.assembly import Assembly
from seqrec_tool_run.fit import fit
from seqrec_tool_run.metrics import named, ranked_name
from seqrec_tool_run.request_time import knows_request_time
from seqrec_tool_run.resumption import check_place, resumes
from seqrec_tool_run.run_folder import RunFolder

from seqrec_core.agreement import check_agreement
from seqrec_core.build import Runtime, build_model
from seqrec_core.bundle import LOCK, WEIGHTS, Bundle
from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import BundleError, DataError, SeqrecError
from seqrec_core.places import local
from seqrec_core.session import DEFAULT, Session
from seqrec_core.spec import Recipe
from seqrec_core.terminal import console as default_console
from seqrec_core.terminal import table
from seqrec_core.vocabulary import Vocabularies
from seqrec_tool_update.earlier_model import EarlierModel, KnownHistories
from seqrec_tool_update.grown_recipe import grown_recipe
from seqrec_tool_update.growth import Growth, check_items
from seqrec_tool_update.lineage import check_parent, write_lineage
from seqrec_tool_update.new_data import data_folder
from seqrec_tool_update.optimizer_start import OptimizerStart
from seqrec_tool_update.warm_start import WarmStart

__all__ = ["Update", "comparison_table", "update"]


@attrs.frozen
class Update:
    """What came of an update: metrics of the model before and after, on one split of the data."""

    run: Path
    out: Path
    growth: Growth
    split: str
    before: Mapping[str, float]
    after: Mapping[str, float]
    optimizer: str  # whether its state goes on, in a clause, or why not
    is_finished: bool = True

    def facts(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "run": str(self.run),
            "out": str(self.out),
            "items_before": self.growth.items[0],
            "new_items": self.growth.new_items,
            "split": self.split,
            "before": dict(self.before),
            "after": dict(self.after),
            "optimizer": self.optimizer,
            "finished": self.is_finished,
        }

    def summary(self) -> str:
        """In one line what was kept and what is new."""
        known, new = self.growth.items[0], self.growth.new_items
        state = "finished" if self.is_finished else "interrupted; go on with --resume"
        return (
            f"{state}: {known:,} items keep ids and weights, {new:,} are new; {self.optimizer}\n"
            f"bundle: {self.out}"
        )


def update(
    run: Path,
    data: Path,
    out: Path,
    *,
    epochs: int | None = None,
    overrides: Iterable[str] = (),
    resume: bool = False,
    console: Console | None = None,
    session: Session = DEFAULT,
    trust: bool = False,
) -> Update:
    """Trains a finished run further on new data, in `out`; the run itself stays as it is.

    The data numbers the items of the run as the run does, and new ones after them, as `data
    prepare --ids-from RUN --new-items append` makes it; a file, or a pattern of files, is prepared
    so, in the folder `OUT-data`. Weights are kept, those of new items are drawn as the model draws
    them; the optimiser goes on where the trainer KeepsOptimizerState, and its schedule begins anew.
    With 0 epochs nothing is trained. `overrides` change settings of the run; `trust` is that of
    `Bundle.load`. Raises SeqrecError where the run is not finished, `out` is taken, or the data
    does not go on from the run.
    """
    console = console or default_console()
    run, data = local(run), local(data)
    bundle = Bundle.load(run, session, trust=trust)
    changes = [*overrides, *([f"trainer.max_epochs={epochs}"] if epochs else [])]
    _check_run(run, out)
    data = data_folder(bundle, data, out, resume=resume, trust=trust)
    _check_data(run, data)
    check_items(run, data, bundle.item_table, Vocabularies.of_folder(DataFolder(data)).items)
    before, recipe = grown_recipe(run, data, changes, session)
    _check_new(run, data, before)
    check_place(out, recipe)
    check_agreement(recipe, session.registry)
    warm = _warm(bundle, before, recipe, session)
    _check_out(run, out, recipe, session, resume=resume, trains=epochs != 0)

    assembly = _assembly(recipe, warm.session)
    split, old = _measured_before(assembly, warm.growth)
    start = OptimizerStart(None, "nothing was trained")
    if epochs == 0:
        _write(assembly, out)
        is_finished = True
    else:
        start = _start(bundle, assembly, warm.growth, out)
        is_finished = fit(
            recipe,
            out,
            resume,
            console,
            warm.session,
            trust,
            tell=lambda training: None,
            optimizer_state=start.state,
        )
    new: dict[str, float] = {}
    if is_finished and split:
        trained, parts = Assembly.of_bundle(out, None, session, trust)
        new = named(_name(recipe, split), parts.evaluate(split))
        trained.update_metrics(new)
    write_lineage(run, data, out, old, new)
    return Update(run, out, warm.growth, split, old, new, start.said, is_finished)


def comparison_table(result: Update) -> Table:
    """One row a metric: before, after, and the difference."""
    rows = table(f"{result.split}, full catalogue", "before", "after", "change", right=3)
    for name, old in result.before.items():
        new = result.after.get(name)
        after = ("", "") if new is None else (f"{new:.4f}", f"{new - old:+.4f}")
        rows.add_row(name.partition("/")[2], f"{old:.4f}", *after)
    return rows


@attrs.frozen
class _Warm:
    """A session in which what is built has the weights of the run."""

    session: Session
    growth: Growth


def _warm(bundle: Bundle, before: Recipe, recipe: Recipe, session: Session) -> _Warm:
    growth = Growth.of(before.schema, recipe.schema)
    bundle.check(WEIGHTS)
    warm = Session(session.registry)
    listener = WarmStart(load_file(str(bundle.path / WEIGHTS)), growth)
    warm.listeners.manager.register(listener, name="seqrec-tool-update:warm_start")
    return _Warm(warm, growth)


def _check_run(run: Path, out: Path) -> None:
    if RunFolder(run).is_unfinished:
        raise SeqrecError(
            f"the run in {run} has not come to its end; finish it with `seqrec fit … --out {run} "
            "--resume`, then update it"
        )
    if run.resolve() in (out.resolve(), *out.resolve().parents):
        raise SeqrecError(
            f"{out} is the run itself, or in it, and the run stays as it is; choose another --out"
        )


def _check_data(run: Path, data: Path) -> None:
    if not DataFolder(data).schema.is_file():
        raise DataError(
            f"{data} is no data folder; make one with `seqrec data prepare FILE --ids-from {run} "
            "--new-items append --out FOLDER`"
        )
    train = DataFolder(data).split("train")
    if train.is_file() and not pq.read_metadata(train).num_rows:
        raise DataError(f"{data} has no rows to train on; prepare a file with new events")


def _check_new(run: Path, data: Path, before: Recipe) -> None:
    """Raises DataError for the data that the run was trained on, if it is as it was then."""
    is_same = before.data is not None and Path(before.data.folder).resolve() == data.resolve()
    train, weights = DataFolder(data).split("train"), run / WEIGHTS  # which nothing rewrites
    if is_same and train.is_file() and train.stat().st_mtime < weights.stat().st_mtime:
        raise DataError(
            f"{data} is what {run} was trained on, and has not changed since; prepare a file with "
            "new events"
        )


def _check_out(
    run: Path, out: Path, recipe: Recipe, session: Session, *, resume: bool, trains: bool
) -> None:
    if trains:
        resumes(out, recipe, resume, session)
    elif (out / LOCK).exists():
        raise BundleError(f"{out} holds a run; choose another --out")
    if resume:
        check_parent(run, out)


def _assembly(recipe: Recipe, session: Session) -> Assembly:
    """The model with the weights of the run, and the new data."""
    runtime = Runtime.of(recipe, session=session)
    model = session.built(build_model(recipe, runtime), recipe)
    return Assembly.of(recipe, model, runtime)


def _start(bundle: Bundle, assembly: Assembly, growth: Growth, out: Path) -> OptimizerStart:
    """What the optimiser begins with; of a training that goes on, its checkpoint says it."""
    trainer = assembly.recipe.trainer
    if trainer and trainer.checkpoint and trainer.has_checkpoint(out / trainer.checkpoint):
        return OptimizerStart(None, "the optimiser goes on")
    return OptimizerStart.of(bundle.path, bundle.recipe, assembly, growth)


def _measured_before(assembly: Assembly, growth: Growth) -> tuple[str, dict[str, float]]:
    """The split to compare on, test where there is one, and what the model as it was has there."""
    offers = assembly.recipe.schema.offers()
    data = KnownHistories(
        assembly.data, offers["item_feature_name"], growth.items[0], growth.padding[1]
    )
    model = EarlierModel(assembly.model, growth.items[0])
    with assembly.faults():
        splits = [name for name in ("test", "validate") if assembly.data.loaders(name)]
        if not splits:
            return "", {}
        run = assembly.run(model=model, data=data, only_metrics=True)
        metrics = assembly.trainer.evaluate(run, splits[0])
    return splits[0], named(_name(assembly.recipe, splits[0]), metrics)


def _name(recipe: Recipe, split: str) -> str:
    return ranked_name(split, is_timed=knows_request_time(recipe))


def _write(assembly: Assembly, out: Path) -> None:
    """The bundle of the model as it is."""
    items, features = assembly.vocabularies.items, assembly.vocabularies.features
    parts, session = assembly.runtime.trace, assembly.runtime.session
    Bundle.write(out, assembly.model, assembly.recipe, {}, items, parts, session, features)
