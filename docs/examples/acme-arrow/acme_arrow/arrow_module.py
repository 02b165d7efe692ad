"""Batches of sequences in Arrow IPC files: B users, L positions, V items.

A user's last event is the test, the one before is the validation, the others are the training.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from seqrec_core.contracts import Batch, DrawsNumbers, ShortensSequences, TransformProto
from seqrec_core.schema import TensorFeatureInfo, TensorSchema
from seqrec_core.vocabulary import Vocabularies

LEFT_OUT = {"train": 2, "validate": 2, "test": 1, "predict": 0}  # last events of each user


class ArrowModule:
    """Users of `sequences.arrow`, items of `items.arrow`; row i of the latter is item i."""

    def __init__(
        self,
        folder: str,
        transforms: dict[str, tuple[TransformProto, ...]] | None,
        batch_size: int,
        max_sequence_length: int,
        schema: TensorSchema,
        seed: int,
    ):
        self.transforms, self.batch_size, self.seed = transforms or {}, batch_size, seed
        self.users, self.items = read(folder, "sequences"), read(folder, "items")
        self.item, self.query = schema.item_id_features.item(), schema.query_id_feature_name
        lists = self.users[self.item.name].combine_chunks()
        self.ends, self.ids = lists.offsets.to_numpy(), lists.values.to_numpy()
        known = schema.subset({*self.items.column_names} & {*schema} - {self.item.name})
        self.features = {name: of_items(known[name], self.items) for name in known}
        chain = self.transforms.get("train", ())
        taken = [part.events_taken() for part in chain if isinstance(part, ShortensSequences)]
        self.length = dict.fromkeys(LEFT_OUT, max_sequence_length)
        self.length["train"] += max(taken, default=0)
        self.drawing = [part for part in chain if isinstance(part, DrawsNumbers)]
        self.train = Loader(self, "train")

    def loaders(self, split: str) -> list["Loader"]:
        """One loader of each split; that of training remembers where it is."""
        return [self.train if split == "train" else Loader(self, split)]

    def transform(self, split: str, batch: Batch) -> dict[str, Any]:
        """The batch after the transforms of its split."""
        for transform in self.transforms.get(split, ()):
            batch = transform(batch)
        return dict(batch)

    def vocabularies(self) -> Vocabularies:
        """The items as they are, and which user has which query id."""
        return Vocabularies(self.items, self.users.select(["query_id", "user"]))

    def generators(self) -> list[torch.Generator]:
        """What the transforms of training draw from."""
        return [generator for part in self.drawing for generator in part.generators()]

    def batch(self, split: str, rows: np.ndarray) -> dict[str, torch.Tensor]:
        """The columns of these users, and their masks, True at real events."""
        start, end = self.ends[rows], self.ends[rows + 1]
        stop = np.maximum(start, end - LEFT_OUT[split])
        ids, real = last(self.ids, start, stop, len(self.items), self.length[split])
        items, item = np.where(real, ids, self.item.padding_value), self.item.name
        columns = {item: items, f"{item}_mask": real}
        columns[self.query or "query_id"] = self.users["query_id"].to_numpy()[rows]
        for name, (values, is_real) in self.features.items():
            columns |= {name: values[ids], f"{name}_mask": is_real[ids]}
        if split != "train":
            columns["seen_ids"], _ = last(self.ids, start, stop, -1)
            columns["train"], _ = last(self.ids, start, np.maximum(start, end - 2), -1)
            columns["ground_truth"], _ = last(self.ids, stop, np.minimum(stop + 1, end), -1)
        return {name: torch.from_numpy(column) for name, column in columns.items()}


class Loader:
    """Batches of a split; those of training in another order each pass, from where it stood."""

    def __init__(self, data: ArrowModule, split: str):
        self.data, self.split, self.epoch, self.number = data, split, 0, 0

    def __len__(self) -> int:
        return -(-len(self.data.users) // self.data.batch_size)

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        rows, size = np.arange(len(self.data.users)), self.data.batch_size
        if self.split == "train":
            rows = np.random.default_rng([self.data.seed, self.epoch]).permutation(rows)
        for number in range(self.number, len(self)):
            self.epoch, self.number = divmod(self.epoch * len(self) + number + 1, len(self))
            yield self.data.batch(self.split, rows[number * size : (number + 1) * size])

    def state_dict(self) -> dict[str, Any]:
        """The epoch, and the batch that is next in it."""
        return {"epoch": self.epoch, "number": self.number}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on there."""
        self.epoch, self.number = state_dict["epoch"], state_dict["number"]


def read(folder: str, name: str) -> pa.Table:
    """The table in an Arrow IPC file, in the memory of the file."""
    return pa.ipc.open_file(pa.memory_map(str(Path(folder) / f"{name}.arrow"))).read_all()


def last(values: Any, start: Any, stop: Any, padding: Any, size: int | None = None) -> Any:
    """The last `size` values from start to stop, all for None, left-padded; which are real."""
    size = size or max(1, int((stop - start).max()))
    places = stop[:, None] + np.arange(-size, 0)
    is_real = places >= start[:, None]
    return np.where(is_real, values.take(places, mode="clip"), padding), is_real


def of_items(feature: TensorFeatureInfo, items: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """A feature of all items and of padding, (V + 1,) or (V + 1, n), and which are real."""
    column = items[feature.name].combine_chunks()
    values, real = column.to_numpy(zero_copy_only=False), np.ones(len(column), bool)
    if feature.is_list:
        ends, flat = column.offsets.to_numpy(), column.values.to_numpy()
        values, real = last(flat, ends[:-1], ends[1:], feature.padding_value, feature.tensor_dim)
    pad = np.full((1, *values.shape[1:]), feature.padding_value, values.dtype)
    return np.concatenate([values, pad]), np.concatenate([real, np.zeros_like(pad, bool)])
