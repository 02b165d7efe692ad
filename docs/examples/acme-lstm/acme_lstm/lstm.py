"""Long short-term memory that does not see the padding."""

from collections.abc import Mapping

from torch import Tensor, nn

__all__ = ["Lstm"]


class Lstm(nn.Module):
    """A stack of long short-term memories over the real events of a user, oldest first.

    Hochreiter and Schmidhuber, Neural Computation 9(8), 1997. torch runs through every position,
    and a state changes with each. So the events are moved to the front, where no padding is before
    them, and their states back to where they were.
    """

    def __init__(self, embedding_dim: int, num_layers: int, dropout: float):
        super().__init__()
        between = dropout if num_layers > 1 else 0.0  # one layer has nothing between
        self.lstm = nn.LSTM(
            embedding_dim, embedding_dim, num_layers, batch_first=True, dropout=between
        )

    def forward(
        self,
        feature_tensors: Mapping[str, Tensor],
        input_embeddings: Tensor,
        padding_mask: Tensor,
        attention_mask: Tensor,
    ) -> Tensor:
        """Hidden states (B, L, D) of embeddings (B, L, D); padding_mask is True at real events.

        States of padding are zero. A recurrent network has no use for the attention mask.
        """
        events_first = (~padding_mask).long().argsort(dim=1, stable=True)  # (B, L)
        places = events_first[..., None].expand_as(input_embeddings)
        states: Tensor = self.lstm(input_embeddings.gather(1, places))[0]
        back = states.new_zeros(states.shape).scatter(1, places, states)
        return back.where(padding_mask[..., None], 0)
