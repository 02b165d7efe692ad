"""Loads `seqrec serve` over loopback and compares every answer with the recommender's.

python tests/benchmarks/serve_load.py --items 12000 --clients 100 --rate 300 --minutes 1
python tests/benchmarks/serve_load.py --bundle run --minutes 60   # memory has to stay flat

Each client keeps a connection and asks at random moments, so that all together ask `--rate` times a
second; the time of an answer counts from its moment, also where the client still waits for the one
before. With `--rate 0` they ask again at once. Ends with 1 where an answer is wrong or a request
failed. The model is untrained, unless `--bundle` names one, which does not matter to time. Client
and server share the machine.
"""

import argparse
import asyncio
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import attrs
import psutil
import pyarrow as pa
import torch
from seqrec_tool_conformance.folder import data_folder
from seqrec_tool_recommend.recommender import Recommender

from seqrec_core.build import build
from seqrec_core.bundle import Bundle
from seqrec_core.session import load_resolved
from seqrec_core.vocabulary import read_table

POOL = 400  # different questions
MOST_VERIFIED = 20_000  # answers that are remembered as right
CLOSE = 1e-5  # of scores: those of one item in batches of other sizes differ by rounding
SIZES = {"embedding_dim": 64, "max_sequence_length": 50, "num_heads": 2, "num_blocks": 2}
HEAD = "POST /recommend HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n"


@attrs.define
class Load:
    """What the clients saw."""

    seconds: list[float] = attrs.field(factory=list)
    statuses: dict[int, int] = attrs.field(factory=dict)
    wrong: int = 0
    verified: set[tuple[int, bytes]] = attrs.field(factory=set)


def main() -> None:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # not without ending the server
    with tempfile.TemporaryDirectory() as folder:
        bundle = options.bundle or untrained(Path(folder), options.items)
        questions, answers = expected(bundle)
        code = "from seqrec_core.cli import main; main()"
        command = [sys.executable, "-c", code, "serve", str(bundle), "--port", "0", "--json"]
        server = subprocess.Popen([*command, *options.serve], stdout=subprocess.PIPE, text=True)
        try:
            port = int(json.loads(server.stdout.readline())["url"].rpartition(":")[2])
            process = psutil.Process(server.pid)
            load = Load()
            asyncio.run(clients(port, options, questions, answers, load, seconds=3))  # warm
            load, before = Load(), process.memory_info().rss
            start, busy = time.monotonic(), sum(process.cpu_times()[:2])
            asyncio.run(clients(port, options, questions, answers, load, process=process))
            elapsed, busy = time.monotonic() - start, sum(process.cpu_times()[:2]) - busy
            after = process.memory_info().rss
            facts = measured(options, load, elapsed, busy, (before, after))
            report(facts)
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(20) == 0, "the server did not end as it should"
    if facts["wrong"] or facts["failed"]:
        sys.exit(1)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=12_000)
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--rate", type=float, default=300, help="requests a second, 0 for any")
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--serve", nargs=argparse.REMAINDER, default=[], help="options of serve")
    return parser.parse_args()


def untrained(folder: Path, items: int) -> Path:
    """A bundle of a model with so many items."""
    features = json.loads((data_folder() / "schema.json").read_text())["features"]
    [item] = [feature for feature in features if feature.get("hint") == "item_id"]
    item |= {"cardinality": items, "padding_value": items}
    queries = [feature for feature in features if feature.get("hint") == "query_id"]
    spec = {
        "schema": {"features": [*queries, item]},
        "model": {"type": "sasrec", **SIZES},
        "data": {"type": "parquet", "folder": str(data_folder())},
        "trainer": {"type": "lightning"},
    }
    (folder / "spec.json").write_text(json.dumps(spec))
    recipe = load_resolved(folder / "spec.json").recipe
    ids = range(items)
    table: dict[str, Any] = {"item_id": [*ids], "item": [f"item {each}" for each in ids]}
    return Bundle.write(folder / "run", build(recipe), recipe, {}, pa.table(table)).path


