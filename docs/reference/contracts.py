"""What each kind is held to: its protocol, and the names of the checks of its suite.

The sections are included by docs/contracts.md.
"""

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
PROTOCOLS: dict[str, tuple[type, ...]] = {
    "model": (contracts.TrainOutput, contracts.InferenceOutput),
    "embedder": (contracts.EmbedderProto,),
    "aggregator": (contracts.AggregatorProto,),
    "mask": (contracts.AttentionMaskProto,),
    "encoder": (contracts.EncoderProto, contracts.QueryEncoderProto, contracts.ItemEncoderProto),
    "norm": (contracts.NormalizerProto,),
    "head": (contracts.HeadProto,),
    "loss": (contracts.LossProto, contracts.ScorerProto),
    "postprocessor": (contracts.PostprocessorProto,),
    "reader": (contracts.FeaturesReaderProtocol,),
    "context_merger": (contracts.ContextMergerProto,),
    "optimizer": (contracts.BaseOptimizerFactory,),
    "scheduler": (contracts.BaseLRSchedulerFactory,),
}


def sections() -> str:
    """A section for each kind and for each suite of shared checks, marked for inclusion."""
    shared = {name: _checks(suite) for name, suite in SHARED.items()}
    made = shared | {kind: "\n".join(_of_kind(kind)) for kind in KINDS}
    return "\n".join(
        f"<!-- --8<-- [start:{name}] -->\n{text}<!-- --8<-- [end:{name}] -->\n"
        for name, text in made.items()
    )


def _of_kind(kind: str) -> Iterator[str]:
    if kind in PROTOCOLS:
        source = "\n\n\n".join(inspect.getsource(protocol).strip() for protocol in PROTOCOLS[kind])
        yield f"```python\n{source}\n```\n"
    yield _suite(SUITES[kind])
    if kind == "encoder":
        yield _suite(ItemEncoderConformance)


def _suite(suite: type[Conformance]) -> str:
    """A suite in words: whom it is for, the shared checks it has, and those of its own."""
    shared = [
        f"[{name.replace('-', ' ')}](#{name})"
        for name, base in SHARED.items()
        if issubclass(suite, base)
    ]
    about = (inspect.getdoc(suite) or "").partition("\n\n")[0].replace("\n", " ")
    own = f" Its own:\n\n{_checks(suite)}" if _own(suite) else "\n"
    return f"**`{suite.__name__}`.** {about} Shared: {', '.join(shared)}.{own}"


def _checks(suite: type[Conformance]) -> str:
    return "".join(f"- `{name}`\n" for name in _own(suite))


def _own(suite: type[Conformance]) -> list[str]:
    return [name for name in vars(suite) if name.startswith("test_")]
