"""What each kind is held to: its protocol, and the names of the checks of its suite.

The sections are included by docs/contracts.md.
"""

import importlib
import importlib.util
import inspect
from collections.abc import Iterator

from seqrec_tool_conformance import SUITES, Conformance, ItemEncoderConformance
from seqrec_tool_conformance.general import GeneralConformance
from seqrec_tool_conformance.graphs import GraphConformance
from seqrec_tool_conformance.modules import ModuleConformance
from seqrec_tool_conformance.sequences import SequenceConformance

from seqrec_core import contracts
from seqrec_core.spec import KINDS

__all__ = ["sections"]

SHARED = {
    "every-component": GeneralConformance,
    "modules": ModuleConformance,
    "graphs": GraphConformance,
    "sequences": SequenceConformance,
}


def sections() -> str:
    """A section for each kind and for each suite of shared checks, marked for inclusion."""
    shared = {name: _checks(suite) for name, suite in SHARED.items()}
    texts = shared | {kind: "\n".join(_of_kind(kind)) for kind in KINDS}
    return "\n".join(
        f"<!-- --8<-- [start:{name}] -->\n{text}<!-- --8<-- [end:{name}] -->\n"
        for name, text in texts.items()
    )


def _of_kind(kind: str) -> Iterator[str]:
    if protocols := _protocols(kind):
        source = "\n\n\n".join(inspect.getsource(protocol).strip() for protocol in protocols)
        yield f"```python\n{source}\n```\n"
    yield _suite(SUITES[kind])
    if kind == "encoder":
        yield _suite(ItemEncoderConformance)


def _protocols(kind: str) -> list[type]:
    """What the module of a kind in `seqrec_core.contracts` offers."""
    name = f"{contracts.__name__}.{kind}"
    if importlib.util.find_spec(name) is None:
        return []
    module = importlib.import_module(name)
    return [vars(module)[name] for name in module.__all__]


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
