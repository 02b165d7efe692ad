"""The events that plugins may listen to.

A hook plugin is a torch-free module with functions marked `@hookimpl`, declared under the entry
point group `seqrec.hooks`. Hooks add to what seqrec does; components are found by the registry.
"""

import importlib.metadata
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

import pluggy

from seqrec_core.errors import HookError
from seqrec_core.registry import registry

if TYPE_CHECKING:
    import torch
    import typer

    from seqrec_core.bundle import Bundle
    from seqrec_core.recipe import Recipe

__all__ = ["add_commands", "hookimpl", "hooks", "plugin_manager"]

_PROJECT = "seqrec"
_GROUP = "seqrec.hooks"
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
    for point in sorted(importlib.metadata.entry_points(group=_GROUP), key=lambda p: p.value):
        owner = point.dist.name if point.dist else "an unknown distribution"
        if not registry.is_allowed(owner):
            continue
        try:
            manager.register(point.load(), name=f"{owner}:{point.name}")
        except Exception as cause:
            _warn_left_out(f"the hooks of {owner} ({point.value})", cause)
    return manager


def hooks() -> Any:
    """Calls every listener of a hook: `hooks().seqrec_run_finished(bundle=bundle)`."""
    return plugin_manager().hook


def add_commands(app: "typer.Typer") -> None:
    """Lets each hook plugin add its commands; one that fails is left out with a warning.

    Raises HookError where two plugins add one command.
    """
    manager = plugin_manager()
    plugins = manager.list_name_plugin()
    owners: dict[str, str] = {}
    for name, plugin in plugins:
        known = len(app.registered_commands), len(app.registered_groups)
        others = [other for _, other in plugins if other is not plugin]
        try:
            manager.subset_hook_caller("seqrec_cli", others)(app=app)
        except Exception as cause:
            _warn_left_out(f"the commands of {name}", cause)
        for command in _command_names(app, *known):
            if command in owners:
                raise HookError(
                    f"the command {command!r} is added by {owners[command]} and by {name}; "
                    "uninstall one of them"
                )
            owners[command] = name


def _warn_left_out(what: str, cause: Exception) -> None:
    message = f"{what} do not load and are left out: {type(cause).__name__}: {cause}"
    warnings.warn(message, RuntimeWarning, stacklevel=3)


def _command_names(app: "typer.Typer", commands: int, groups: int) -> list[str]:
    functions = app.registered_commands[commands:]
    names = [c.name or getattr(c.callback, "__name__", "").replace("_", "-") for c in functions]
    return names + [str(group.name) for group in app.registered_groups[groups:]]
