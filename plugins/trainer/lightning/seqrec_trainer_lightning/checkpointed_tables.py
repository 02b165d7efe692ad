"""Whole tables in checkpoints of processes that share out the rows."""

from pathlib import Path
from typing import Any

import torch
from seqrec_library_kernels.unwrap import unwrap
from seqrec_library_sharding.sharded_table import ShardedTable, names_of, sharded_tables
from seqrec_library_sharding.whole_tables import whole_rows

from seqrec_trainer_lightning.accumulation import KEY as GRADIENTS
from seqrec_trainer_lightning.optimizer_state import KEY as NAMES


def put_whole_rows(checkpoint: dict[str, Any], module: Any, folder: Path | None) -> None:
    """Replaces, in the first process's checkpoint, its rows by those of all; all call it.

    These are of weights, of what the optimiser keeps of each row, and of gradients of a group of
    batches that has begun. Other processes' checkpoints, which nobody writes, have none then.
    """
    model = unwrap(module.model)
    for table in sharded_tables(model).values():

        def whole(own: Any, table: Any = table) -> Any:
            if not isinstance(own, torch.Tensor) or own.shape[:1] != table.weight.shape[:1]:
                return own
            return whole_rows(table, own.to_dense() if own.is_sparse else own, folder)

        _replace(checkpoint, _weights_of(table, model), whole)


def take_own_rows(checkpoint: dict[str, Any], module: Any) -> None:
    """Leaves, of a checkpoint with whole tables, the rows of this process."""
    model = unwrap(module.model)
    for table in sharded_tables(model).values():

        def own(whole: Any, table: Any = table) -> Any:
            if not isinstance(whole, torch.Tensor) or whole.shape[:1] != (table.num_embeddings,):
                return whole
            return table.own(whole)

        _replace(checkpoint, _weights_of(table, model), own)


def _weights_of(table: ShardedTable, model: Any) -> list[str]:
    return [f"{name}.weight" if name else "weight" for name in names_of(table, model)]


def _replace(checkpoint: dict[str, Any], known_as: list[str], change: Any) -> None:
    """Changes what a checkpoint holds of one parameter of the model, once for all its names.

    The optimiser, and sums of gradients, know it by the first of them.
    """
    weights, name = checkpoint["state_dict"], known_as[0]
    weight = change(weights[f"model.{name}"])
    weights.update(dict.fromkeys([f"model.{each}" for each in known_as], weight))
    if name in (names := checkpoint.get(NAMES, [])):
        (optimizer,) = checkpoint["optimizer_states"]
        state = optimizer["state"]
        if (number := names.index(name)) in state:  # a new dict: the optimiser's own stays
            state[number] = {key: change(state[number][key]) for key in sorted(state[number])}
    if name in (gradients := checkpoint.get(GRADIENTS, {})):
        gradients[name] = change(gradients[name])
