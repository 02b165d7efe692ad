"""A postprocessor that read the training data, and keeps in a bundle what it saw there."""

import json
from collections import Counter

import pyarrow.parquet as pq
import torch

from seqrec_core.spec import PostprocessorSpec, param, spec

__all__ = ["PopularFilter", "PopularFilterSpec"]


@spec
class PopularFilterSpec(PostprocessorSpec):
    """Leaves out the most popular items."""

    target = "popular_filter:PopularFilter"
    runtime = ("data_dir",)
    most: int = param(3, ge=1, help="items left out")


class PopularFilter:
    def __init__(self, most, data_dir):
        self.items = []
        if data_dir is not None:
            events = pq.read_table(data_dir / "train.parquet")["item_id"].to_pylist()
            counts = Counter(item for user in events for item in user)
            self.items = [item for item, _ in counts.most_common(most)]

    def save_assets(self, folder):
        (folder / "popular.json").write_text(json.dumps(self.items))

    def load_assets(self, folder):
        self.items = json.loads((folder / "popular.json").read_text())

    def on_prediction(self, batch, logits):
        return logits.index_fill(1, torch.tensor(self.items), -torch.inf)

    on_validation = on_prediction
