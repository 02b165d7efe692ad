"""The same from a DataFrame, in Python: `python in_python.py FOLDER`, which holds today.csv."""

import sys
from pathlib import Path

import polars as pl
import seqrec


def main() -> None:
    folder = Path(sys.argv[1])
    events = pl.read_csv(folder / "today.csv")
    data = seqrec.prepare(events, out=folder / "python" / "data")
    small = {"model.embedding_dim": 32, "model.num_heads": 2, "data.batch_size": 32}
    run = seqrec.fit("esasrec", data, epochs=6, out=folder / "python" / "run", set=small)
    metrics = run.evaluate()
    assert metrics["test/ndcg@10"] > 1.5 * metrics["test/popularity/ndcg@10"], metrics
    of_the_command = seqrec.load(folder / "run").metrics["test/ndcg@10"]
    assert abs(metrics["test/ndcg@10"] - of_the_command) < 1e-6, "the command measured otherwise"
    histories = [["product-0000", "product-0012"], ["product-0005"]]
    answers = run.recommend(histories, top_k=5)
    assert [len(answer) for answer in answers] == [5, 5]
    print(answers)


if __name__ == "__main__":
    main()
