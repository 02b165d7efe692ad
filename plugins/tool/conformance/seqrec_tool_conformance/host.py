"""A model that is hardly one, so that parts of models can be tested by themselves."""

from collections.abc import Mapping
from typing import Any

import attrs
import torch
from torch import Tensor, nn

from seqrec_core.contracts import InferenceOutput, TrainOutput
from seqrec_core.schema import TensorSchema
from seqrec_core.session import registry
from seqrec_core.spec import DataModuleSpec, EncoderSpec, ModelSpec, Spec, param, spec
from seqrec_core.spec.fields import INFO, FieldInfo
from seqrec_tool_conformance.batches import DIM

__all__ = ["Host", "HostData", "HostDataSpec", "HostSampler", "HostSpec", "host_for"]


@spec
class HostSpec(ModelSpec):
    """Offers a part under test the sizes that models offer."""

    target = "seqrec_tool_conformance.host:Host"
    embedding_dim: int = param(DIM, for_parts=True, help="size of every hidden state")
    num_heads: int = param(2, for_parts=True, help="attention heads a block")
    num_blocks: int = param(2, for_parts=True, help="blocks")
    max_sequence_length: int = param(8, for_parts=True, help="most events of a sequence")
    dropout: float = param(0.2, for_parts=True, help="share of values dropped")

    def default_transforms(self, schema: TensorSchema) -> dict[str, list[dict[str, Any]]]:
        """None at all."""
        return {"train": [], "validate": [], "test": [], "predict": []}


@spec
class HostDataSpec(DataModuleSpec):
    """Holds the transforms of a model under test."""

    target = "seqrec_tool_conformance.host:HostData"


@attrs.frozen
class HostData:
    """The built transforms of each split."""

    folder: str
    transforms: dict[str, tuple[Any, ...]]


def host_for(part: type[Spec]) -> type[ModelSpec]:
    """The host with an optional `part` of that kind and, if it is an encoder, of that tower."""
    tower = part.serves[0] if issubclass(part, EncoderSpec) else "query"
    info = FieldInfo(help="the component under test", tower=tower)
    body = {
        "__module__": __name__,
        "__doc__": HostSpec.__doc__,
        "__annotations__": {"part": registry.kind(part.kind).base | None},
        "part": attrs.field(default=None, metadata={INFO: info}),
    }
    return spec(type("HostSpec", (HostSpec,), body))


class HostSampler:
    """Draws five items for a batch, for transforms that ask for the sampler of a model."""

    def __init__(self, num_items: int, generator: torch.Generator) -> None:
        self.num_items = num_items
        self.generator = generator

    def forward(self, batch: Mapping[str, Any]) -> Tensor:
        """Items (5,)."""
        return torch.randint(self.num_items, (5,), generator=self.generator)

    __call__ = forward

    def generators(self) -> tuple[torch.Generator, ...]:
        """What it draws from."""
        return (self.generator,)


class Host(nn.Module):
    """Scores the item after the last one by a table of pairs; for trainers and callbacks."""

    def __init__(self, num_items: int, embedding_dim: int = DIM, dropout: float = 0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.table = nn.Embedding(num_items + 1, embedding_dim)

    def forward(
        self,
        feature_tensors: Mapping[str, Tensor],
        padding_mask: Tensor,
        positive_labels: Tensor | None = None,
        target_padding_mask: Tensor | None = None,
    ) -> TrainOutput | InferenceOutput:
        """Cross-entropy of the labels in training, logits (B, V) in evaluation."""
        hidden = self.dropout(self.table(feature_tensors["item_id"]))
        logits = hidden @ self.table.weight[:-1].T
        if not self.training:
            return {"logits": logits[:, -1], "hidden_states": (hidden,)}
        assert positive_labels is not None
        assert target_padding_mask is not None
        counts = target_padding_mask[..., 0]
        loss = nn.functional.cross_entropy(logits[counts], positive_labels[..., 0][counts])
        return {"loss": torch.nan_to_num(loss), "hidden_states": (hidden,)}
