"""`seqrec.fit`: from a preset or a spec, and data, to a run, as `seqrec init` and `fit` do it."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqrec.epoch_bar import EpochBar, in_notebook
from seqrec.frames import Frame
from seqrec.loaded_run import Run
from seqrec.prepared_data import Data, Place
from seqrec_core.agreement import check_agreement
from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError
from seqrec_core.places import delivered, expanded, is_remote, local
from seqrec_core.printable import echo
from seqrec_core.session import dump, load_resolved, registry
from seqrec_core.spec import Recipe

if TYPE_CHECKING:
    from seqrec_tool_run.fit import Training

__all__ = ["fit"]

_SUFFIXES = (".json", ".toml", ".yaml", ".yml")
RUNS = "runs"


def fit(
    spec: str | Place | Recipe | Mapping[str, Any],
    data: Data | Place | None = None,
    *,
    epochs: int | None = None,
    out: Place | None = None,
    set: Mapping[str, Any] | None = None,
    resume: bool = False,
    trust: bool = False,
    progress: bool = True,
    **settings: Any,
) -> Run:
    """Trains a model and keeps its best weights: a run.

    >>> run = seqrec.fit("esasrec", data, epochs=20)
    >>> run = seqrec.fit("spec.json", out="run", set={"model.dropout": 0.5}, resume=True)
    >>> run = seqrec.fit(run.spec, data, **{"trainer.max_epochs": 3})

    `spec` is the name of a preset or a model, the path of a spec file, a recipe, or plain data of
    one; `data` is needed with a name, and else replaces the folder that the spec names. `set`, or
    further keywords, change values first, by their paths in the spec; `epochs` is
    `trainer.max_epochs`. Without `out` the run is in a new folder below `runs`, which is said.
    `progress` shows a line an epoch, or a bar in a notebook.

    Interrupted, as by the stop button of a notebook, it returns the run so far, which `resume` goes
    on with. Raises errors of `seqrec_core.errors`, in the words of the commands.
    """
    changes = {**(set or {}), **settings}
    if epochs is not None:
        changes["trainer.max_epochs"] = epochs
    folder = _folder(data)
    recipe, name = _recipe(spec, folder, changes)
    check_agreement(recipe, registry)
    with ExitStack() as stack:
        place = _new_folder(name) if out is None else stack.enter_context(delivered(out))
        if out is None:
            echo(f"run: {place}")
        _train(recipe, place, resume=resume, trust=trust, progress=progress)
    return Run(place, trust) if out is None else Run(local(out), trust, is_remote(out))


def _train(recipe: Recipe, out: Path, *, resume: bool, trust: bool, progress: bool) -> None:
    """Trains where the notebook, the terminal or nobody looks on."""
    from seqrec_tool_run.fit import fit as run

    from seqrec_core.terminal import console, progress_console

    screen, watch = progress_console(), None
    if not progress or in_notebook():
        screen = console()
        screen.quiet = True
    if progress and in_notebook() and recipe.trainer is not None:
        epochs = dump(recipe)["trainer"].get("max_epochs")  # of a trainer that has any
        watch = EpochBar(epochs, recipe.trainer.monitored())
    trainings: list[Training] = []
    try:
        run(recipe, out, resume, screen, trust=trust, watch=watch, tell=trainings.append)
    except SystemExit as end:  # of a trainer that was interrupted
        raise KeyboardInterrupt from end
    for training in trainings:
        if training.doubt:
            echo(training.doubt)
        if training.outcome.interrupted:
            echo("interrupted; go on with resume=True")


def _folder(data: Data | Place | None) -> Path | None:
    """The folder of the data."""
    if isinstance(data, Frame):
        raise DataError("data is a frame; prepare it first: seqrec.fit(…, seqrec.prepare(frame))")
    if data is None:
        return None
    folder = local(data)
    DataFolder(folder).features()
    return folder.resolve()


def _recipe(
    spec: str | Place | Recipe | Mapping[str, Any], folder: Path | None, changes: Mapping[str, Any]
) -> tuple[Recipe, str]:
    """The resolved recipe with all changes, and a name for its runs."""
    if folder is not None:
        changes = {"data.folder": str(folder), **changes}
    assignments = [f"{path}={json.dumps(value)}" for path, value in changes.items()]
    if isinstance(spec, str) and not _is_path(spec):
        return load_resolved(_of_preset(spec, folder), assignments).recipe, spec
    if isinstance(spec, str | PathLike):
        file = local(spec)
        return load_resolved(file, assignments).recipe, file.stem
    recipe = load_resolved(spec, assignments).recipe
    return recipe, registry.of_spec(type(recipe.model)).name


def _is_path(spec: str) -> bool:
    """Whether text names a file of a spec, and not a preset."""
    path = Path(expanded(spec))
    return path.suffix.lower() in _SUFFIXES or len(path.parts) > 1 or path.is_file()


def _of_preset(name: str, folder: Path | None) -> dict[str, Any]:
    """Plain data of the spec that a preset, or a model, starts with on the data."""
    from seqrec_tool_specs.preset_choice import choice_of
    from seqrec_tool_specs.starting_spec import starting_spec

    if folder is None:
        raise DataError(f"{name} needs data: seqrec.fit({name!r}, seqrec.prepare(frame))")
    choice = choice_of(name, DataFolder(folder), registry)
    for note in choice.notes:
        echo(f"note: {note}")
    return starting_spec(choice.model, folder, Path(), sections=choice.sections)


def _new_folder(name: str) -> Path:
    """The first folder of that name and a number that is not there yet."""
    number = 1
    while (folder := Path(RUNS, f"{name}-{number}")).exists():
        number += 1
    return folder
