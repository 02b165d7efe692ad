"""An engine is found by its name, and must be able to prepare data."""

import pytest
from seqrec_library_engines.kind import EngineSpec, PreparesData
from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.preparation import write_data_folder
from seqrec_tool_prepare.preparing_engine import preparer_of

from seqrec_core.errors import DataError, RegistryError, SpecError
from seqrec_core.session import Session
from seqrec_core.spec import param, spec


def test_polars_is_the_preparation_of_this_machine(tmp_path, write_log):
    assert preparer_of("polars") is write_data_folder
    log = write_log(tmp_path, [(1, 2, 3), (1, 3, 4)])
    report = prepare(log, tmp_path / "one", engine="polars")
    assert report == prepare(log, tmp_path / "other")
    with pytest.raises(DataError, match=r"--set engine.x=1: polars has no fields"):
        prepare(log, tmp_path / "one", engine_fields=["engine.x=1"])


def test_an_engine_of_the_registry_prepares_with_its_fields(engines):
    write = preparer_of("able", ["engine.size=3"], engines)
    assert write({"file": "log"}, {"file"}) == {"size": 3, "changed": ["file"]}
    with pytest.raises(SpecError, match=r"engine\.length"):
        preparer_of("able", ["engine.length=3"], engines)


def test_one_that_prepares_nothing_names_those_that_do(engines):
    with pytest.raises(DataError, match=r"--engine unable prepares no data.*: polars, able"):
        preparer_of("unable", (), engines)
    with pytest.raises(RegistryError, match="polarz"):
        preparer_of("polarz", (), engines)


@pytest.fixture
def engines():
    """A session with an engine that prepares data and one that does not."""

    @spec
    class AbleSpec(EngineSpec):
        """Prepares data."""

        target = f"{__name__}:Able"
        size: int = param(1, ge=1, help="a size")

    @spec
    class UnableSpec(EngineSpec):
        """Prepares nothing."""

        target = f"{__name__}:Unable"

    session = Session()
    session.registry.register("able", AbleSpec)
    session.registry.register("unable", UnableSpec)
    assert issubclass(Able, PreparesData)
    return session


class Able:
    """An engine that prepares data."""

    def __init__(self, size):
        self.size = size

    def prepare(self, options, changed):
        return {"size": self.size, "changed": sorted(changed)}


class Unable:
    """An engine that does not."""
