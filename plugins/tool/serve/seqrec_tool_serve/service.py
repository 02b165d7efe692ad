"""The service behind the endpoints: a bundle that answers, its waiting line, and its successor."""

import asyncio
import gc
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from time import perf_counter

import attrs
import torch
from seqrec_tool_recommend.recommender import Recommendation

from seqrec_core.errors import SeqrecError
from seqrec_core.terminal import printable
from seqrec_tool_serve.micro_batches import answers_of
from seqrec_tool_serve.questions import Limits, Question
from seqrec_tool_serve.refusal import RefusalError
from seqrec_tool_serve.served_bundle import BundleSource, ServedBundle, Signature
from seqrec_tool_serve.service_metrics import ServiceMetrics
from seqrec_tool_serve.waiting_line import WaitingLine

__all__ = ["Reply", "Service"]

_log = logging.getLogger("seqrec.serve")


@attrs.frozen(eq=False)
class Reply:
    """The best items, and the bundle that says so: the next one may be another."""

    items: list[Recommendation]
    served: ServedBundle


class Service:
    """Answers questions with the bundle of a folder, and takes a new one that is put there.

    It is loaded at once. `start` and `close` belong to the event loop. The thread of the model
    computes with `threads` threads of torch.
    """

    def __init__(
        self,
        source: BundleSource,
        limits: Limits,
        *,
        max_batch: int = 64,
        batch_wait_s: float = 0.002,
        threads: int = 1,
        watch_s: float | None = None,
    ) -> None:
        self.source, self.limits, self._watch_s = source, limits, watch_s
        torch.set_num_threads(threads)
        self._tried = self._in_use = source.signature()
        self.served = source.load()
        self.refused: dict[str, str] | None = None  # why the bundle that is there is not used
        self.is_stopping = False
        self._line: WaitingLine[Question, Reply | RefusalError] = WaitingLine(
            self._answers,
            most=max_batch,
            room=limits.queue,
            wait_s=batch_wait_s,
            start_thread=lambda: torch.set_num_threads(threads),
        )
        self.metrics = ServiceMetrics(self._line.__len__)
        self.metrics.serves(self.served.facts())
        self._loader = ThreadPoolExecutor(
            1, "seqrec-loader", initializer=lambda: torch.set_num_threads(threads)
        )
        self._one_load = asyncio.Lock()
        self._watcher: asyncio.Task[None] | None = None

    async def ask(self, questions: Sequence[Question]) -> list[Reply | RefusalError]:
        """A reply or a refusal for each; RefusalError (503) where there is no room, or no time."""
        try:
            async with asyncio.timeout(self.limits.seconds):
                return await self._line.ask(questions)
        except TimeoutError:
            remedy = f"there was no answer within {self.limits.seconds:g} s; ask again later"
            raise RefusalError(503, "service", None, remedy, {"Retry-After": "1"}) from None

    def start(self) -> None:
        """Begins to answer, and to watch the folder."""
        self._line.start()
        if self._watch_s is not None:
            self._watcher = asyncio.get_running_loop().create_task(self._watch(self._watch_s))

    async def close(self) -> None:
        """Ends both, whatever became of them."""
        try:
            if self._watcher is not None:
                self._watcher.cancel()
                [fault] = await asyncio.gather(self._watcher, return_exceptions=True)
                if isinstance(fault, Exception):
                    _log.error("the watch had ended", exc_info=fault)
            await self._line.close()
        finally:
            self._loader.shutdown()

    async def reload(self) -> bool:
        """Takes the bundle that is in the folder now; False where it is the one that answers.

        It is loaded and warmed beside the old one, which answers until then, and whatever it has
        begun. RefusalError (503) for one that cannot be used: the old one goes on.
        """
        async with self._one_load:
            loop = asyncio.get_running_loop()
            try:
                served = await loop.run_in_executor(self._loader, self._successor)
            except Exception as fault:
                raise self._refusal(fault) from None
            self.refused = None
            self.metrics.is_refused.set(0)
            if served is None:
                return False
            self.served = served
            self.metrics.serves(served.facts())
            self.metrics.reloads.labels("loaded").inc()
            _log.info("a new bundle answers: %s", served.digest)
            if served.unindexed is not None:
                _log.warning("it scores all items: %s", printable(served.unindexed))
            del served
            await loop.run_in_executor(self._loader, settle_memory)
            return True

    def _successor(self) -> ServedBundle | None:
        """The bundle of the folder; None where nothing of it, nor of the titles, has changed."""
        signature, source = self.source.signature(), self.source
        is_same = signature == self._in_use
        if not is_same and source.titles is None and source.index is None:
            is_same = source.digest() == self.served.digest
        served = None if is_same else source.load(needs_index=False)
        self._tried = self._in_use = signature
        return served

    def _refusal(self, fault: Exception) -> RefusalError:
        """Notes why a new bundle is not used."""
        is_said = isinstance(fault, SeqrecError | OSError)
        said = printable(str(fault) if is_said else f"it raises {type(fault).__name__}")[:500]
        _log.error("the new bundle is refused: %s", said, exc_info=None if is_said else fault)
        self.refused = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "why": said}
        self.metrics.is_refused.set(1)
        self.metrics.reloads.labels("refused").inc()
        remedy = f"the new bundle is refused, the old one goes on: {said}"
        return RefusalError(503, "bundle", None, remedy)

    async def _watch(self, seconds: float) -> None:
        """Reloads when the folder has changed, and did not change since the look before."""
        before: Signature = self._tried
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(seconds)
            try:
                now = await loop.run_in_executor(self._loader, self.source.signature)
            except OSError as cause:  # files come and go while somebody writes
                _log.warning("the folder cannot be looked at now: %s", printable(str(cause)))
                continue
            if now == before and now != self._tried:
                self._tried = now  # a bundle that is refused is not tried again
                with suppress(RefusalError):
                    await self.reload()
            before = now

    def _answers(self, questions: Sequence[Question]) -> Sequence[Reply | RefusalError]:
        """In the thread of the model: the bundle that answers now answers all of them."""
        served, start = self.served, perf_counter()
        answers = answers_of(served.recommender, questions)
        self.metrics.batch_size.observe(len(questions))
        self.metrics.batch_seconds.observe(perf_counter() - start)
        return [each if isinstance(each, RefusalError) else Reply(each, served) for each in answers]


def settle_memory() -> None:
    """Lets go of what nobody uses, and spares the collector the rest: a long pass is a pause."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
