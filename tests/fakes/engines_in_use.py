"""Spark and Ray as users have them: in use before an engine is."""

import shutil
import sys
import tempfile
from contextlib import contextmanager

import pytest

__all__ = ["ray_in_use", "spark_in_use"]


@contextmanager
def spark_in_use():
    """A session of two processes, where a task is tried four times."""
    sql = pytest.importorskip("pyspark.sql", reason="needs pyspark: pip install pyspark")
    if not shutil.which("java"):
        pytest.skip("Spark needs Java 17 or later")
    settings = {"spark.ui.enabled": "false", "spark.log.level": "OFF"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        session = sql.SparkSession.builder.master("local[2,4]").config(map=settings).getOrCreate()
        yield session
    session.stop()


@contextmanager
def ray_in_use():
    """A cluster of two cores."""
    ray = pytest.importorskip("ray", reason="needs ray: pip install 'ray[data]'")
    folder = tempfile.mkdtemp(prefix="ray", dir="/tmp")  # sockets need a short path
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(
            num_cpus=2,
            include_dashboard=False,
            log_to_driver=False,
            object_store_memory=100 * 2**20,
            _temp_dir=folder,
        )
    yield ray
    ray.shutdown()
    shutil.rmtree(folder, ignore_errors=True)
