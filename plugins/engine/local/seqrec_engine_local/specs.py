"""The engine that shares out work among processes of this machine."""

from seqrec_library_engines.kind import EngineSpec

from seqrec_core.spec import param, spec

__all__ = ["LocalEngineSpec"]


@spec
class LocalEngineSpec(EngineSpec):
    """Shares out work among processes of this machine."""

    target = "seqrec_engine_local.process_pool:LocalEngine"
    processes: int | None = param(
        None, ge=1, le=4096, help="processes; null is one a core, and no more than pieces"
    )
    tries: int = param(
        3, ge=1, le=100, help="how often a piece may end the process that works on it"
    )
