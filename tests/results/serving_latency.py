"""Times the recommender of a bundle: one history at a time, and many.

python tests/results/serving_latency.py RUN
"""

import random
import statistics
import sys
import time

import pyarrow.parquet as pq
from seqrec_tool_recommend.recommender import Recommender

WARM, SINGLE, MANY = 20, 300, 2000


def seconds(recommender: Recommender, histories: list[list[object]]) -> float:
    start = time.perf_counter()
    recommender.recommend(histories, batch_size=128)
    return time.perf_counter() - start


def main() -> None:
    recommender = Recommender.load(sys.argv[1])
    items = pq.read_table(f"{sys.argv[1]}/items.parquet")["item"].to_pylist()
    draw = random.Random(0)
    histories = [draw.choices(items, k=draw.randint(3, 30)) for _ in range(MANY)]
    for history in histories[:WARM]:
        seconds(recommender, [history])
    each = sorted(seconds(recommender, [history]) for history in histories[:SINGLE])
    print(f"{len(items):,} items, histories of 3 to 30 events")
    print(f"one: median {statistics.median(each) * 1e3:.2f} ms, p99 {each[-4] * 1e3:.2f} ms")
    print(f"many: {MANY / seconds(recommender, histories):,.0f} histories/s")


if __name__ == "__main__":
    main()
