"""Tables whose rows the processes of a run share out: when they do so, and what cannot go along."""

from collections.abc import Sequence
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import WeightAveraging
from lightning.pytorch.strategies import DDPStrategy
from seqrec_library_kernels.torch_internals import leave_out_of_replicas
from seqrec_library_kernels.unwrap import is_compiled, unwrap
from seqrec_library_sharding.sharded_table import (
    answer_others,
    names_of,
    sharded_tables,
    share_out,
)

from seqrec_core.errors import SeqrecError


class SharesTables(lightning.Callback):
    """Has processes share out the rows of each ShardedTable, and answer each other to the end.

    In an evaluation one process may have fewer batches than others, which ask it for rows: its
    turn is before that of whatever waits for others at the end, and after Measured, which answers
    by itself. One process alone has whole tables.
    """

    def setup(self, trainer: lightning.Trainer, pl_module: Any, stage: str) -> None:
        """Shares out; SeqrecError where something else in the run needs whole tables."""
        model = unwrap(pl_module.model)
        if not sharded_tables(model, shared=False):
            return
        if trainer.world_size == 1:
            if sharded_tables(model):
                raise SeqrecError(
                    "the rows of this model's item table are shared out among processes that "
                    "trained it, and one process alone asks for them; load the bundle"
                )
            return
        if fault := _fault(trainer, pl_module.model):
            raise SeqrecError(f"model.embedder.sharded shares out the item table: {fault}")
        tables = share_out(model, trainer.strategy.root_device)
        names = [name for table in tables.values() for name in names_of(table, model)]
        leave_out_of_replicas(pl_module, [f"model.{name}.weight" for name in names])

    def on_validation_epoch_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Answers those that have batches left."""
        answer_others(unwrap(pl_module.model))

    on_test_epoch_end = on_validation_epoch_end


def _fault(trainer: lightning.Trainer, model: torch.nn.Module) -> str | None:
    """What of a run does not go with tables that are shared out."""
    callbacks: Sequence[Any] = trainer.callbacks  # type: ignore[attr-defined]
    if not isinstance(trainer.strategy, DDPStrategy):
        return 'it needs trainer.strategy "ddp"'
    if trainer.precision == "16-mixed":
        return "trainer.precision 16-mixed scales gradients of each process apart; take bf16-mixed"
    if any(isinstance(callback, WeightAveraging) for callback in callbacks):
        return "trainer.ema_decay needs whole tables; set it to null"
    if is_compiled(model):
        return "torch.compile takes no questions to other processes into its graph; leave it out"
    return None


def shared_parameters(model: torch.nn.Module) -> dict[str, torch.nn.Parameter]:
    """Parameters of which each process has its own rows, by name."""
    tables = sharded_tables(unwrap(model))
    return {f"{name}.weight": table.weight for name, table in tables.items()}


def own_state(state: dict[str, Any], name: str, model: torch.nn.Module) -> dict[str, Any]:
    """The rows of this process in an optimiser's state of one parameter."""
    table = sharded_tables(model).get(name.removesuffix(".weight"))
    if table is None:
        return state
    rows = table.num_embeddings
    return {
        key: table.own(value)
        if isinstance(value, torch.Tensor) and value.shape[:1] == (rows,)
        else value
        for key, value in state.items()
    }
