"""What each kind is held to: its protocol, and the names of the checks of its suite.

The sections are included by docs/contracts.md.
"""

import inspect
from collections.abc import Iterator

from seqrec_core import protocols
from seqrec_core.spec import KINDS
from seqrec_core.testing import SUITES, Conformance, ItemEncoderConformance
from seqrec_core.testing.general import GeneralConformance
from seqrec_core.testing.graphs import GraphConformance
from seqrec_core.testing.modules import ModuleConformance
from seqrec_core.testing.sequences import SequenceConformance

__all__ = ["sections"]

SHARED = {
    "every-component": GeneralConformance,
    "modules": ModuleConformance,
    "graphs": GraphConformance,
    "sequences": SequenceConformance,
}
PROTOCOLS: dict[str, tuple[type, ...]] = {
    "model": (protocols.TrainOutput, protocols.InferenceOutput),
    "embedder": (protocols.EmbedderProto,),
    "aggregator": (protocols.AggregatorProto,),
    "mask": (protocols.AttentionMaskProto,),
    "encoder": (protocols.EncoderProto, protocols.QueryEncoderProto, protocols.ItemEncoderProto),
    "norm": (protocols.NormalizerProto,),
    "head": (protocols.HeadProto,),
    "loss": (protocols.LossProto, protocols.ScorerProto),
    "postprocessor": (protocols.PostprocessorProto,),
    "reader": (protocols.FeaturesReaderProtocol,),
    "context_merger": (protocols.ContextMergerProto,),
    "optimizer": (protocols.BaseOptimizerFactory,),
    "scheduler": (protocols.BaseLRSchedulerFactory,),
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
