"""Whole tables in checkpoints of processes that share out the rows."""

from pathlib import Path
from typing import Any

import torch
from seqrec_library_kernels.unwrap import unwrap
from seqrec_library_sharding.sharded_table import sharded_tables
from seqrec_library_sharding.whole_tables import whole_rows

from seqrec_trainer_lightning.accumulation import KEY as GRADIENTS
from seqrec_trainer_lightning.optimizer_state import KEY as NAMES


def put_whole_rows(checkpoint: dict[str, Any], module: Any, folder: Path | None) -> None:
    """Replaces, in the first process's checkpoint, its rows by those of all; all call it.

    These are of weights, of what the optimiser keeps of each row, and of gradients of a group of
    batches that has begun. Other processes' checkpoints, which nobody writes, have none then.
    """
    for name, table in sharded_tables(unwrap(module.model)).items():

        def whole(own: Any, table: Any = table) -> Any:
            if not isinstance(own, torch.Tensor) or own.shape[:1] != table.weight.shape[:1]:
                return own
            return whole_rows(table, own.to_dense() if own.is_sparse else own, folder)

        _replace(checkpoint, f"{name}.weight", whole)


def take_own_rows(checkpoint: dict[str, Any], module: Any) -> None:
    """Leaves, of a checkpoint with whole tables, the rows of this process."""
    for name, table in sharded_tables(unwrap(module.model)).items():

        def own(whole: Any, table: Any = table) -> Any:
            if not isinstance(whole, torch.Tensor) or whole.shape[:1] != (table.num_embeddings,):
                return whole
            return table.own(whole)

        _replace(checkpoint, f"{name}.weight", own)


def _replace(checkpoint: dict[str, Any], name: str, change: Any) -> None:
    """Changes what a checkpoint holds of one parameter of the model."""
    weights = checkpoint["state_dict"]
    weights[f"model.{name}"] = change(weights[f"model.{name}"])
    if name in (names := checkpoint.get(NAMES, [])):
        (optimizer,) = checkpoint["optimizer_states"]
        state = optimizer["state"]
        if (number := names.index(name)) in state:  # a new dict: the optimiser's own stays
            state[number] = {key: change(state[number][key]) for key in sorted(state[number])}
    if name in (gradients := checkpoint.get(GRADIENTS, {})):
        gradients[name] = change(gradients[name])
