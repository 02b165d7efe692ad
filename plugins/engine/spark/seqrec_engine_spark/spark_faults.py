"""What Spark raises, in a sentence: the piece, what its work raised, and the remedy."""

import json
import re

from seqrec_core.errors import SeqrecError, words_of
from seqrec_engine_spark.spark_worker import FAILED

__all__ = ["fault_of"]

_PIECE = re.compile(FAILED + r" (\[\d+, \".*\"\])")
_MODULE = re.compile(r"No module named '([\w.]+)'")
_TASK = re.compile(r"Task (\d+) in stage [\d.]+ failed (\d+) times")
_PYTHON = re.compile(r"PYTHON_VERSION_MISMATCH|different (?:minor )?version")
_TRACEBACK = "Traceback (most recent call last):"
_GONE = ("Answer from Java side is empty", "Error while sending or receiving", "Connection refused")
_DEATHS = ("Python worker exited", "ExecutorLostFailure", "OutOfMemory")
_NO_JAVA = (
    "Spark's Java process has ended, most likely for want of memory: give it more "
    "(spark.driver.memory), and start anew"
)
_PACKAGES = (
    "every executor needs Python with the packages that are installed here: ship them by "
    "spark.archives (conda-pack, venv-pack), or install them in the image of the containers, and "
    "set PYSPARK_PYTHON to that Python before the session starts"
)


def fault_of(cause: Exception, size: int, *, is_gone: bool = False) -> SeqrecError:
    """The error to raise for one of Spark, of a call with `size` pieces.

    `is_gone` says that its Java does not answer any more.
    """
    text = _text(cause)
    is_gone = is_gone or any(sign in text for sign in _GONE)
    return SeqrecError(f"engine spark: {_NO_JAVA if is_gone else _sentence(cause, text, size)}")


def _sentence(cause: Exception, text: str, size: int) -> str:
    if piece := _PIECE.search(text):
        number, said = json.loads(piece[1])
        remedy = f"; {_PACKAGES}" if _MODULE.search(said) else ""
        return f"piece {number} of {size:,} failed: {said}{remedy}"
    if module := _MODULE.search(text):
        return f"an executor has no module {module[1]!r}: {_PACKAGES}"
    if _PYTHON.search(text):
        return f"executors run another Python than this; {_PACKAGES}"
    if "Cannot run program" in text:
        return f"executors find no Python; {_PACKAGES}"
    if any(sign in text for sign in _DEATHS):
        task = _TASK.search(text)
        which = f"the process of task {task[1]} died {task[2]} times" if task else "processes died"
        return (
            f"{which}, most likely for want of memory: give executors more "
            "(spark.executor.memoryOverhead), or fewer cores (spark.executor.cores)"
        )
    said = _raised_in_python(text)
    return said or next((x for x in text.splitlines() if "Exception" in x), words_of(cause))


def _raised_in_python(text: str) -> str | None:
    """What the process of a task raised: the first line of it, below the last traceback."""
    _, mark, below = text.rpartition(_TRACEBACK)
    lines = below.splitlines() if mark else []
    return next((line for line in lines if line.strip() and not line[0].isspace()), None)


def _text(cause: BaseException) -> str:
    """All that an error of Spark and its causes say."""
    texts: list[str] = []
    error: BaseException | None = cause
    while error is not None and len(texts) < 10:
        texts.append(words_of(error))
        error = error.__cause__ or error.__context__
    return "\n".join(texts)
