"""A tracker that notes what it is told, and fails where it is asked to."""

import attrs

from seqrec_core.spec import TrackerSpec, param, spec

CALLS: list[tuple] = []


@spec
class NotebookSpec(TrackerSpec):
    """Notes what it is told; fails in a method."""

    target = "notebook_tracker:Notebook"
    name: str = param("a", help="whose notes these are")
    fails: str = param("", help="the method that fails")


@attrs.frozen
class Notebook:
    name: str
    fails: str

    def start(self, folder, recipe, resumed):
        self._note("start", folder, recipe, resumed)

    def log(self, values, step):
        self._note("log", dict(values), step)
        values.clear()

    def finish(self, state):
        self._note("finish", state)

    def _note(self, method, *arguments):
        CALLS.append((self.name, method, *arguments))
        if method == self.fails:
            raise OSError("no space left")


class Mute:
    """No tracker: it cannot be told of values."""

    def __init__(self, name, fails):
        pass

    def start(self, folder, recipe, resumed):
        pass
