"""From a model and a batch to an answer: the one place that calls a model's `forward`.

Letters in shapes: B users, C candidates, D dim.
"""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from seqrec_core.contracts import (
    HiddenStates,
    InferenceOutput,
    LastHiddenState,
    ScorerProto,
    Scoring,
    TrainOutput,
)
from seqrec_library_kernels.candidates import (
    check_candidates,
    logits_of_candidates,
    without_padding,
)
from seqrec_library_kernels.deferred import DeferredLogits
from seqrec_library_kernels.ranking import with_candidates
from seqrec_library_kernels.shortcuts import check_agreement, first_rows, rows_to_compare
from seqrec_library_kernels.unwrap import is_compiled, unwrap

__all__ = ["Answers", "check_candidates"]

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Answers:
    """Calls a model with what its `forward` takes of a batch, in evaluation by the shortest way.

    The model may be wrapped, as by torch.compile. Neither it nor a batch is written to. The first
    evaluated batch of each object, and the first one after each call in training, is computed
    both ways, see `deferred`: a trainer keeps one object, or makes one for each evaluation.
    """

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.parameters = frozenset(_parameters(unwrap(model)))
        self._is_checked = False

    def __call__(
        self,
        batch: Mapping[str, Any],
        *,
        candidates: Tensor | None = None,
        output_hidden_states: HiddenStates | None = None,
    ) -> TrainOutput | InferenceOutput:
        """What `forward` answers: a loss in training, logits in evaluation.

        It gets the columns of the batch that it names. `output_hidden_states`, by default the
        model's own default, and, in evaluation, `candidates` on the model's device reach a model
        that has such parameters; candidates in the batch, under `candidates_to_score`, beat the
        argument. Of a model that scores all items only, the candidates' columns are taken.
        Candidates are (C,), or (B, C), each user's own; there negative ids are padding, which no
        model sees and which gets -inf.
        Raises ValueError for candidates of another shape, or not distinct.
        """
        if self.model.training:
            self._is_checked = False
        columns = None if self.model.training else _candidates(batch, candidates)
        if columns is not None:
            check_candidates(columns, each=True)
        arguments = self._arguments(batch, columns, output_hidden_states)
        output: TrainOutput | InferenceOutput = self.model(**arguments)
        if columns is None:
            return output
        whole, of_all = cast("InferenceOutput", output), not self._takes_candidates
        return {**whole, "logits": logits_of_candidates(whole["logits"], columns, of_all=of_all)}

    def deferred(
        self,
        batch: Mapping[str, Any],
        *,
        candidates: Tensor | None = None,
        output_hidden_states: HiddenStates = "none",
    ) -> InferenceOutput:
        """What the model answers in evaluation; its logits wait until somebody reads them.

        That is a `DeferredLogits` where all items are scored by dot products, nobody wants hidden
        states, and the model, unless compiled, tells its last hidden state from its scorer; else
        what `forward` gives. Where nobody wants hidden states, the first batch goes both ways:
        raises ShortcutError where the whole `forward` gives other logits.
        """
        is_short = output_hidden_states == "none" and not self.model.training
        is_whole = _candidates(batch, candidates) is None
        shortcut = self._shortcut(batch) if is_short and is_whole else None
        answer: Any = (
            self(batch, candidates=candidates, output_hidden_states=output_hidden_states)
            if shortcut is None
            else DeferredLogits(*shortcut)
        )
        if is_short and not self._is_checked:
            self._is_checked = self._check(with_candidates(batch, candidates), answer)
        return cast("InferenceOutput", answer)

    def _arguments(
        self,
        batch: Mapping[str, Any],
        candidates: Tensor | None,
        output_hidden_states: HiddenStates | None,
    ) -> dict[str, Any]:
        """What `forward` takes, by name; candidates are those of the batch, or all there are."""
        arguments = {name: batch[name] for name in self.parameters if name in batch}
        if output_hidden_states is not None and "output_hidden_states" in self.parameters:
            arguments["output_hidden_states"] = output_hidden_states
        if candidates is not None and self._takes_candidates:
            arguments["candidates_to_score"] = without_padding(candidates)
        return arguments

    @property
    def _takes_candidates(self) -> bool:
        return "candidates_to_score" in self.parameters

    def _shortcut(self, batch: Mapping[str, Any]) -> "_Shortcut | None":
        """What the logits come from, where the model has the abilities and they answer."""
        model = unwrap(self.model)
        if is_compiled(self.model) or not {"feature_tensors", "padding_mask"} <= batch.keys():
            return None
        if not isinstance(model, LastHiddenState) or not isinstance(model, Scoring):
            return None
        scorer = model.scorer()
        if scorer is None or not scorer.is_dot_product:
            return None
        hidden = model.last_hidden_state(batch["feature_tensors"], batch["padding_mask"])
        return None if hidden is None else _Shortcut(hidden, scorer)

    @torch.no_grad()
    def _check(self, batch: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
        """Compares both ways for some users of a batch that was answered; False for none."""
        model = unwrap(self.model)  # beneath DDP, as processes may have unequal numbers of batches
        if isinstance(answer, DeferredLogits):
            users, items = len(answer.hidden), len(answer.scorer.item_weights())
            few = first_rows(batch, users, rows_to_compare(users, items))
            shortcut = self._shortcut(few)
            logits = None if shortcut is None else shortcut.scorer(shortcut.hidden)
        elif "output_hidden_states" in self.parameters:
            users, items = len(answer["logits"]), answer["logits"].size(-1)
            few = first_rows(batch, users, rows_to_compare(users, items))
            logits = model(**self._arguments(few, _candidates(few), "none"))["logits"]
        else:
            return True
        if logits is not None:
            full = model(**self._arguments(few, _candidates(few), "final"))["logits"]
            check_agreement(model, logits, full)
        return users > 0


def _parameters(model: nn.Module) -> Iterator[str]:
    """Names that `forward` takes; those of the base class, too, where it takes any keyword."""
    bases = (vars(cls)["forward"] for cls in type(model).__mro__[1:] if "forward" in vars(cls))
    for forward in (model.forward, *bases):
        parameters = inspect.signature(forward).parameters.values()
        yield from (each.name for each in parameters if each.kind in _NAMED)
        if all(each.kind is not inspect.Parameter.VAR_KEYWORD for each in parameters):
            return


class _Shortcut(NamedTuple):
    """The last hidden states (B, D) and what scores items for them."""

    hidden: Tensor
    scorer: ScorerProto


def _candidates(batch: Mapping[str, Any], others: Tensor | None = None) -> Tensor | None:
    """The candidates of the batch, or, where it has none, the others."""
    own: Tensor | None = batch.get("candidates_to_score")
    return others if own is None else own
