"""The trainer loop: names, fields and defaults in specs."""

from pathlib import Path
from zipfile import is_zipfile

from seqrec_core.spec import CallbackSpec, OptimizerSpec, TrainerSpec, component, param, spec


@spec
class LoopSpec(TrainerSpec):
    """Trains in a plain loop of torch, on one device."""

    target = "acme_loop.loop:Loop"
    runtime = ("seed",)
    checkpoint = "last.pt"
    fixed_by_checkpoint = ("optimizer", "metrics", "monitor")
    max_epochs: int = param(20, ge=1, help="passes over the training data, at most")
    patience: int = param(5, ge=1, help="epochs without improvement until the run stops")
    monitor: str = param("ndcg@10", help="the metric that chooses the best weights")
    device: str = param("cpu", help="where torch computes: cpu, cuda, cuda:1, mps")
    optimizer: OptimizerSpec = component("seqrec-optimizer-standard:adam", help="update rule")
    metrics: CallbackSpec = component("seqrec-callback-metrics:metrics", help="what is measured")

    def monitored(self) -> str | None:
        """The metric that chooses the best weights."""
        return self.monitor

    def checkpoint_fault(self, path: Path) -> str | None:
        """Whether the file was cut short: an archive ends with its table."""
        return None if is_zipfile(path) else "no end of the file"
