"""The `seqrec` application: names of commands from metadata, code when one is typed."""

import logging
import re
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from seqrec_core.cli.command_table import Commands, Words
from seqrec_core.cli.journal import keep_in, log, show_details, versions
from seqrec_core.errors import RegistryError, SeqrecError, SpecError
from seqrec_core.places import here
from seqrec_core.printable import echo, printable, shortened
from seqrec_core.session import registry

_trace = logging.getLogger("seqrec.trace")  # of --debug
HELP = {"help_option_names": ["-h", "--help"]}


class CommandGroup(TyperGroup):
    """A level of the command line; what stands on it is made when it is asked for."""

    words: Words = ()

    def list_commands(self, ctx: Any) -> list[str]:
        """The words that may follow, from metadata."""
        return [printable(name) for name in Commands(registry).names(self.words)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command or group of a word; one that cannot be used says why when it is run."""
        commands, words = Commands(registry), (*self.words, cmd_name)
        if commands.names(words) and not commands.has(words):
            return _group(words, commands.help_of(words))
        if commands.has(words) or commands.is_known(words):
            try:
                return command_of(cmd_name, commands.function(words))
            except RegistryError as error:
                return _failing(cmd_name, error)
        names: Any = dict.fromkeys(commands.names(self.words))
        self.commands = names  # typer suggests one of these
        return None


class Command(TyperCommand):
    """A command to which -5 is a value, since no option is a digit: ids may be negative."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuses unknown options first, then takes negative numbers for what they are."""
        others = ["0" if re.match(r"-\.?\d", each) else each for each in args]
        self.make_parser(ctx).parse_args(others)
        ctx.ignore_unknown_options = True
        return super().parse_args(ctx, args)


def command_of(name: str, function: Callable[..., Any], **settings: Any) -> Any:
    """A function with typer's annotations as a command."""
    single = typer.Typer(add_completion=False)
    context = HELP | settings.pop("context_settings", {})
    single.command(name, cls=Command, context_settings=context, **settings)(function)
    return typer.main.get_command(single)


def _group(words: Words, help: str) -> Any:
    """The level below a word."""
    level = typer.Typer(
        name=words[-1],
        cls=CommandGroup,
        help=printable(help),
        no_args_is_help=True,
        add_completion=False,
        context_settings=HELP,
    )
    level.callback()(lambda: None)
    group: Any = typer.main.get_command(level)
    group.words = words
    return group


def _failing(name: str, error: RegistryError) -> Any:
    """A command that takes any arguments and raises the error."""

    def fail() -> None:
        raise error

    fail.__doc__ = str(error)
    anything = {"allow_extra_args": True, "ignore_unknown_options": True}
    return command_of(name, fail, context_settings=anything)


app = typer.Typer(
    name="seqrec",
    cls=CommandGroup,
    help="Sequential recommenders made of plugins: from a spec to recommendations.",
    no_args_is_help=True,
    context_settings=HELP,
    pretty_exceptions_enable=False,
)


def _allow(distributions: list[str] | None) -> None:
    registry.allow_only(distributions or ())


def _debug(debug: bool) -> None:
    _trace.setLevel(logging.DEBUG if debug else logging.CRITICAL)


def _strict(strict: bool) -> None:
    if strict:
        warnings.simplefilter("error", RuntimeWarning)


def _version(version: bool) -> None:
    if version:
        echo("\n".join(versions()))
        raise typer.Exit


def _quiet(quiet: bool) -> None:
    from seqrec_core.terminal import silence  # which takes its time to import

    silence(quiet)


def _verbose(verbose: bool) -> None:
    if verbose:
        show_details()


def _log_file(path: Path | None) -> None:
    if path:
        keep_in(path)


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
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where an error came from.", callback=_debug)
    ] = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Turn warnings about plugins into errors.", callback=_strict),
    ] = False,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Results and errors alone.", callback=_quiet),
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Say what happens besides.", callback=_verbose),
    ] = False,
    log_file: Annotated[
        Path | None,
        typer.Option(help="Add all that is said to this file.", callback=_log_file, parser=here),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print versions.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """Options take effect while they are parsed: before any plugin is loaded."""


def _show_warning(message: Any, *_: Any) -> None:
    echo(f"warning: {shortened(str(message))}", error=True)


def main() -> None:
    """Runs the application; a fault of the user's is printed, with exit code 2."""
    warnings.showwarning = _show_warning  # type: ignore[assignment]
    try:
        app(prog_name="seqrec")
    except (SeqrecError, RuntimeWarning, OSError) as error:
        if _trace.isEnabledFor(logging.DEBUG):
            echo(traceback.format_exc(), error=True)
        log.debug("the error came from", exc_info=True)
        echo(error if isinstance(error, SpecError) else f"error: {error}", error=True)
        sys.exit(2)
    except Exception:
        log.debug("a fault of seqrec", exc_info=True)
        echo(traceback.format_exc(), error=True)
        sys.exit(1)
