"""Runtimes that a graph can be written for, and how each runs it."""

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import numpy as np
import torch
from numpy.typing import NDArray

from seqrec_core.errors import SeqrecError
from seqrec_tool_export.graph_inputs import Inputs

__all__ = ["TARGETS", "Ranking", "Target"]

Ranking = tuple[NDArray[np.int64], NDArray[np.float32]]
Runner = Callable[[Inputs], Ranking]
_IN_ONE_FILE = 1 << 30  # bytes of weights; beyond, ONNX keeps them in a file beside


@attrs.frozen
class Target:
    """A runtime: the suffix of its files, what it needs, and how they are written and run.

    `write` gets the program, the names of the inputs and the path; `runner` loads what is there,
    and runs with the number of threads that torch has.
    """

    suffix: str
    needs: Sequence[str]
    extra: str
    write: Callable[[torch.export.ExportedProgram, Sequence[str], Path], None]
    runner: Callable[[Path, Sequence[str]], Runner]

    def check(self) -> None:
        """Raises SeqrecError, with the pip line, where what it needs is not installed."""
        if missing := [name for name in self.needs if find_spec(name) is None]:
            raise SeqrecError(
                f'{", ".join(missing)} is not installed: pip install "seqrec[{self.extra}]"'
            )


def _write_torch(program: torch.export.ExportedProgram, names: Sequence[str], path: Path) -> None:
    torch.export.save(program, path)


def _run_torch(path: Path, names: Sequence[str]) -> Runner:
    module = torch.export.load(path).module()

    @torch.no_grad()
    def run(inputs: Inputs) -> Ranking:
        items, scores = module(*inputs)
        return items.numpy(), scores.numpy()

    return run


def _write_onnx(program: torch.export.ExportedProgram, names: Sequence[str], path: Path) -> None:
    size = sum(tensor.nbytes for tensor in program.state_dict.values())
    onnx = torch.onnx.export(
        program,
        input_names=list(names),
        output_names=["items", "scores"],
        custom_translation_table={torch.ops.aten.sort.stable: _sorted},
        dynamo=True,
        verbose=False,
    )
    if onnx is None:
        raise RuntimeError("torch.onnx gave no program")
    onnx.save(path, external_data=size > _IN_ONE_FILE)


def _sorted(values: Any, stable: bool = True, dim: int = -1, descending: bool = False) -> Any:
    """A stable sort in ONNX, whose TopK puts the first of equal values first."""
    from onnxscript import opset18  # type: ignore[import-untyped, import-not-found, unused-ignore]

    onnx: Any = opset18  # whose types know no tensor of any type
    size = onnx.Gather(onnx.Shape(values), onnx.Constant(value_ints=[dim]))
    return onnx.TopK(values, size, axis=dim, largest=int(descending), sorted=1)


def _run_onnx(path: Path, names: Sequence[str]) -> Runner:
    import onnxruntime  # type: ignore[import-untyped, import-not-found, unused-ignore]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    taken = {each.name for each in session.get_inputs()}

    def run(inputs: Inputs) -> Ranking:
        feed = {name: value for name, value in _named(names, inputs).items() if name in taken}
        items, scores = session.run(["items", "scores"], feed)
        return items, scores

    return run


def _write_openvino(
    program: torch.export.ExportedProgram, names: Sequence[str], path: Path
) -> None:
    import openvino  # type: ignore[import-untyped, import-not-found, unused-ignore]

    with TemporaryDirectory() as folder:
        file = Path(folder) / "graph.onnx"
        _write_onnx(program, names, file)
        model = openvino.Core().read_model(file)  # convert_model would report of it over the net
        openvino.save_model(model, path, compress_to_fp16=False)


def _run_openvino(path: Path, names: Sequence[str]) -> Runner:
    import openvino  # type: ignore[import-untyped, import-not-found, unused-ignore]

    settings = {
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": str(torch.get_num_threads()),
    }
    model = openvino.Core().compile_model(path, "CPU", settings)
    taken = {name for each in model.inputs for name in each.get_names()}

    def run(inputs: Inputs) -> Ranking:
        feed = {name: value for name, value in _named(names, inputs).items() if name in taken}
        output = model(feed)
        return output["items"].copy(), output["scores"].copy()

    return run


def _named(names: Sequence[str], inputs: Inputs) -> Mapping[str, Any]:
    """The inputs as arrays, by name."""
    *own, features = inputs
    values = (*own, *features.values())
    return {name: value.numpy() for name, value in zip(names, values, strict=True)}


_ONNX = ("onnx", "onnxscript")
TARGETS: Mapping[str, Target] = {
    "onnx": Target(".onnx", (*_ONNX, "onnxruntime"), "onnx", _write_onnx, _run_onnx),
    "torch": Target(".pt2", (), "onnx", _write_torch, _run_torch),
    "openvino": Target(".xml", ("openvino", *_ONNX), "openvino", _write_openvino, _run_openvino),
}