def expected(bundle: Path) -> tuple[list[bytes], list[list[tuple[Any, float]]]]:
    """Requests, of all kinds that clients send, and their right answers, each asked alone."""
    torch.set_num_threads(1)
    recommender, draw = Recommender.load(bundle), random.Random(0)
    items = read_table(bundle / "items.parquet")["item"].to_pylist()
    requests, answers = [], []
    for number in range(POOL):
        question: dict[str, Any] = {"history": draw.choices(items, k=draw.randint(1, 60))}
        question["top_k"] = draw.choice((5, 10, 10, 10, 20, 50))
        if number % 10 == 0:
            question["candidates"] = draw.choices(items, k=draw.randint(1, 200))
        question["keep_seen"] = number % 7 == 0
        [best] = recommender.recommend([question["history"]], **without(question, "history"))
        if number % 5 == 0 and len(best) > 2:
            question["exclude"] = [best[0].item, best[2].item]
            more = {**question, "top_k": question["top_k"] + 2}
            [best] = recommender.recommend(
                [question["history"]], **without(more, "history", "exclude")
            )
            best = [row for row in best if row.item not in question["exclude"]]
            best = best[: question["top_k"]]
        body = json.dumps(question).encode()
        requests.append(HEAD.format(len(body)).encode() + body)
        answers.append([(row.item, row.score) for row in best])
    return requests, answers


def without(question: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in question.items() if name not in names}


async def clients(port, options, questions, answers, load, *, seconds=None, process=None) -> None:
    end = time.monotonic() + (seconds or options.minutes * 60)
    each = [
        client(port, number, end, options, questions, answers, load)
        for number in range(options.clients)
    ]
    watch = asyncio.create_task(memory(process)) if process else None
    await asyncio.gather(*each)
    if watch:
        watch.cancel()


async def client(port, number, end, options, questions, answers, load) -> None:
    draw = random.Random(number)
    think = options.clients / options.rate if options.rate else 0
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    due = time.monotonic() + draw.uniform(0, think)
    while max(due, time.monotonic()) < end:
        await asyncio.sleep(max(0, due - time.monotonic()))
        start = due if think else time.monotonic()
        place = draw.randrange(len(questions))
        writer.write(questions[place])
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
        body = await reader.readexactly(size)
        load.seconds.append(time.monotonic() - start)
        status = int(head[9:12])
        load.statuses[status] = load.statuses.get(status, 0) + 1
        if status == 200 and (place, body) not in load.verified:
            if not is_right(json.loads(body)["items"], answers[place]):
                load.wrong += 1
            elif len(load.verified) < MOST_VERIFIED:
                load.verified.add((place, body))
        if think:
            due += draw.expovariate(1 / think)
    writer.close()


def is_right(items: list[dict[str, Any]], answer: list[tuple[Any, float]]) -> bool:
    """Whether scores are the same, and items are, too, unless they tie."""
    if len(items) != len(answer):
        return False
    scores = [score for _, score in answer]
    for place, (row, (item, score)) in enumerate(zip(items, answer, strict=True)):
        if abs(row["score"] - score) > CLOSE:
            return False
        near = [*scores[max(0, place - 1) : place], *scores[place + 1 : place + 2]]
        is_last = place == len(answer) - 1  # what follows may tie with it
        if row["item"] != item and not is_last and all(abs(n - score) > CLOSE for n in near):
            return False
    return True


async def memory(process: psutil.Process) -> None:
    """Prints the memory of the server each minute."""
    for minute in range(10_000):
        megabytes = process.memory_info().rss / 1e6
        print(f"minute {minute}: RSS {megabytes:,.1f} MB", file=sys.stderr, flush=True)
        await asyncio.sleep(60)


def measured(options, load: Load, elapsed: float, busy: float, rss: tuple[int, int]) -> dict:
    """What a run was, and what came of it."""
    ordered = sorted(load.seconds)
    quantiles = {
        f"p{100 * q:.0f}_ms": round(1e3 * ordered[min(len(ordered) - 1, int(len(ordered) * q))], 2)
        for q in (0.5, 0.95, 0.99)
    }
    return {
        "of": str(options.bundle or f"{options.items:,} items"),
        "clients": options.clients,
        "requests": len(ordered),
        "per_second": round(len(ordered) / elapsed, 1),
        **quantiles,
        "cpu_ms": round(1e3 * busy / len(ordered), 2),  # of the server, for each request
        "wrong": load.wrong,
        "failed": sum(count for status, count in load.statuses.items() if status != 200),
        "rss_mb": [round(each / 1e6, 1) for each in rss],
    }


def report(facts: dict[str, Any]) -> None:
    """A row of a table, and the same as JSON."""
    before, after = facts["rss_mb"]
    cells = {**facts, "rss_mb": f"{before} to {after}"}
    for row in (cells, ["---"] * len(cells), cells.values()):
        print("| " + " | ".join(map(str, row)) + " |")
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
