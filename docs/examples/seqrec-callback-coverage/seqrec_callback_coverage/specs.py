"""The callback that counts recommended items, as a spec names it."""

from seqrec_core.spec import CallbackSpec, inherited, param, spec

__all__ = ["CoverageCsvSpec"]


@spec
class CoverageCsvSpec(CallbackSpec):
    """Writes a CSV file: how much of the catalogue the lists of each epoch hold."""

    target = "seqrec_callback_coverage.coverage_csv:CoverageCsv"
    runtime = ("postprocessors",)
    path: str = param("coverage.csv", help="file in the folder of the run")
    k: int = param(10, ge=1, help="length of the recommendation lists")
    cardinality: int = inherited(ge=1, help="items of the catalogue")
