"""The state of an optimiser by the names of parameters, from one training to the next."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning
import torch
from seqrec_library_kernels.unwrap import unwrap

from seqrec_core.errors import SeqrecError
from seqrec_trainer_lightning.shared_tables import own_state
from seqrec_trainer_lightning.whole_checkpoints import WholeCheckpoints

KEY = "seqrec_parameters"  # in a checkpoint: names, in the order in which the optimiser has them


State = Mapping[str, Mapping[str, Any]]  # by parameter, then as torch names it


class StartState(lightning.Callback):
    """Gives the optimiser, as training starts, a state that it goes on from.

    Settings, such as the learning rate, are the optimiser's own. Parameters that the state does
    not name begin anew.
    """

    def __init__(self, state: State) -> None:
        self.state = state

    def on_train_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Loads it; the optimiser is on its device by then, and has made no step."""
        (optimizer,) = trainer.optimizers
        names = parameter_names(optimizer, unwrap(pl_module.model))
        known = {
            number: own_state(dict(self.state[name]), name, unwrap(pl_module.model))
            for number, name in enumerate(names)
            if name in self.state
        }
        optimizer.load_state_dict({**optimizer.state_dict(), "state": known})


def parameter_names(optimizer: torch.optim.Optimizer, model: torch.nn.Module) -> list[str]:
    """Names of the parameters in the order in which the optimiser numbers them.

    Empty where it has others than the model, as where a strategy shares them out.
    """
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    own = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    return [names[id(each)] for each in own] if all(id(each) in names for each in own) else []


def read_state(path: Path) -> State:
    """The state in a checkpoint; SeqrecError where it is not there, or does not say whose it is."""
    if not path.is_file():
        raise SeqrecError(f"{path} is not there")
    checkpoint = WholeCheckpoints(lambda line: None).load_checkpoint(path)
    try:
        (state,) = checkpoint["optimizer_states"]
        names = checkpoint[KEY]
        return {names[number]: each for number, each in state["state"].items()}
    except (TypeError, ValueError, KeyError, IndexError) as cause:
        raise SeqrecError(
            f"{path} does not say which state is which parameter's: an earlier edition, or a "
            "strategy that shares weights out, wrote it"
        ) from cause
