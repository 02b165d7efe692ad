"""Embeddings of items, and of the users of a data folder, as tables with the ids of the data."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from seqrec_library_kernels.unwrap import unwrap
from torch import Tensor, nn

from seqrec_core.build import build_part
from seqrec_core.bundle import Bundle
from seqrec_core.contracts import DataModuleProto, LastHiddenState, ScorerProto, Scoring
from seqrec_core.errors import BundleError, DataError
from seqrec_core.faults import PluginFaults
from seqrec_core.places import delivered
from seqrec_core.session import DEFAULT, Session
from seqrec_core.whole_files import whole_file

__all__ = ["export_embeddings"]


@torch.inference_mode()
def export_embeddings(
    path: str | Path,
    out: str | Path,
    data: str | Path | None = None,
    *,
    trust: bool = False,
    session: Session = DEFAULT,
) -> dict[str, int]:
    """Writes `items.parquet` and, for a data folder, `users.parquet`; returns how many rows each.

    All three are paths or URIs. Columns are `item`, or `user`, and `embedding`, a list of float32.
    A user is the last hidden state after the history of the split predict; its products with the
    items are their scores. Raises BundleError for models whose scores are no products, DataError
    for data that numbers its items otherwise.
    """
    bundle = Bundle.load(path, session, data_dir=data, trust=trust)
    if bundle.item_table is None:
        raise BundleError(f"{bundle.path} has no items.parquet, which names the items")
    with delivered(out) as folder:
        if folder.exists() and not folder.is_dir():
            raise DataError(f"{out} is a file; name a folder for the embeddings")
        if data is None:
            tables = {"items": _items(bundle, bundle.serving().model)}
        else:
            tables = _with_users(bundle, session)
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            with whole_file(folder / f"{name}.parquet") as draft:
                pq.write_table(table, draft)
    return {name: table.num_rows for name, table in tables.items()}


def _with_users(bundle: Bundle, session: Session) -> dict[str, pa.Table]:
    """The tables of items and of the users of the bundle's data folder."""
    runtime = bundle.runtime()
    model = runtime.model = bundle.build(runtime)
    recipe = bundle.recipe
    assert bundle.item_table is not None
    if recipe.data is None:
        raise BundleError(f"{bundle.path} names no data module, which reads histories of users")
    data = build_part(recipe.data, runtime, "data")
    with PluginFaults(runtime.trace, session.registry):
        known = data.vocabularies()
        if known.items is None or known.items["item"] != bundle.item_table["item"]:
            raise DataError(
                f"{bundle.data_dir} numbers other items than the bundle; prepare it with the "
                "items of the run's data"
            )
        if known.users is None:
            raise DataError(f"{bundle.data_dir} does not name its users; restore users.parquet")
        query = recipe.schema.tensor_schema().query_id_feature_name or "query_id"
        numbers, states = _states(model, data, query)
    numbered, named = (known.users[name].to_pylist() for name in ("query_id", "user"))
    names = dict(zip(numbered, named, strict=True))
    users = pa.array([names[number] for number in numbers], known.users["user"].type)
    return {"items": _items(bundle, model), "users": _table("user", users, states)}


def _states(model: nn.Module, data: DataModuleProto, query: str) -> tuple[list[int], Tensor]:
    """Numbers of the users of the split predict, and their last hidden states."""
    numbers: list[int] = []
    states = [torch.empty(0, _scorer(model).item_weights().shape[1])]
    for batch in _batches(data):
        inner = unwrap(model)
        assert isinstance(inner, LastHiddenState)
        state = inner.last_hidden_state(batch["feature_tensors"], batch["padding_mask"])
        if state is None:
            raise BundleError(
                f"{type(model).__name__} does not tell the state of a user by itself; leave --data "
                "out for the items alone"
            )
        states.append(state.float())
        numbers += batch[query].tolist()
    return numbers, torch.cat(states)


def _batches(data: DataModuleProto) -> Iterator[dict[str, Any]]:
    for loader in data.loaders("predict"):
        for batch in loader:
            yield {**batch, **data.transform("predict", batch)}


def _scorer(model: nn.Module) -> ScorerProto:
    inner = unwrap(model)
    scorer = inner.scorer() if isinstance(inner, Scoring) else None
    if scorer is None or not scorer.is_dot_product or not isinstance(inner, LastHiddenState):
        raise BundleError(
            f"{type(inner).__name__} does not score by products with embeddings of items, so it "
            "has none to give; export it as a graph, with --to"
        )
    return scorer


def _items(bundle: Bundle, model: nn.Module) -> pa.Table:
    assert bundle.item_table is not None
    return _table("item", bundle.item_table["item"], _scorer(model).item_weights())


def _table(name: str, ids: Any, values: Tensor) -> pa.Table:
    """Ids and their embeddings (N, D); BundleError unless there are as many."""
    if len(ids) != len(values):
        raise BundleError(f"there are {len(values)} embeddings of {len(ids)} {name}s")
    flat = pa.array(values.detach().float().contiguous().numpy().ravel())
    embeddings = pa.FixedSizeListArray.from_arrays(flat, values.shape[1])
    return pa.table({name: ids, "embedding": embeddings})
