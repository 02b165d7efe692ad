"""Engines that take long to start are at hand for all checks of a suite."""

import engines_in_use
import pytest


@pytest.fixture(scope="class")
def spark_in_use():
    with engines_in_use.spark_in_use() as session:
        yield session


@pytest.fixture(scope="class")
def ray_in_use():
    with engines_in_use.ray_in_use() as ray:
        yield ray
