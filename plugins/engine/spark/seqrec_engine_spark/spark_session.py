"""The Spark session that an engine works on: the active one, or one of its own."""

import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqrec_core.errors import SeqrecError, words_of
from seqrec_core.terminal import progress_console

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["LEAST", "session_of"]

LEAST = (4, 0)  # of Spark
_TRIES = 4
_CALL = "spark.seqrec.call"  # a setting that tells a session of its own from others
_LOCAL = re.compile(r"local(?:\[(\d+|\*)\])?")  # a master of this machine without tries
_CORES = re.compile(r"local\[(\d+|\*)")
_SHUFFLES = 4  # partitions of an exchange a core of this machine; Spark's own number is 200
_JAVA = (
    "Java 17 or later; install one (apt install openjdk-17-jre-headless, conda install openjdk), "
    "or set JAVA_HOME to the folder of one"
)


@contextmanager
def session_of(
    master: str | None = None, config: Mapping[str, Any] | None = None
) -> "Iterator[SparkSession]":
    """The active session, left as it is; or one of its own, stopped at the end.

    Its own has this `master`, or that of spark-submit, or the cores of this machine, where a task
    is tried four times, as on a cluster. What it logs stays off the terminal.

    Raises SeqrecError, with the remedy, where pyspark or Java is missing or of another version,
    and where the session does not start.
    """
    _pyspark_version()
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()  # of this thread
    spark, is_own = (active, False) if active else _started(master, config or {})
    if not is_own and (master or config):
        progress_console().print("Spark: the active session is used; master and config are its")
    try:
        with _py4j_quiet():
            yield spark
    finally:
        if is_own:
            spark.stop()


@contextmanager
def _py4j_quiet() -> Iterator[None]:
    """What py4j logs of a call that is interrupted or fails is raised, too."""

    def is_other(record: logging.LogRecord) -> bool:
        return "py4j" not in Path(record.pathname).parts

    root = logging.getLogger()
    root.addFilter(is_other)
    try:
        yield
    finally:
        root.removeFilter(is_other)


def _pyspark_version() -> tuple[int, ...]:
    try:
        import pyarrow  # noqa: F401
        import pyspark
    except ImportError as cause:
        raise SeqrecError(
            f'the Spark engine needs pyspark and pyarrow: {cause}; pip install "seqrec[spark]"'
        ) from cause
    version = _numbers(pyspark.__version__)
    if version < LEAST:
        raise SeqrecError(
            f"the Spark engine needs pyspark 4.0 or later, this is {pyspark.__version__}; "
            'pip install "pyspark>=4" (and a cluster of the same version)'
        )
    if os.environ.get("SPARK_REMOTE") or os.environ.get("SPARK_CONNECT_MODE_ENABLED"):
        raise SeqrecError(
            "Spark Connect ships no folders to executors, and SPARK_REMOTE asks for it; unset it, "
            "and run where a classic session can be had"
        )
    return version


def _numbers(version: str) -> tuple[int, ...]:
    """The major and minor number."""
    return tuple(map(int, re.findall(r"\d+", version)[:2]))


def _started(master: str | None, config: Mapping[str, Any]) -> "tuple[SparkSession, bool]":
    """A new session, or that of another thread, and whether it is new.

    Everything that this process says while Java starts goes to a file.
    """
    from pyspark import SparkConf, SparkContext
    from pyspark.sql import SparkSession

    settings = _settings(master, config)
    if "PYSPARK_GATEWAY_PORT" not in os.environ:  # spark-submit has started Java
        _check_java()
    call = uuid.uuid4().hex
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        try:
            with _errors_to(log.fileno()), _python_of(settings):
                conf = SparkConf().setAppName("seqrec").setAll([*settings.items(), (_CALL, call)])
                context = SparkContext.getOrCreate(conf)
                spark = SparkSession.builder.getOrCreate()
        except Exception as cause:
            log.seek(0)
            raise _start_fault(cause, log.read()) from cause
    is_own = context.getConf().get(_CALL) == call
    if is_own:
        _check_version(spark)
    return spark, is_own


