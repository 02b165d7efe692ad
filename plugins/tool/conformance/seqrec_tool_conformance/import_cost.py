"""What importing a spec module costs and drags in, seen from a fresh interpreter."""

import json
import os
import subprocess
import sys
from functools import cache

import attrs

from seqrec_core.session import registry

__all__ = ["Import", "import_of"]

_SCRIPT = """
import importlib, json, sys, time, traceback
import seqrec_core.spec

class Watch:
    who = None
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            frame = sys._getframe(1)
            while frame.f_code.co_filename.startswith("<frozen importlib"):
                frame = frame.f_back
            Watch.who = f"{frame.f_code.co_filename}, line {frame.f_lineno}"
            raise ImportError("torch is out of bounds here")

sys.meta_path.insert(0, Watch())
for module in json.loads(sys.argv[1]):
    Watch.who, fault, start = None, None, time.process_time()
    try:
        importlib.import_module(module)
    except Exception as error:
        fault = "".join(traceback.format_exception_only(error)).strip()
    seconds = time.process_time() - start
    print(json.dumps({"torch": Watch.who, "fault": fault, "seconds": seconds}))
"""


@attrs.frozen
class Import:
    """An import of a module.

    `torch` is the file and line that imports torch, `fault` what went wrong otherwise, `seconds`
    the processor time, without that of the core.
    """

    torch: str | None
    fault: str | None
    seconds: float


def import_of(module: str) -> Import:
    """The import of a spec module; all installed ones share one interpreter, to save time."""
    installed = _installed()
    return installed[module] if module in installed else _imports((module,))[module]


@cache
def _installed() -> dict[str, Import]:
    modules = {component.value.partition(":")[0] for component in registry}
    return _imports(tuple(sorted(modules - {""})))


@cache
def _imports(modules: tuple[str, ...]) -> dict[str, Import]:
    run = subprocess.run(
        [sys.executable, "-c", _SCRIPT, json.dumps(modules)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = run.stdout.splitlines()
    return {module: Import(**json.loads(line)) for module, line in zip(modules, lines, strict=True)}
