"""`seqrec init`, `seqrec diff`, `seqrec migrate` and `seqrec schema`."""

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqrec_core.places import here, is_remote, local, shown
from seqrec_core.printable import echo, printable_json, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seqrec_core.errors import Fault
    from seqrec_core.spec import Recipe
    from seqrec_tool_specs.differences import Difference

__all__ = ["diff", "init", "migrate", "schema"]


def init(
    name: Annotated[
        str | None, typer.Argument(help="Name of a preset or of a model, such as sasrec.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(help="Data folder made by `seqrec data prepare`, or its URI.", metavar="PATH"),
    ] = None,
    trainer: Annotated[
        str | None, typer.Option(help="Name of another trainer than the usual one.")
    ] = None,
    data_module: Annotated[
        str | None, typer.Option(help="Name of another data module than the usual one.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where to write the spec: JSON.", parser=here)] = Path(
        "spec.json"
    ),
    set: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a value: model.dropout=0.5 (repeatable)."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing spec.")] = False,
    list_: Annotated[
        bool, typer.Option("--list", help="Show the presets that are installed; write nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --list: as JSON.")] = False,
) -> None:
    """Write a spec that trains a preset, or a model, on a data folder.

    Lengths, ties and the like follow the data. `seqrec init --list` shows the presets.
    """
    if list_:
        _list_presets(as_json)
        return
    if as_json:
        raise typer.BadParameter("goes with --list", param_hint="'--json'")
    if name is None:
        raise typer.BadParameter("missing; see seqrec init --list", param_hint="'name'")
    if data is None:
        raise typer.BadParameter(
            "missing; name a data folder made by `seqrec data prepare`", param_hint="'--data'"
        )
    _write_spec(name, data, out, set or (), force, trainer=trainer, data_module=data_module)


def _write_spec(
    name: str,
    data: str,
    out: Path,
    assignments: "Iterable[str]",
    force: bool,
    **components: str | None,
) -> None:
    from seqrec_core.data_folder import DataFolder
    from seqrec_core.errors import SeqrecError, SpecError
    from seqrec_core.reading.overrides import override
    from seqrec_core.session import registry
    from seqrec_tool_specs.preset_choice import choice_of
    from seqrec_tool_specs.starting_spec import starting_spec, write_spec

    if out.suffix.lower() in (".toml", ".yaml", ".yml"):
        json_file = out.with_suffix(".json")
        raise SeqrecError(f"{out}: specs are written as JSON; choose --out {json_file}")
    if out.exists() and not force:
        raise SeqrecError(f"{out} exists; choose another --out, or replace it with --force")
    choice = choice_of(name, DataFolder.described(data), registry)
    folder = out.resolve().parent
    raw = starting_spec(choice.model, data, folder, sections=choice.sections, **components)
    try:
        write_spec(override(raw, assignments, registry), out)
    except SpecError as error:
        raise SpecError([_with_remedy(fault) for fault in error.faults]) from error
    for note in choice.notes:
        echo(f"note: {note}")
    echo(f"spec: {out}\nnext: seqrec fit {shlex.quote(str(out))} --out run")


def _with_remedy(fault: "Fault") -> "Fault":
    """The fault, with the option that sets what is missing."""
    from seqrec_core.errors import Fault

    if not fault.message.startswith("missing"):
        return fault
    path = fault.path.replace("[", ".").replace("]", "")
    return Fault(fault.path, f"{fault.message}; set it with --set {path}=…")


def _list_presets(as_json: bool) -> None:
    from seqrec_core.session import registry
    from seqrec_tool_specs.preset_list import preset_rows, preset_table

    rows = preset_rows(registry)
    if as_json:
        echo(printable_json(json.dumps(rows, indent=2, ensure_ascii=False)))
    elif rows:
        from seqrec_core.terminal import console

        console().print(preset_table(rows))
    else:
        echo("no preset is installed; pip install seqrec-preset-standard has some")


