"""A recommender in servers: threads, forked and spawned processes give the answers of a serial one.

Each scenario runs in a process of its own, with two threads of torch, and is over after a minute.
"""

import json
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from outcome import Outcome, run

FAKES = Path(__file__).parents[1] / "fakes"
LIMIT = 60  # seconds
SIZES = {"embedding_dim": 64, "max_sequence_length": 50}
Answers = list[list[tuple[str, float]]]
sys.path.append(str(FAKES))


def attack(folder: Path) -> list[Outcome]:
    """Runs every scenario on an untrained model, large enough for torch to use its threads."""
    from untrained_bundle import written

    bundle = folder / "run" if (folder / "run").is_dir() else written(folder, **SIZES)
    failures, tried = [], 0
    for name in SCENARIOS:
        right, total, why = outcome_of(name, bundle)
        tried += total
        failures += [f"{name}: {why}"] * (total - right)
    return [
        Outcome(
            title="Answers in threads, forked and spawned processes are those of a serial one",
            tried=tried,
            right=tried - len(failures),
            before="not tried",
            failures=tuple(failures),
        )
    ]


def outcome_of(name: str, bundle: Path) -> tuple[int, int, str]:
    """Right answers of a scenario, all of its answers, and what went wrong."""
    expected = SCENARIOS[name][1]
    command = [sys.executable, __file__, "scenario", name, str(bundle)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return 0, expected, f"no answer within {LIMIT} seconds"
    if done.returncode:
        return 0, expected, done.stderr.strip()[-300:]
    right = json.loads(done.stdout)
    return sum(right), expected, "another answer, or none"


def histories() -> list[list[str]]:
    """Of many lengths, so that batches are as wide as they can be."""
    return [[f"item {(7 * i + j * j) % 131}" for j in range(i % 60)] for i in range(128)]


def load(bundle: str) -> Any:
    """The recommender; torch has two threads."""
    import torch
    from seqrec_tool_recommend.recommender import Recommender

    torch.set_num_threads(2)
    return Recommender.load(bundle)


def answers(recommender: Any) -> Answers:
    """The ten best items of every history, as plain data."""
    return [
        [(str(item), score) for item, score in answer]
        for answer in recommender.recommend(histories(), 10)
    ]


def is_same(one: Answers, other: Answers) -> bool:
    """Whether items are the same and scores within rounding."""
    pairs = [pair for rows in zip(one, other, strict=True) for pair in zip(*rows, strict=True)]
    return all(a[0] == b[0] and abs(a[1] - b[1]) < 1e-5 for a, b in pairs)


def in_children(method: str, work: Callable[[Any], None], count: int = 4) -> list[Answers | None]:
    """What children that are all alive at once put into a queue; None for one that ends without."""
    context = multiprocessing.get_context(method)
    queue = context.Queue()
    children = [context.Process(target=work, args=(queue,), daemon=True) for _ in range(count)]
    for child in children:
        child.start()
    results = [queue.get(timeout=LIMIT / 2) for _ in children]
    for child in children:
        child.join()
    return results


def forked_unused(bundle: str) -> list[Any]:
    recommender = load(bundle)
    return in_children("fork", lambda queue: queue.put(answers(recommender)))


def forked_used(bundle: str) -> list[Any]:
    recommender = load(bundle)
    answers(recommender)
    return [
        *in_children("fork", lambda queue: queue.put(answers(recommender))),
        answers(recommender),
    ]


def forked_twice(bundle: str) -> list[Any]:
    recommender = load(bundle)
    answers(recommender)

    def work(queue: Any) -> None:
        answers(recommender)
        child = os.fork()
        if not child:
            queue.put(answers(recommender))
            queue.close()
            queue.join_thread()
            os._exit(0)
        os.waitpid(child, 0)

    return in_children("fork", work, 2)


def forked_while_answering(bundle: str) -> list[Any]:
    recommender, is_over = load(bundle), threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            answers(recommender)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        return in_children("fork", lambda queue: queue.put(answers(recommender)))
    finally:
        is_over.set()
        asking.join()


def loaded_after_fork(bundle: str) -> list[Any]:
    answers(load(bundle))
    return in_children("fork", lambda queue: queue.put(answers(_loaded_in_child(bundle))))


def _loaded_in_child(bundle: str) -> Any:
    import torch
    from seqrec_tool_recommend.recommender import Recommender

    torch.set_num_threads(1)  # as docs/recommend.md says
    return Recommender.load(bundle)


class FromScratch:
    """Loads and answers in a process that knows nothing."""

    def __init__(self, bundle: str) -> None:
        self.bundle = bundle

    def __call__(self, queue: Any) -> None:
        queue.put(answers(load(self.bundle)))


def spawned(bundle: str) -> list[Any]:
    return in_children("spawn", FromScratch(bundle), 2)


def two_threads(bundle: str) -> list[Any]:
    return in_threads(bundle, 2)


def eight_threads(bundle: str) -> list[Any]:
    return in_threads(bundle, 8)


def in_threads(bundle: str, count: int) -> list[Any]:
    """The first answers of a recommender, which nobody has asked before, and some more."""
    recommender, start = load(bundle), threading.Barrier(count)

    def work(_: int) -> list[Answers]:
        start.wait()
        return [answers(recommender) for _ in range(4)]

    with ThreadPoolExecutor(count) as pool:
        return [each for several in pool.map(work, range(count)) for each in several]


SCENARIOS: dict[str, tuple[Callable[[str], list[Any]], int]] = {
    "forked before the first answer": (forked_unused, 4),
    "forked after it": (forked_used, 5),
    "forked twice": (forked_twice, 2),
    "forked while a thread answers": (forked_while_answering, 4),
    "loaded in a forked process": (loaded_after_fork, 4),
    "spawned": (spawned, 2),
    "two threads": (two_threads, 8),
    "eight threads": (eight_threads, 32),
}


def scenario(name: str, bundle: str) -> None:
    """Prints which answers of a scenario are those of a serial recommender."""
    results = SCENARIOS[name][0](bundle)
    expected = answers(load(bundle))
    print(json.dumps([is_same(each, expected) for each in results]))


if __name__ == "__main__":
    if sys.argv[1] == "scenario":
        scenario(*sys.argv[2:])
    else:
        run(attack)
