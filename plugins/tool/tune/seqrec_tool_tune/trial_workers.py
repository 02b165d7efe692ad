"""The processes that train the trials of a search, and what they say."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs

THREADS = "OMP_NUM_THREADS"
PATIENCE = 5.0  # seconds for a process to end by itself

Message = Mapping[str, Any]
Heard = queue.Queue["tuple[Worker, Message]"]


@attrs.define(eq=False)
class Worker:
    """One process, which trains one trial after the other; `trial` is what it is busy with."""

    process: "subprocess.Popen[str]"
    trial: Any = None

    @classmethod
    def start(cls, heard: Heard, threads: int | None, errors: Path) -> "Worker":
        """A new process, in a group of its own: Ctrl-C reaches it through the search alone."""
        environment = dict(os.environ)
        if threads is not None:
            environment[THREADS] = str(threads)
        with errors.open("ab") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "seqrec_tool_tune.trial_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                env=environment,
                encoding="utf-8",
                start_new_session=True,
            )
        worker = cls(process)
        threading.Thread(target=worker._listen, args=[heard], daemon=True).start()
        return worker

    def send(self, **message: Any) -> None:
        """Sends a message; one that has ended says so itself."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            with suppress(OSError):
                print(json.dumps(message), file=self.process.stdin, flush=True)

    def interrupt(self) -> None:
        """Has it write a checkpoint and end its run."""
        with suppress(OSError):
            self.process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """Ends it: in peace where it has nothing to do, else at once."""
        if self.trial is None:
            self.send()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE)
        self._hang_up()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def last_words(self) -> str:
        """How a process ended that nobody ended."""
        code = self.process.wait()
        self._hang_up()
        if code >= 0:
            return f"its process ended with exit code {code}"
        remark = ", as happens where memory runs out" if code == -signal.SIGKILL else ""
        return f"its process was ended by {signal.Signals(-code).name}{remark}"

    def _hang_up(self) -> None:
        if self.process.stdin is not None:
            with suppress(OSError):  # of what it did not read any more
                self.process.stdin.close()

    def _listen(self, heard: Heard) -> None:
        if self.process.stdout is not None:
            for line in self.process.stdout:
                heard.put((self, json.loads(line)))
            self.process.stdout.close()
        heard.put((self, {"end": "lost"}))


def usual_threads(jobs: int) -> int | None:
    """Threads of each process: a share of the processors, or what the environment says."""
    if jobs == 1 or os.environ.get(THREADS):
        return None
    return max((os.cpu_count() or 1) // jobs, 1)
