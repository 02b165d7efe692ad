"""The listeners that are installed, and how they are told of an event."""

import threading
import warnings
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pluggy

from seqrec_core import hookspecs
from seqrec_core.errors import HookError, SeqrecError, words_of
from seqrec_core.registry.installed import HOOKS
from seqrec_core.registry.registry import Registry

if TYPE_CHECKING:
    import torch

    from seqrec_core.spec.recipe import Recipe


class _Depth(threading.local):
    telling = False


class Listeners:
    """Tells plugins of events: `listeners.tell("seqrec_run_finished", bundle=bundle)`."""

    def __init__(self, registry: Registry):
        self.registry = registry
        self._depth = _Depth()

    def __reduce__(self) -> tuple[Any, ...]:  # another process finds listeners for itself
        return Listeners, (self.registry,)

    @cached_property
    def manager(self) -> pluggy.PluginManager:
        """The manager with every installed listener that the allow list has.

        Each loads by itself: one that fails is left out with a warning. (pluggy's own loader
        drops entry points of one name silently and stops at the first error.)
        """
        manager = pluggy.PluginManager(hookspecs.PROJECT)
        manager.add_hookspecs(hookspecs)
        points = (point for point in self.registry.points if point.group == HOOKS)
        for point in sorted(points, key=lambda point: (point.distribution, point.value)):
            if not self.registry.is_allowed(point.distribution):
                continue
            try:
                manager.register(point.load(), name=f"{point.distribution}:{point.name}")
            except (Exception, SystemExit) as cause:
                warnings.warn(
                    f"the hooks of {point.distribution} ({point.value}) do not load and are left "
                    f"out: {words_of(cause)}",
                    RuntimeWarning,
                    stacklevel=2,
                )
        return manager

    def tell(self, event: str, **arguments: Any) -> None:
        """Calls every listener of an event, one by one; what listeners call tells of nothing.

        Raises HookError with the name of the listener that failed; a SeqrecError goes through.
        """
        for name, listener in self._of(event):
            self._call(event, name, listener, arguments)

    def change(self, model: "torch.nn.Module", recipe: "Recipe") -> "torch.nn.Module":
        """The model that listeners make of one that was built; raises HookError."""
        from torch.nn import Module

        event = "seqrec_change_model"
        for name, listener in self._of(event):
            for changed in self._call(event, name, listener, {"model": model, "recipe": recipe}):
                if not isinstance(changed, Module):
                    kind = type(changed).__name__
                    raise HookError(f"{event} of {name} gave a {kind}; return a module, or None")
                model = changed
        return model

    def _of(self, event: str) -> Iterator[tuple[str, Callable[..., Any]]]:
        """Every plugin with listeners, and a call of its own alone, if it has one."""
        plugins = [] if self._depth.telling else self.manager.list_name_plugin()
        for name, plugin in plugins:
            others = [other for _, other in plugins if other is not plugin]
            yield name, self.manager.subset_hook_caller(event, others)

    def _call(
        self, event: str, name: str, listener: Callable[..., Any], arguments: dict[str, Any]
    ) -> Any:
        self._depth.telling = True
        try:
            return listener(**arguments)
        except SeqrecError:
            raise
        except Exception as cause:
            raise HookError(
                f"{event} of {name} failed: {words_of(cause)}; mend it or uninstall it"
            ) from cause
        finally:
            self._depth.telling = False
