"""The program of a graph, as torch.export traces it, and what stands in its way."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO

import torch

from seqrec_core.bundle import Serving
from seqrec_core.contracts import PostprocessorProto
from seqrec_core.errors import BundleError, SeqrecError
from seqrec_tool_export.embedding_bags import look_up_bags
from seqrec_tool_export.graph_inputs import GraphInputs
from seqrec_tool_export.ranking_graph import RankingGraph

__all__ = ["hushed", "traced"]

log = logging.getLogger("seqrec.export")
_LENGTHS = (5, 3, 0, 4)  # of the histories that are traced


@torch.no_grad()
def traced(
    serving: Serving, inputs: GraphInputs, postprocessors: Sequence[PostprocessorProto]
) -> torch.export.ExportedProgram:
    """The program of what answers, for any batch, length and number of candidates.

    Raises BundleError, which names a postprocessor where that is what cannot be exported.
    """
    look_up_bags(serving.model)
    graph = RankingGraph(serving, postprocessors).eval()
    try:
        return _program(graph, inputs)
    except SeqrecError:
        raise
    except Exception as cause:
        log.debug("the graph cannot be traced", exc_info=True)
        blamed = _blamed(serving, inputs, postprocessors)
        said = str(cause).strip().split("\n")[0]
        raise BundleError(
            f"the postprocessor {blamed} cannot be exported: {type(cause).__name__}: {said}; "
            "export without postprocessors, with --keep-seen"
            if blamed
            else f"{type(serving.model).__name__} cannot be exported: "
            f"{type(cause).__name__}: {said}; serve the bundle itself"
        ) from cause


def _program(graph: RankingGraph, inputs: GraphInputs) -> torch.export.ExportedProgram:
    example = inputs.of(inputs.drawn(0, _LENGTHS), 3, range(min(5, inputs.count)))
    with hushed():
        return torch.export.export(graph, example, dynamic_shapes=inputs.dynamic_shapes())


def _blamed(
    serving: Serving, inputs: GraphInputs, postprocessors: Sequence[PostprocessorProto]
) -> str:
    """The first postprocessor that cannot be exported by itself; nothing where the model cannot."""
    for suspects in ((), *((each,) for each in postprocessors)):
        try:
            _program(RankingGraph(serving, suspects).eval(), inputs)
        except Exception:
            return type(suspects[0]).__name__ if suspects else ""
    return " with ".join(type(each).__name__ for each in postprocessors)


@contextmanager
def hushed() -> Iterator[None]:
    """What exporters print, warn of and log goes to the log of seqrec, for --debug."""
    said = StringIO()
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    were = [(each, each.level) for each in loggers]
    for each in loggers:
        each.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stdout(said), redirect_stderr(said):
            warnings.simplefilter("ignore")
            yield
    finally:
        for each, level in were:
            each.setLevel(level)
        if text := said.getvalue().strip():
            log.debug("%s", text)