def diff(
    left: Annotated[
        Path,
        typer.Argument(help="A spec file, a run or another bundle.", metavar="LEFT", parser=local),
    ],
    right: Annotated[Path, typer.Argument(help="Another one.", metavar="RIGHT", parser=local)],
) -> None:
    """Show what two specs say differently, and their parameters; of bundles, metrics and weights.

    Order, spelling and defaults do not count. Specs with faults, such as a plugin that is not
    installed, are compared as they are written, and the faults listed.
    """
    from seqrec_core.errors import Fault, SpecError
    from seqrec_core.reading.files import without_tables
    from seqrec_core.session import load_raw, load_resolved
    from seqrec_tool_specs.differences import differences, differences_as_written

    names = str(left), str(right)
    files = _spec_file(left), _spec_file(right)
    recipes, faults = [], []
    for path in files:
        try:
            recipes.append(load_resolved(path).recipe)
        except SpecError as error:
            faults += [Fault(f"{path}: {fault.path}", fault.message) for fault in error.faults]
    if faults:
        written = [without_tables(load_raw(path)) for path in files]
        _show(differences_as_written(*written), *names)
    else:
        rows = differences(*recipes)
        _show(rows, *names)
        if rows:
            echo(_parameters(*recipes))
    _compare_results(left, right)
    if faults:
        raise SpecError(faults)


def _spec_file(path: Path) -> Path:
    """The file itself, or the lock in a folder."""
    from seqrec_core.bundle import LOCK
    from seqrec_core.errors import BundleError

    if not path.is_dir():
        return path
    if not (path / LOCK).is_file():
        raise BundleError(f"{path} holds no {LOCK}; name a spec, a run or another bundle")
    return path / LOCK


def _compare_results(left: Path, right: Path) -> None:
    """Shows which metrics and weights of two folders differ, as far as both have them."""
    from seqrec_tool_specs.bundle_differences import metric_differences, weight_differences

    names = str(left), str(right)
    if metrics := metric_differences(left, right):
        _show(metrics, *names, first="metric")
    elif metrics is not None:
        echo("metrics: no difference")
    if weights := weight_differences(left, right):
        _show(weights, *names, first="weights")
    elif weights is not None:
        echo("weights: no difference")


def _show(differences: "list[Difference]", left: str, right: str, *, first: str = "place") -> None:
    from seqrec_core.terminal import console, table

    rows = table(first, left, right)
    for difference in differences:
        sides = (shortened(repr(side)) for side in (difference.left, difference.right))
        rows.add_row(shortened(difference.path), *sides)
    if differences:
        console().print(rows)
    else:
        echo("no difference")


def _parameters(left: "Recipe", right: "Recipe") -> str:
    """The parameters of two recipes' models in one line, or why they are not counted."""
    from seqrec_core.errors import SeqrecError
    from seqrec_tool_specs.differences import parameter_count

    try:
        before, after = parameter_count(left), parameter_count(right)
    except SeqrecError as cause:
        return f"parameters are not counted: {cause}"
    return f"parameters: {before:,} and {after:,}, a difference of {after - before:+,}"


def migrate(
    spec: Annotated[
        str,
        typer.Argument(help="A spec file (JSON, TOML or YAML), or its URI.", metavar="SPEC"),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write here, beside the spec: JSON. By default a JSON spec is replaced.",
            parser=here,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and write nothing.")
    ] = False,
) -> None:
    """Write a spec of an older format in the one of today, and show what changes.

    The one that it extends stays as it is. Bundles and older specs are read without it, too.
    """
    from seqrec_core.errors import SeqrecError
    from seqrec_core.spec.recipe import FORMAT
    from seqrec_tool_specs.differences import differences_as_written
    from seqrec_tool_specs.migration import migrated_file, place_for, write_document

    path = local(spec)
    document = migrated_file(path)
    if document.is_of_today:
        echo(f"{path}: is of format {FORMAT} already; nothing is written")
        return
    if is_remote(spec) and not dry_run:
        raise SeqrecError(
            f"{shown(spec)} is a URI, and specs are replaced on this machine alone; fetch the "
            "file, migrate it and send it, or see with --dry-run what would change"
        )
    is_free = dry_run and (out is None or is_remote(spec))
    place = None if is_free else place_for(path, out)
    _show(differences_as_written(document.old, document.new), "old", "new", first="path")
    if dry_run or place is None:
        echo("nothing is written: --dry-run")
    else:
        write_document(document.new, place)
        echo(f"spec: {place}")


def schema(
    out: Annotated[
        Path | None, typer.Option(help="Write to this file instead.", parser=here)
    ] = None,
) -> None:
    """Print the JSON Schema of specs, for editors: everything that is installed."""
    from seqrec_core.whole_files import write_text
    from seqrec_tool_specs.json_schema import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_text(out, text + "\n")
        echo(f"schema: {out}")
    else:
        echo(printable_json(text))
