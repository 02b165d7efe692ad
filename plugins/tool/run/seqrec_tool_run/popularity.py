"""The baseline every model has to beat."""

import torch

from seqrec_core.contracts import InferenceOutput


class Popularity(torch.nn.Module):
    """Scores items by how often they occur in training, the same for everybody.

    It stands where a model stands, so that its metrics go through the same batches, filters and
    callbacks. `counts` holds the number of training interactions of each item (V,).
    """

    counts: torch.Tensor

    def __init__(self, counts: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("counts", counts.float())

    def forward(
        self,
        padding_mask: torch.Tensor | None = None,
        candidates_to_score: torch.Tensor | None = None,
        ground_truth: torch.Tensor | None = None,
    ) -> InferenceOutput:
        """Logits (B, V), or (B, C) for candidates, of the users of either column (B, ...).

        All users share the memory of one row, so that millions of items cost no more.

        Candidates are (C,), or (B, C), each user's own.

        Raises ValueError where the batch has neither.
        """
        users = ground_truth if padding_mask is None else padding_mask
        if users is None:
            raise ValueError("popularity counts users by padding_mask or ground_truth; name one so")
        scores = self.counts if candidates_to_score is None else self.counts[candidates_to_score]
        return {"logits": scores.expand(len(users), -1), "hidden_states": ()}
