"""What Spark raises, in a sentence."""

import pytest
from seqrec_engine_spark.spark_faults import fault_of
from seqrec_engine_spark.spark_worker import PieceFailedError

STRANGE = PieceFailedError(7, ValueError('a ["b"]\nc'))
LACKING = PieceFailedError(7, ImportError("No module named 'torch'"))
TASK = "Job aborted: Task 3 in stage 0.0 failed 4 times, most recent failure: "


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"{TASK}\nTraceback\n{STRANGE}\n\tat java",
            'piece 7 of 1,000 failed: ValueError: a ["b"]\nc',
        ),
        (
            f"{TASK}{LACKING}",
            "No module named 'torch'; every executor needs",
        ),
        (f"{TASK}ModuleNotFoundError: No module named 'seqrec_core'", "'seqrec_core': every exec"),
        (f"{TASK}Python worker exited unexpectedly (crashed)", "process of task 3 died 4 times"),
        ("ExecutorLostFailure (executor 1 exited", "processes died, most likely"),
        ("[PYTHON_VERSION_MISMATCH] Python in worker has different version", "another Python"),
        ('java.io.IOException: Cannot run program "python9"', "find no Python"),
        ("first\norg.apache.spark.SparkException: Job 0 cancelled\n\tat x", "Job 0 cancelled"),
        ("", "engine spark: RuntimeError"),
    ],
)
def test_the_sentence_says_what_to_do(text, said):
    sentence = str(fault_of(RuntimeError(text), 1000))
    assert said in sentence
    assert sentence.startswith("engine spark: ")
    assert "\tat " not in sentence


RAISED = """
  An exception was thrown from the Python worker. Please see the stack trace below.
Traceback (most recent call last):
  File "worker.py", line 1, in main
KeyError: 'inner'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "plan.py", line 7, in read
polars.exceptions.ComputeError: no such column
    more of it

\tat org.apache.spark.api.python.BasePythonRunner.handlePythonException(PythonRunner.scala:645)
"""


def test_what_the_process_of_a_task_raised_is_said():
    said = str(fault_of(RuntimeError(f"{TASK}org.apache.spark.api.PythonException:{RAISED}"), 1))
    assert said == "engine spark: polars.exceptions.ComputeError: no such column"


def test_java_that_has_ended_is_said():
    for fault in (
        fault_of(RuntimeError("Answer from Java side is empty"), 1),
        fault_of(ConnectionRefusedError(111, "Connection refused"), 1),
        fault_of(EOFError(), 1, is_gone=True),
    ):
        assert "Java process has ended" in str(fault)
