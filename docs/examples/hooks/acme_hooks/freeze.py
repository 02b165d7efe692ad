"""Keeps the parameters whose names begin with ACME_FREEZE as they are."""

import os
from typing import TYPE_CHECKING

from seqrec_core.hookspecs import hookimpl

if TYPE_CHECKING:
    import torch


@hookimpl
def seqrec_change_model(model: "torch.nn.Module") -> "torch.nn.Module | None":
    """Freezes them; a prefix that matches nothing is an error."""
    prefix = os.environ.get("ACME_FREEZE")
    if not prefix:
        return None
    frozen = [p for name, p in model.named_parameters() if name.startswith(prefix)]
    if not frozen:
        names = ", ".join(name for name, _ in model.named_parameters())
        raise ValueError(f"ACME_FREEZE={prefix} matches none of {names}")
    for parameter in frozen:
        parameter.requires_grad_(False)
    return model
