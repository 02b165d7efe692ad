"""The `seqrec` application: its own commands at once, those of plugins when they are needed."""

import os
import sys
import warnings
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from seqrec_core.cli import init, plugins, specs
from seqrec_core.errors import SeqrecError, SpecError
from seqrec_core.hooks import add_commands
from seqrec_core.registry import registry

__all__ = ["app", "main"]


class _LateGroup(TyperGroup):
    """Loads hook plugins only for help, or for a command that the core does not have."""

    _loaded = False

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        late = typer.Typer(add_completion=False)
        late.callback()(lambda: None)  # a group, however few commands there are
        add_commands(late, self.commands)
        added: Any = typer.main.get_command(late)
        self.commands.update(added.commands)

    def list_commands(self, ctx: Any) -> list[str]:
        self._load()
        return super().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.commands:
            self._load()
        return super().get_command(ctx, cmd_name)


app = typer.Typer(
    name="seqrec",
    cls=_LateGroup,
    help="Sequential recommenders made of plugins: from a spec to recommendations.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _allow(distributions: list[str] | None) -> None:
    registry.allow_only(distributions or ())


def _strict(strict: bool) -> None:
    if strict:
        warnings.simplefilter("error", RuntimeWarning)


@app.callback()
def _options(
    allow_dist: Annotated[
        list[str] | None,
        typer.Option(
            envvar="SEQREC_ALLOW",
            help="Use plugins of this distribution only (repeatable).",
            callback=_allow,
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Turn warnings about plugins into errors.", callback=_strict),
    ] = False,
) -> None:
    """Options take effect while they are parsed: before any plugin is loaded."""


app.command("validate")(specs.validate)
app.command("resolve")(specs.resolve)
app.command("build")(specs.build)
app.command("diff")(specs.diff)
app.command("schema")(specs.schema)
app.command("init")(init.init)
app.add_typer(plugins.app, name="plugins")


def _show_warning(message: Any, *_: Any) -> None:
    print(f"warning: {message}", file=sys.stderr)


def main() -> None:
    """Runs the application; a fault of the user's is printed, with exit code 2."""
    warnings.showwarning = _show_warning  # type: ignore[assignment]
    try:
        app()
    except BrokenPipeError:  # the reader of a pipe has gone, as in `seqrec resolve … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except SpecError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except (SeqrecError, RuntimeWarning, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
