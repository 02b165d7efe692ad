"""The weights of a smaller catalogue in a model of a larger one."""

from collections.abc import Mapping

import attrs
import torch
from torch import Tensor, nn

from seqrec_core.errors import BundleError
from seqrec_core.hookspecs import hookimpl
from seqrec_core.spec import Recipe
from seqrec_tool_update.growth import Growth

__all__ = ["WarmStart", "carry", "enlarge"]


@attrs.frozen(eq=False)
class WarmStart:
    """A listener that gives each model that is built the weights of an earlier one."""

    weights: Mapping[str, Tensor]
    growth: Growth

    @hookimpl
    def seqrec_change_model(self, model: nn.Module, recipe: Recipe) -> nn.Module:
        """The model itself, its known rows as they were."""
        carry(self.weights, model, self.growth)
        return model


@torch.no_grad()
def carry(weights: Mapping[str, Tensor], model: nn.Module, growth: Growth) -> None:
    """Writes weights, by name, to a model of more items, in place.

    Rows of known items, and that of padding, are those of the weights; those of new items are as
    the model has them. Raises BundleError for the first parameter that is not in both, or whose
    shapes differ otherwise.
    """
    state = model.state_dict(keep_vars=True)
    reached = set()
    for name, old in weights.items():
        if name not in state:
            raise BundleError(
                f"the weights have {name!r}, and the model that is built for the new data does "
                "not; update it with the settings that it was trained with"
            )
        enlarge(name, old, state[name], growth)
        reached.add(state[name].data_ptr())
    for name, new in state.items():
        if name not in weights and new.numel() and new.data_ptr() not in reached:
            raise BundleError(
                f"the model that is built for the new data has {name!r}, and the weights do not; "
                "update it with the settings that it was trained with"
            )


@torch.no_grad()
def enlarge(name: str, old: Tensor, new: Tensor, growth: Growth) -> None:
    """Writes a tensor to the places that it has in a larger one, in place."""
    same = old.dim() == new.dim()
    rows = [growth.rows(*sizes) for sizes in zip(old.shape, new.shape, strict=True)] if same else []
    if not same or None in rows:
        before, after = growth.items
        raise BundleError(
            f"{name!r} is {tuple(old.shape)} in the weights and {tuple(new.shape)} for the new "
            f"data, which is not explained by {before:,} items becoming {after:,}; update with "
            "the settings, and data of the features, that it was trained with"
        )
    if old.shape == new.shape:
        new.copy_(old)
        return
    places = torch.meshgrid(*(each[1] for each in rows if each is not None), indexing="ij")
    new[tuple(place.to(new.device) for place in places)] = old.to(new.device, new.dtype)
