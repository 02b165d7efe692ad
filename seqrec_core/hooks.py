"""The events that plugins may listen to.

A hook plugin is a torch-free module with functions marked `@hookimpl`, declared under the entry
point group `seqrec.hooks`. Hooks add to what seqrec does; components are found by the registry.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import pluggy

from seqrec_core import installed
from seqrec_core.errors import HookError, SeqrecError
from seqrec_core.registry import registry

if TYPE_CHECKING:
    import torch
    import typer

    from seqrec_core.bundle import Bundle
    from seqrec_core.recipe import Recipe

__all__ = ["add_commands", "hookimpl", "hooks", "plugin_manager"]

_PROJECT = "seqrec"
_hookspec = pluggy.HookspecMarker(_PROJECT)
hookimpl = pluggy.HookimplMarker(_PROJECT)


class _Hooks:
    @_hookspec
    def seqrec_cli(self, app: "typer.Typer") -> None:
        """Adds commands to the command line."""

    @_hookspec
    def seqrec_spec_resolved(self, recipe: "Recipe") -> None:
        """Sees every spec that a command resolves; raise SpecError to reject it."""

    @_hookspec
    def seqrec_model_built(self, model: "torch.nn.Module", recipe: "Recipe") -> None:
        """Sees every model that is built, before it is used; may change it in place."""

    @_hookspec
    def seqrec_run_finished(self, bundle: "Bundle") -> None:
        """Sees the bundle of every finished training run."""


@cache
def plugin_manager() -> pluggy.PluginManager:
    """The manager with every installed hook plugin.

    Each loads by itself: one that fails is left out with a warning. (pluggy's own loader drops
    entry points of one name silently and stops at the first error.)
    """
    manager = pluggy.PluginManager(_PROJECT)
    manager.add_hookspecs(_Hooks)
    for owner, point in installed.hook_points():
        if not registry.is_allowed(owner):
            continue
        try:
            manager.register(point.load(), name=f"{owner}:{point.name}")
        except (Exception, SystemExit) as cause:
            _warn_left_out(f"the hooks of {owner} ({point.value})", cause)
    return manager


class _Callers:
    """Each hook as a function that calls its listeners one by one."""

    def __getattr__(self, hook: str) -> Callable[..., None]:
        def call(**arguments: Any) -> None:
            for name, listener in _listeners(hook):
                try:
                    listener(**arguments)
                except SeqrecError:
                    raise
                except Exception as cause:
                    raise HookError(
                        f"{hook} of {name} failed: {type(cause).__name__}: {cause}; "
                        "mend it or uninstall it"
                    ) from cause

        return call


def hooks() -> _Callers:
    """Calls every listener of a hook: `hooks().seqrec_run_finished(bundle=bundle)`.

    Raises HookError with the name of the listener that failed; a SeqrecError goes through.
    """
    return _Callers()


def _listeners(hook: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every hook plugin, and a call of its listener alone, if it has one."""
    manager = plugin_manager()
    plugins = manager.list_name_plugin()
    for name, plugin in plugins:
        others = [other for _, other in plugins if other is not plugin]
        yield name, manager.subset_hook_caller(hook, others)


def add_commands(app: "typer.Typer", taken: Iterable[str] = ()) -> None:
    """Lets each hook plugin add its commands; one that fails is left out with a warning.

    `taken` are the commands of the core. Raises HookError where two add one command.
    """
    import typer

    owners = dict.fromkeys(taken, "seqrec-core")
    for name, listener in _listeners("seqrec_cli"):
        own = typer.Typer()
        own.callback()(lambda: None)  # a group, however few commands there are
        try:
            listener(app=own)
            commands: Any = typer.main.get_command(own)
        except (Exception, SystemExit) as cause:
            _warn_left_out(f"the commands of {name}", cause)
            continue
        app.registered_commands += own.registered_commands
        app.registered_groups += own.registered_groups
        for command in commands.commands:
            if command in owners:
                raise HookError(
                    f"the command {command!r} is added by {owners[command]} and by {name}; "
                    "uninstall one of them"
                )
            owners[command] = name


def _warn_left_out(what: str, cause: BaseException) -> None:
    message = f"{what} do not load and are left out: {type(cause).__name__}: {cause}"
    warnings.warn(message, RuntimeWarning, stacklevel=3)
