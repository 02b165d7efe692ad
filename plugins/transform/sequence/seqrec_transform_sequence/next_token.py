"""Targets of next-token prediction."""

from collections.abc import Iterable

from torch import Tensor, nn

from seqrec_core.batch import column


class NextTokenTransform(nn.Module):
    """Makes the items `shift` events ahead the labels of each position.

    From `label_field` (B, L + shift[, P]) and its mask, the labels are the last L positions
    (`out_feature_name`, and its mask: True = a label that counts). Every other tensor of that
    length loses its last `shift` positions; `query_features`, and tensors of any other length,
    stay as they are. So read L + shift events where the model is to see L.

    With left padding the first real items are labels whose context is padding only, as in the
    reference. `skip_padding_context`: True takes these labels out of the mask.
    """

    def __init__(
        self,
        label_field: str,
        shift: int = 1,
        query_features: Iterable[str] | str = ("query_id", "query_id_mask"),
        out_feature_name: str = "positive_labels",
        mask_postfix: str = "_mask",
        skip_padding_context: bool = False,
    ):
        super().__init__()
        if shift < 1:
            raise ValueError(f"shift is {shift}; it must be at least 1")
        self.label_field = label_field
        self.shift = shift
        self.query_features = frozenset(
            [query_features] if isinstance(query_features, str) else query_features
        )
        self.out_feature_name = out_feature_name
        self.mask_postfix = mask_postfix
        self.skip_padding_context = skip_padding_context

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The batch with shortened sequences, then labels (B, L[, P]) and their mask.

        Raises ValueError when `label_field` is no sequence longer than `shift`, or columns are
        grouped already; KeyError when it or its mask is missing.
        """
        labels = column(batch, self.label_field, "next_token")
        mask = column(batch, self.label_field + self.mask_postfix, "next_token")
        _refuse_groups(batch)
        if labels.ndim < 2 or labels.shape[1] <= self.shift:
            raise ValueError(
                f"{self.label_field!r} has shape {tuple(labels.shape)}; shift={self.shift} needs "
                f"(B, L) with L of at least {self.shift + 1}"
            )
        label_mask = mask[:, self.shift :]
        if self.skip_padding_context:
            label_mask = label_mask & mask[:, : -self.shift]
        return {
            **{name: self._shortened(name, value, labels) for name, value in batch.items()},
            self.out_feature_name: labels[:, self.shift :].contiguous(),
            self.out_feature_name + self.mask_postfix: label_mask.contiguous(),
        }

    def events_taken(self) -> int:
        """The events at the end of a sequence that are labels only."""
        return self.shift

    def _shortened(self, name: str, value: Tensor, labels: Tensor) -> Tensor:
        """A column without its last positions, if it is as long as the labels."""
        if name in self.query_features or value.shape[:2] != labels.shape[:2]:
            return value
        return value[:, : -self.shift].contiguous()


def _refuse_groups(batch: dict[str, Tensor]) -> None:
    """Raises ValueError where columns stand in groups already."""
    groups = [name for name, value in batch.items() if not isinstance(value, Tensor)]
    if groups:
        raise ValueError(
            f"next_token shortens columns and got the group {groups[0]!r}; put it before group"
        )
