"""The fields of the local engine."""

from seqrec_engine_local.process_pool import LocalEngine
from seqrec_engine_local.specs import LocalEngineSpec
from seqrec_library_engines.chosen import engine_of


def test_fields_become_those_of_the_engine():
    assert engine_of("local") == LocalEngine()
    chosen = engine_of("seqrec-engine-local:local", ["engine.processes=2", "engine.tries=1"])
    assert chosen == LocalEngine(processes=2, tries=1)
    assert LocalEngineSpec().processes is None