def _settings(master: str | None, config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a session of its own; what `config` says goes first."""
    settings: dict[str, Any] = {
        "spark.log.level": "ERROR",
        "spark.ui.showConsoleProgress": "false",
        "spark.executorEnv.OMP_NUM_THREADS": "1",  # as many processes as cores
    }
    master = master or config.get("spark.master") or ("" if _has_default_master() else "local[*]")
    if master:
        if local := _LOCAL.fullmatch(master):
            master = f"local[{local[1] or 1},{_TRIES}]"
        settings["spark.master"] = master
        if cores := _CORES.match(master):
            number = (os.cpu_count() or 1) if cores[1] == "*" else int(cores[1])
            settings["spark.sql.shuffle.partitions"] = str(_SHUFFLES * number)
            settings["spark.ui.enabled"] = "false"
            settings["spark.driver.bindAddress"] = "127.0.0.1"
            settings["spark.driver.host"] = "127.0.0.1"
    return settings | {k: _text(v) for k, v in config.items() if k != "spark.master"}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _has_default_master() -> bool:
    """Whether spark-submit, its arguments or its file of defaults say which master."""
    environment = os.environ
    if "PYSPARK_GATEWAY_PORT" in environment or "master" in environment.get(
        "PYSPARK_SUBMIT_ARGS", ""
    ):
        return True
    home = environment.get("SPARK_HOME")
    folder = environment.get("SPARK_CONF_DIR") or (home and os.path.join(home, "conf"))
    defaults = Path(folder or os.devnull, "spark-defaults.conf")
    return defaults.is_file() and bool(
        re.search(r"^\s*spark\.master[\s=:]", defaults.read_text(errors="replace"), re.MULTILINE)
    )


def _check_java() -> None:
    """Raises SeqrecError where Spark's scripts would find no Java, or too old a one."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(os.path.join(home, "bin", "java") if home else "java")
    if java is None:
        where = f"JAVA_HOME is {home}, and no bin/java is there" if home else "there is no java"
        raise SeqrecError(f"{where}; Spark needs {_JAVA}")
    try:
        run = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=60, errors="replace"
        )
        said = run.stderr + run.stdout
    except (OSError, subprocess.TimeoutExpired) as cause:
        raise SeqrecError(f"{java} does not run: {words_of(cause)}; Spark needs {_JAVA}") from cause
    version = re.search(r'version "(?:1\.)?(\d+)', said)
    if run.returncode or (version and int(version[1]) < 17):
        line = next(iter(said.strip().splitlines()), f"exit code {run.returncode}")
        raise SeqrecError(f"{java} says {line!r}; Spark needs {_JAVA}")


@contextmanager
def _errors_to(log: int) -> Iterator[None]:
    """Java inherits the error output, and writes there for as long as it lives: it gets a file."""
    sys.stderr.flush()
    terminal = os.dup(2)
    os.dup2(log, 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)


@contextmanager
def _python_of(settings: Mapping[str, Any]) -> Iterator[None]:
    """On this machine, processes of Python are of this interpreter, unless settings say another.

    Sessions take it from PYSPARK_PYTHON as they start.
    """
    python = settings.get("spark.pyspark.python")
    if python is None and str(settings.get("spark.master", "")).startswith("local"):
        python = os.environ.get("PYSPARK_PYTHON") or sys.executable
    before = os.environ.get("PYSPARK_PYTHON")
    if python is not None:
        os.environ["PYSPARK_PYTHON"] = python
    try:
        yield
    finally:
        if python is not None:
            del os.environ["PYSPARK_PYTHON"]
        if before is not None:
            os.environ["PYSPARK_PYTHON"] = before


def _start_fault(cause: Exception, log: str) -> SeqrecError:
    """Why no session started, in a sentence, from what Spark raised and logged."""
    lines = [line.strip() for line in [*str(cause).splitlines(), *log.splitlines()] if line.strip()]
    telling = [line for line in lines if re.search(r"Exception|Error|refused|denied", line)]
    said = (telling or lines or [words_of(cause)])[-1 if log else 0]
    home = os.environ.get("SPARK_HOME")
    hint = f"; SPARK_HOME is {home}: its Spark must be of pyspark's version" if home else ""
    return SeqrecError(f"Spark did not start: {said}{hint}; check engine.master and engine.config")


def _check_version(spark: "SparkSession") -> None:
    import pyspark

    if _numbers(spark.version) != _numbers(pyspark.__version__):
        version = spark.version
        spark.stop()
        raise SeqrecError(
            f"Spark is {version} and pyspark {pyspark.__version__}, which do not work together; "
            f'pip install "pyspark=={version}", or let SPARK_HOME name another Spark'
        )
