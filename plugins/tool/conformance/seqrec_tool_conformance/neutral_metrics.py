"""Conformance of callbacks for any trainer: metrics that add up over batches and processes."""

import math
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor

from seqrec_core.contracts import MetricProto
from seqrec_tool_conformance.batches import V, seeded
from seqrec_tool_conformance.compare import assert_same, assert_unchanged, snapshot
from seqrec_tool_conformance.general import GeneralConformance

__all__ = ["MetricConformance"]

Answers = list[tuple[dict[str, Any], dict[str, Any]]]
CPU = torch.device("cpu")
SECONDS = 5  # until processes count as stuck


class MetricConformance(GeneralConformance):
    """Checks of callbacks with `api = ""`: reset, update with batches, merge, compute."""

    kind = "callback"
    contract = MetricProto
    place = "trainer.callbacks[0]"

    def inputs(self) -> dict[str, Any]:
        """Transformed batches and what a model answers to each."""
        return {"answers": self.answers()}

    def answers(self) -> Answers:
        """Four batches with their outputs."""
        return [(self.worked_batch(seed), self._output(seed)) for seed in range(4)]

    def _output(self, seed: int) -> dict[str, Any]:
        users = len(self.worked_batch()["query_id"])
        return {"logits": torch.randn(users, V, generator=seeded(seed)), "hidden_states": ()}

    def call(self, metric: Any, inputs: dict[str, Any]) -> Any:
        """What it measures in one process."""
        return _measured(metric, inputs["answers"])

    def test_it_gives_numbers_by_name(self) -> None:
        measured = self.run(self.build())
        assert isinstance(measured, dict), f"compute returns {type(measured).__name__}, no dict"
        assert measured, "compute gives nothing after four batches"
        for name, value in measured.items():
            assert isinstance(value, float), f"{name} is {type(value).__name__}, no float"
            assert not math.isnan(value), f"{name} is NaN after four batches with true items"

    def test_outputs_stay_as_they_are(self) -> None:
        answers = self.answers()
        before = snapshot([output for _, output in answers])
        _measured(self.build(), answers)
        what = "it edits outputs, which others get too"
        assert_unchanged([output for _, output in answers], before, what)

    def test_nothing_to_measure_is_no_error(self) -> None:
        expected = self.run(self.build())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            actual = _measured(self.build(), [])
        assert actual.keys() <= expected.keys(), f"without batches it gives {sorted(actual)}"

    def test_a_reset_forgets_what_was_before(self) -> None:
        metric = self.build()
        first = _measured(metric, self.answers())
        assert_same(
            _measured(metric, self.answers()), first, "two equal passes give different numbers"
        )

    def test_the_order_of_batches_does_not_matter(self) -> None:
        expected = _measured(self.build(), self.answers())
        actual = _measured(self.build(), self.answers()[::-1])
        _assert_alike(actual, expected, "the order of batches changes")

    def test_two_processes_measure_what_one_does(self) -> None:
        expected = _measured(self.build(), self.answers())
        for first in (3, 4):
            answers = self.answers()
            for actual in self._in_processes((answers[:first], answers[first:])):
                _assert_alike(actual, expected, "measuring in two processes changes")

    def _in_processes(self, parts: tuple[Answers, ...]) -> list[dict[str, float]]:
        """What each process computes once all of them have merged; threads stand in for them."""
        totals = _Totals(len(parts))
        with ThreadPoolExecutor(len(parts)) as pool:
            runs = [
                pool.submit(_measured, self.build(), part, totals.of(place))
                for place, part in enumerate(parts)
            ]
            try:
                return [run.result() for run in runs]
            except threading.BrokenBarrierError as cause:
                raise AssertionError(
                    "merge calls `total` more often in one process than in another; call it alike "
                    "whatever was measured"
                ) from cause


class _Totals:
    """Sums over processes that wait for each other."""

    def __init__(self, processes: int) -> None:
        self.tensors: list[Tensor] = [torch.empty(0)] * processes
        self.barrier = threading.Barrier(processes, timeout=SECONDS)

    def of(self, place: int) -> Callable[[Tensor], Tensor]:
        """The `total` of one process."""

        def total(tensor: Tensor) -> Tensor:
            self.tensors[place] = tensor
            self.barrier.wait()
            result = torch.stack(list(self.tensors)).sum(0).to(tensor.dtype)
            self.barrier.wait()
            return result

        return total


def _measured(
    metric: Any, answers: Answers, total: Callable[[Tensor], Tensor] = torch.clone
) -> dict[str, float]:
    metric.reset(CPU)
    for batch, output in answers:
        metric.update(batch, output)
    metric.merge(total)
    measured: dict[str, float] = metric.compute()
    return measured


def _assert_alike(actual: dict[str, float], expected: dict[str, float], what: str) -> None:
    assert actual.keys() == expected.keys(), f"{what} what is measured: {sorted(actual)}"
    for name, value in expected.items():
        alike = math.isclose(actual[name], value, rel_tol=1e-4, abs_tol=1e-6)
        assert alike, f"{what} {name}: {actual[name]}, not {value}"
