"""From a batch to the best items of each user: transforms, model, postprocessors of a bundle."""

from collections.abc import Mapping
from typing import Any

import torch
from seqrec_library_kernels.answers import Answers
from seqrec_library_kernels.deferred import DeferredLogits
from seqrec_library_kernels.ranking import TopItems, recommend
from torch import Tensor, nn

from seqrec_core.bundle import Serving
from seqrec_core.contracts import InferenceOutput
from seqrec_core.errors import DataError
from seqrec_core.faults import PluginFaults
from seqrec_core.session import Session
from seqrec_tool_recommend.nearest_items import NearestItems, all_excluded, top_nearest

__all__ = ["BatchRanker"]


class BatchRanker:
    """Ranks all items, or candidates, for the users of a batch, on a device.

    With an `index` of the model's items, all of them are ranked by its help, where scores are dot
    products and postprocessors do nothing but drop items; scores are exact all the same.
    """

    def __init__(
        self,
        serving: Serving,
        session: Session,
        device: torch.device,
        index: NearestItems | None = None,
    ) -> None:
        self.model: nn.Module = serving.model.to(device)
        self.device = device
        for part in (*serving.transforms, *serving.postprocessors):
            if isinstance(part, nn.Module):
                part.to(device)
        self.postprocessors = serving.postprocessors
        self.index = index
        self._transforms = serving.transforms
        self._answers = Answers(self.model)
        self._faults = PluginFaults(serving.parts, session.registry)

    @torch.inference_mode()
    def answer(
        self, batch: Mapping[str, Tensor], candidates: Tensor | None = None
    ) -> tuple[dict[str, Any], InferenceOutput]:
        """The transformed batch, and what the model says to it; DataError for no numbers."""
        columns: dict[str, Any] = {name: value.to(self.device) for name, value in batch.items()}
        with self._faults:
            for transform in self._transforms:
                columns = transform(columns)
            answer = self._answers.deferred(columns, candidates=candidates)
        _check_numbers(answer)
        return columns, answer

    @torch.inference_mode()
    def best(
        self,
        batch: Mapping[str, Tensor],
        k: int,
        *,
        candidates: Tensor | None = None,
        keep_seen: bool = False,
    ) -> TopItems:
        """The k best items of each user; `keep_seen` turns the postprocessors off."""
        columns, answer = self.answer(batch, candidates)
        postprocessors = () if keep_seen else self.postprocessors
        with self._faults:
            if self.index is not None and isinstance(answer, DeferredLogits):
                excluded = all_excluded(postprocessors, columns)
                if excluded is not None:
                    return top_nearest(answer, self.index, k, excluded)
            return recommend(
                answer,
                columns,
                k,
                stage="on_prediction",
                postprocessors=postprocessors,
                candidates=candidates,
            )


def _check_numbers(answer: Any) -> None:
    """Raises DataError where a score is no number; ranked last, it would be a silent fault."""
    values = answer.hidden if isinstance(answer, DeferredLogits) else answer["logits"]
    if values.isnan().any() or (values == torch.inf).any():
        raise DataError(
            "the model's scores are not finite; a feature of the items may be, or a step of the "
            "training went wrong: compare with `seqrec evaluate`"
        )
