"""The data module arrow: names, fields and defaults in specs."""

from seqrec_core.spec import DataModuleSpec, inherited, param, spec


@spec
class ArrowSpec(DataModuleSpec):
    """Reads sequences from Arrow IPC files and leaves each user's last two events out."""

    target = "acme_arrow.arrow_module:ArrowModule"
    runtime = ("schema", "seed")
    batch_size: int = param(128, ge=1, help="users of a batch")
    max_sequence_length: int = inherited(ge=1, help="most events the model sees")
