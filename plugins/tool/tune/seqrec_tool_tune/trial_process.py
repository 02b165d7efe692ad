"""The process in which trials are trained: `python -m seqrec_tool_tune.trial_process`.

It reads a line of JSON a trial from its input, `{"recipe": …, "out": …, "log": …}`, and answers on
its output, a line each: `{"row": …, "number": n}` for the n-th validation, after which it waits
for `{"stop": true}` or false; then `{"end": "finished" | "stopped" | "interrupted"}`, or
`{"end": "failed", "reason": …}`. An empty message ends it in peace; once its input ends, so does
it, wherever it is.
"""

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from seqrec_core.contracts import Row
from seqrec_core.errors import SeqrecError, words_of
from seqrec_core.session import load_resolved, registry
from seqrec_core.terminal import console

Message = Mapping[str, Any]


class Line:
    """The connection to the search."""

    def __init__(self, source: IO[str], sink: IO[str]) -> None:
        self._sink = sink
        self._messages: queue.Queue[Message] = queue.Queue()
        threading.Thread(target=self._listen, args=[source], daemon=True).start()

    def tell(self, **message: Any) -> None:
        """Sends a message."""
        print(json.dumps(message), file=self._sink, flush=True)

    def next(self) -> Message:
        """The next message."""
        return self._messages.get()

    def _listen(self, source: IO[str]) -> None:
        for line in source:
            message = json.loads(line)
            self._messages.put(message)
            if not message:
                return
        # nobody is there any more; what a run writes is whole at any moment
        os.kill(os.getpid(), signal.SIGKILL)


def train(line: Line, out: Path, recipe: Message, metric: str) -> str:
    """Trains one trial, or goes on with it; how it ended."""
    from seqrec_tool_run.fit import fit
    from seqrec_tool_run.history_csv import HISTORY, read_rows
    from seqrec_tool_run.watching import StopTraining

    is_stopped = False

    def watch(row: Row) -> None:
        nonlocal is_stopped
        if metric not in row:
            return
        number = sum(metric in each for each in read_rows(out / HISTORY))
        line.tell(row=row, number=number)
        if line.next()["stop"]:
            is_stopped = True
            raise StopTraining

    resolved = load_resolved(recipe, quietly=True).recipe
    is_finished = fit(resolved, out, True, console(), watch=watch)
    return "finished" if is_finished else "stopped" if is_stopped else "interrupted"


def serve(line: Line) -> None:
    """Trains what it is sent, until that is nothing."""
    while message := line.next():
        registry.allow_only(message["allowed"])
        log = os.open(message["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for descriptor in (1, 2):
            os.dup2(log, descriptor)
        os.close(log)
        try:
            end = train(line, Path(message["out"]), message["recipe"], message["metric"])
        except Exception as error:
            import traceback

            traceback.print_exc()
            reason = str(error) if isinstance(error, SeqrecError) else words_of(error)
            line.tell(end="failed", reason=reason)
        else:
            line.tell(end=end)


if __name__ == "__main__":
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what is printed is no message
    serve(Line(sys.stdin, own))
