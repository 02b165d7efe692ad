"""What each kind is held to: its protocol, and the names of the checks of its suite.

The sections are included by docs/contracts.md.
"""

import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Iterator

from seqrec_tool_conformance import (
    Conformance,
    ItemEncoderConformance,
    MetricConformance,
    OtherCallbackConformance,
    suite_of_kind,
)
from seqrec_tool_conformance.drawing import DrawingConformance
from seqrec_tool_conformance.general import GeneralConformance
from seqrec_tool_conformance.graphs import GraphConformance
from seqrec_tool_conformance.modules import ModuleConformance
from seqrec_tool_conformance.sequences import SequenceConformance

from seqrec_core import contracts, registry
from seqrec_core.registry.installed import CORE

__all__ = ["sections"]

SHARED = {
    "every-component": GeneralConformance,
    "modules": ModuleConformance,
    "graphs": GraphConformance,
    "sequences": SequenceConformance,
    "draws": DrawingConformance,
}
ALSO = {
    "encoder": (ItemEncoderConformance,),
    "callback": (MetricConformance, OtherCallbackConformance),
}


def sections() -> str:
    """Sections, marked for inclusion: of suites of shared checks, of kinds, of other contracts."""
    shared = {name: _checks(suite) for name, suite in SHARED.items()}
    kinds = [kind for kind in registry.kinds() if registry.kind(kind).distribution == CORE]
    texts = shared | {kind: "\n".join(_of_kind(kind)) for kind in kinds}
    others = {module.name for module in pkgutil.iter_modules(contracts.__path__)} - {*kinds}
    texts |= {name: _sources(name) for name in sorted(others)}
    return "\n".join(
        f"<!-- --8<-- [start:{name}] -->\n{text}<!-- --8<-- [end:{name}] -->\n"
        for name, text in texts.items()
    )


def _of_kind(kind: str) -> Iterator[str]:
    if source := _sources(kind):
        yield source
    for suite in (suite_of_kind(kind), *ALSO.get(kind, ())):
        yield _suite(suite)


def _sources(name: str) -> str:
    """The classes that a module of `seqrec_core.contracts` offers; nothing if there is none."""
    path = f"{contracts.__name__}.{name}"
    if importlib.util.find_spec(path) is None:
        return ""
    module = importlib.import_module(path)
    classes = (vars(module)[name] for name in module.__all__)
    texts = [inspect.getsource(cls).strip() for cls in classes if isinstance(cls, type)]
    return "```python\n" + "\n\n\n".join(texts) + "\n```\n"


def _suite(suite: type[Conformance]) -> str:
    """A suite in words: whom it is for, the shared checks it has, and those of its own."""
    shared = [
        f"[{name.replace('-', ' ')}](#{name})"
        for name, base in SHARED.items()
        if issubclass(suite, base)
    ]
    about = (inspect.getdoc(suite) or "").partition("\n\n")[0].replace("\n", " ")
    checks = f" Its own:\n\n{_checks(suite)}" if _names(suite) else "\n"
    return f"**`{suite.__name__}`.** {about} Shared: {', '.join(shared)}.{checks}"


def _checks(suite: type[Conformance]) -> str:
    return "".join(f"- `{name}`\n" for name in _names(suite))


def _names(suite: type[Conformance]) -> list[str]:
    return [name for name in vars(suite) if name.startswith("test_")]
