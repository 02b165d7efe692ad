"""The Ray cluster that an engine works on: the one in use, or one that it joins or starts."""

import logging
import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from seqrec_core.errors import SeqrecError, words_of

__all__ = ["joined"]

_LEAST = (2, 40)
_LOCAL = "local"  # Ray's word for a cluster of this machine
_RETRIES = "A worker died or was killed|so the task will be retried"
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_DEDUP_LOGS_SKIP_REGEX": _RETRIES,  # Ray prints these among the results
}


@contextmanager
def joined(address: str | None = None) -> Iterator[bool]:
    """Ray is in use: as it was, or by `address`, that of RAY_ADDRESS, or on this machine alone.

    Yields whether it has, or may get, other machines. What was joined or started here is left or
    stopped at the end. Nothing is reported to others, and what Ray logs stays off the terminal.

    Raises SeqrecError, with the remedy, where Ray is missing, of another version, or not reached.
    """
    with _environment(_QUIET):  # some of it is read once, with the import
        _check_version()
    import ray

    with _quiet():
        if ray.is_initialized():
            yield True
            return
        address = address or os.environ.get("RAY_ADDRESS") or _LOCAL
        try:
            with _environment(_QUIET), _errors_nowhere():
                ray.init(
                    address=address,
                    include_dashboard=False if address == _LOCAL else None,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                )
        except Exception as cause:
            raise _start_fault(address, cause) from cause
        try:
            yield address != _LOCAL
        finally:
            ray.shutdown()


@contextmanager
def _errors_nowhere() -> Iterator[None]:
    """What libraries write to the error output is dropped: Ray says there how it logs."""
    sys.stderr.flush()
    terminal, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
        os.close(nowhere)


def _check_version() -> None:
    try:
        import ray
        import ray.data
    except ImportError as cause:
        raise SeqrecError(
            f'the Ray engine needs ray[data]: {cause}; pip install "seqrec[ray]"'
        ) from cause
    if tuple(map(int, re.findall(r"\d+", ray.__version__)[:2])) < _LEAST:
        raise SeqrecError(
            f"the Ray engine needs Ray 2.40 or later, this is {ray.__version__}; "
            'pip install "ray[data]>=2.40" (and a cluster of the same version)'
        )


def _start_fault(address: str, cause: Exception) -> SeqrecError:
    line = words_of(cause).splitlines()[0]
    if address != _LOCAL:
        return SeqrecError(
            f"no Ray cluster is reached at {address!r}: {line}; check engine.address, run this on "
            "a node of the cluster, and with its version of Ray and Python"
        )
    return SeqrecError(
        f"Ray did not start: {line}; see that /dev/shm and the folder of RAY_TMPDIR have room and "
        "a short path"
    )


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """These variables are set, where they are not, for as long as this lasts."""
    own = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(own)
    try:
        yield
    finally:
        for name in own:
            del os.environ[name]


@contextmanager
def _quiet() -> Iterator[None]:
    """Ray Data draws no bars and logs errors alone, as long as this lasts."""
    from ray.data import DataContext

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"ray\.data")
        context = DataContext.get_current()  # which warns of fields of its own
    logger = logging.getLogger("ray.data")
    before = context.enable_progress_bars, context.print_on_execution_start, logger.level
    context.enable_progress_bars = context.print_on_execution_start = False
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        context.enable_progress_bars, context.print_on_execution_start = before[:2]
        logger.setLevel(before[2])
