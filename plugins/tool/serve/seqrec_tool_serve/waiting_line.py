"""Questions of all clients in one line; what waits there is answered together.

The event loop is the only one that touches the line, and one thread the only one that computes.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from seqrec_tool_serve.refusal import RefusalError

__all__ = ["WaitingLine"]

Q = TypeVar("Q")
A = TypeVar("A")


class WaitingLine(Generic[Q, A]):
    """Collects questions and has `answer` answer them in its thread, at most `most` at once.

    Whoever comes while it answers is answered next; where nobody was waiting, the first one waits
    `wait_s` for company. Of `room` places all may be taken: then it refuses (503). Where nobody
    waits it takes any number.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Q]], Sequence[A]],
        *,
        most: int,
        room: int,
        wait_s: float,
        start_thread: Callable[[], None] | None = None,
    ) -> None:
        self._answer, self._most, self._room, self._wait_s = answer, most, room, wait_s
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._some = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "seqrec-model", initializer=start_thread)
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    async def ask(self, questions: Sequence[Q]) -> list[A]:
        """The answers; RefusalError where the line is full. Who is cancelled leaves the line."""
        if self._is_full_for(len(questions)):
            remedy = f"{len(self._waiting):,} questions are waiting already; ask again later"
            raise RefusalError(503, "service", None, remedy, {"Retry-After": "1"})
        loop = asyncio.get_running_loop()
        futures: list[asyncio.Future[A]] = [loop.create_future() for _ in questions]
        self._waiting.extend(zip(questions, futures, strict=True))
        self._some.set()
        return await asyncio.gather(*futures)  # which are cancelled where it is

    def _is_full_for(self, count: int) -> bool:
        """Whether so many more are too many; then those who gave up leave their places, first."""
        if len(self._waiting) + count > self._room:
            self._waiting = deque(entry for entry in self._waiting if not entry[1].done())
        return bool(self._waiting) and len(self._waiting) + count > self._room

    def start(self) -> None:
        """Begins to answer, in the event loop that runs."""
        self._task = asyncio.get_running_loop().create_task(self.answer_all())

    async def close(self) -> None:
        """Stops answering, after the pass that runs."""
        try:
            if self._task is not None:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)
        finally:
            self._thread.shutdown()

    async def answer_all(self) -> None:
        """Answers whoever comes, until it is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            if not self._waiting:
                self._some.clear()
                await self._some.wait()
                if self._wait_s and len(self._waiting) < self._most:
                    await asyncio.sleep(self._wait_s)
            if not (batch := self._next()):
                continue
            questions = [question for question, _ in batch]
            try:
                answers = await loop.run_in_executor(self._thread, self._answer, questions)
            except Exception as fault:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(fault)
                continue
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)

    def _next(self) -> list[tuple[Q, asyncio.Future[A]]]:
        """The first of the line, without those who left it."""
        batch: list[tuple[Q, asyncio.Future[A]]] = []
        while self._waiting and len(batch) < self._most:
            entry = self._waiting.popleft()
            if not entry[1].done():
                batch.append(entry)
        return batch
