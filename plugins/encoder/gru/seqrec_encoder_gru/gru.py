"""The encoder of GRU4Rec."""

from collections.abc import Mapping

from seqrec_library_kernels.dropout import Dropout
from torch import Tensor, nn

from seqrec_encoder_gru.layer import GruLayer

__all__ = ["Gru"]


class Gru(nn.Module):
    """A stack of gated recurrent units over the real events of a user, oldest first.

    Source: Hidasi et al., "Session-based Recommendations with Recurrent Neural Networks",
    arXiv:1511.06939, section 3. As in the authors' code, the output of every layer is dropped
    out, that of the last one too. With `hidden_size` a linear layer maps its units to
    embedding_dim. Padding is passed over wherever it stands: the events are moved to the front,
    where none is before them, and their states back. States of padding are zero.
    """

    def __init__(
        self, embedding_dim: int, num_layers: int, dropout: float, hidden_size: int | None = None
    ):
        super().__init__()
        units = embedding_dim if hidden_size is None else hidden_size
        widths = [embedding_dim] + [units] * (num_layers - 1)
        self.layers = nn.ModuleList(GruLayer(width, units) for width in widths)
        self.dropout = Dropout(dropout)
        self.projection = None if hidden_size is None else nn.Linear(units, embedding_dim)

    def reset_parameters(self) -> None:
        """Draws fresh weights."""
        for layer in self.layers:
            layer.reset_parameters()  # type: ignore[operator]
        if self.projection is not None:
            self.projection.reset_parameters()

    def forward(
        self,
        feature_tensors: Mapping[str, Tensor],
        input_embeddings: Tensor,
        padding_mask: Tensor,
        attention_mask: Tensor,
    ) -> Tensor:
        """Hidden states (B, L, D) of embeddings (B, L, D); padding_mask is True at real events.

        Features and the attention mask are not needed: no event sees a later one.
        """
        events_first = _events_first(padding_mask)
        hidden = self._layers(_taken(input_embeddings, events_first))
        hidden = self._projected(_taken(hidden, events_first.argsort(dim=1)))
        return hidden.where(padding_mask[..., None], 0)

    def forward_last(
        self,
        feature_tensors: Mapping[str, Tensor],
        input_embeddings: Tensor,
        padding_mask: Tensor,
        attention_mask: Tensor,
    ) -> Tensor:
        """The last position (B, D) of `forward`; no other is moved back or projected."""
        hidden = self._layers(_taken(input_embeddings, _events_first(padding_mask)))
        last = (padding_mask.sum(1, keepdim=True) - 1).clamp(min=0)  # (B, 1)
        return self._projected(_taken(hidden, last)[:, 0]).where(padding_mask[:, -1:], 0)

    def _layers(self, hidden: Tensor) -> Tensor:
        """States (B, L, units) of (B, L, D), in which events stand before padding."""
        for layer in self.layers:
            hidden = self.dropout(layer(hidden))
        return hidden

    def _projected(self, hidden: Tensor) -> Tensor:
        projected: Tensor = hidden if self.projection is None else self.projection(hidden)
        return projected


def _events_first(padding_mask: Tensor) -> Tensor:
    """The positions (B, L) of each row, those of real events before those of padding."""
    return (~padding_mask).long().argsort(dim=1, stable=True)


def _taken(sequence: Tensor, places: Tensor) -> Tensor:
    """(B, L, D) at places (B, K): (B, K, D)."""
    return sequence.gather(1, places[..., None].expand(-1, -1, sequence.size(-1)))
