"""The session of an engine: what it is set to, and what is said where none can be had."""

import os
import shutil
import sys

import pytest

pyspark = pytest.importorskip("pyspark", reason="needs pyspark: pip install pyspark")

from seqrec_engine_spark import spark_session  # noqa: E402
from seqrec_engine_spark.spark_session import session_of  # noqa: E402

from seqrec_core.errors import SeqrecError  # noqa: E402


def refusal(*arguments):
    with pytest.raises(SeqrecError) as error, session_of(*arguments):
        pass
    return str(error.value)


@pytest.fixture
def no_defaults(monkeypatch):
    for name in ("SPARK_HOME", "SPARK_CONF_DIR", "PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("master", "expected"),
    [
        (None, "local[*,4]"),
        ("local", "local[1,4]"),
        ("local[3]", "local[3,4]"),
        ("local[*]", "local[*,4]"),
        ("local[2,1]", "local[2,1]"),
        ("yarn", "yarn"),
    ],
)
def test_a_master_of_this_machine_has_tries(no_defaults, master, expected):
    assert spark_session._settings(master, {})["spark.master"] == expected
    assert spark_session._settings(None, {"spark.master": master})["spark.master"] == expected


def test_settings_of_the_user_go_first(no_defaults):
    settings = spark_session._settings("local[2]", {"spark.ui.enabled": True, "spark.cores": 3})
    assert settings["spark.ui.enabled"] == "true"
    assert settings["spark.cores"] == "3"


def test_exchanges_on_this_machine_are_in_few_partitions(no_defaults):
    name = "spark.sql.shuffle.partitions"
    assert spark_session._settings("local[3]", {})[name] == "12"
    assert spark_session._settings("local[3,1]", {name: 7})[name] == "7"
    assert name not in spark_session._settings("yarn", {})


def test_the_master_of_defaults_is_left(no_defaults, monkeypatch, tmp_path):
    (tmp_path / "spark-defaults.conf").write_text("# mine\nspark.master  spark://here:7077\n")
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    assert "spark.master" not in spark_session._settings(None, {})


def test_java_that_is_missing_is_said_with_the_remedy(no_defaults, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    assert "JAVA_HOME is /nowhere" in refusal("local[2]")
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "there is no java; Spark needs Java 17 or later; install one" in refusal("local[2]")


@pytest.mark.parametrize(
    ("script", "said"),
    [("echo 'openjdk version \"11.0.2\" 2019' >&2", "11.0.2"), ("exit 3", "exit code 3")],
)
def test_java_that_is_too_old_or_broken_is_said(no_defaults, monkeypatch, tmp_path, script, said):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "bin" / "java").chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    text = refusal("local[2]")
    assert said in text
    assert "Java 17 or later" in text


def test_pyspark_that_is_missing_or_old_is_said(monkeypatch):
    monkeypatch.setattr(pyspark, "__version__", "3.5.1")
    assert "needs pyspark 4.0 or later, this is 3.5.1" in refusal()
    monkeypatch.setitem(sys.modules, "pyspark", None)
    assert 'pip install "seqrec[spark]"' in refusal()


def test_spark_connect_is_refused(monkeypatch):
    monkeypatch.setenv("SPARK_REMOTE", "sc://host")
    assert "unset it" in refusal()


def environment():
    """The variables, but for two that pyspark sets."""
    own = ("SPARK_AUTH_SOCKET_TIMEOUT", "SPARK_BUFFER_SIZE")
    return {name: value for name, value in os.environ.items() if name not in own}


needs_java = pytest.mark.skipif(not shutil.which("java"), reason="Spark needs Java 17 or later")


@pytest.mark.slow
@needs_java
def test_a_session_of_its_own_is_quiet_and_stopped(capfd):
    before = environment()
    with session_of("local[1]", {"spark.sql.shuffle.partitions": 3}) as spark:
        assert spark.sparkContext.master == "local[1,4]"
        assert spark.sparkContext.pythonExec == sys.executable
        assert spark.sparkContext.environment["OMP_NUM_THREADS"] == "1"
        assert spark.conf.get("spark.sql.shuffle.partitions") == "3"
        assert spark.range(5).count() == 5
    assert pyspark.sql.SparkSession.getActiveSession() is None
    assert environment() == before
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""


@pytest.mark.slow
@needs_java
def test_a_master_that_is_none_is_said():
    assert "Spark did not start" in refusal("lokal")
