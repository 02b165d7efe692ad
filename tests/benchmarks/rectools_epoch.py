"""One epoch of RecTools, validation included: `rectools_epoch.py DATA SPEC`.

Its SASRec with softmax over the catalogue, the nearest to ours that its options give. It ranks
the catalogue for the validation users, without what they have seen.
"""

import json
import sys
import warnings
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from rectools import Columns
from rectools.dataset import Dataset
from rectools.metrics import NDCG, calc_metrics
from rectools.models import SASRecModel


def main(folder: Path, spec: dict) -> None:
    warnings.simplefilter("ignore")
    settings = spec["model"]
    train = interactions(folder / "train.parquet", "item_id")
    truth = interactions(folder / "validate.parquet", "ground_truth")
    dataset = Dataset.construct(train)
    model = SASRecModel(
        n_blocks=settings["num_blocks"],
        n_heads=settings["num_heads"],
        n_factors=settings["embedding_dim"],
        dropout_rate=settings["dropout"],
        session_max_len=settings["max_sequence_length"],
        batch_size=spec["data"]["batch_size"],
        loss="softmax",
        epochs=1,
        use_key_padding_mask=True,
    )
    model.fit(dataset)
    users = truth[Columns.User].unique()
    users = users[pd.Series(users).isin(train[Columns.User])]
    top = model.recommend(users, dataset, k=20, filter_viewed=True)
    print(calc_metrics({"ndcg@10": NDCG(10)}, top, truth))


def interactions(path: Path, column: str) -> pd.DataFrame:
    """One row an event, in order, with its place as the time."""
    lists = pq.read_table(path, columns=["query_id", column]).to_pandas()
    rows = lists.explode(column).dropna()
    place = rows.groupby("query_id").cumcount()
    return pd.DataFrame(
        {
            Columns.User: rows["query_id"].to_numpy(),
            Columns.Item: rows[column].astype("int64").to_numpy(),
            Columns.Weight: 1.0,
            Columns.Datetime: pd.Timestamp("2020-01-01") + pd.to_timedelta(place.to_numpy(), "s"),
        }
    )


main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))
