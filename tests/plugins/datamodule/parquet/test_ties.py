"""Events that share a time come in a new order each epoch; nothing else moves."""

from types import SimpleNamespace

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_datamodule_parquet.dataset import ParquetDataset
from seqrec_datamodule_parquet.from_spec import parquet_module
from seqrec_datamodule_parquet.specs import ParquetModuleSpec
from seqrec_datamodule_parquet.ties import shuffled_ties

from seqrec_core.errors import DataError
from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema

LENGTH = 12
METADATA = {
    "query_id": {},
    "item_id": {"shape": LENGTH, "padding": -1},
    "price": {"shape": LENGTH, "padding": -1},
    "tags": {"shape": (LENGTH, 2), "padding": -1},
    "truth": {"shape": 3, "padding": -1},
}


def shuffler(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def table():
    """200 users with 0 to 9 events at up to three times, which may come back; no item twice."""
    rng = np.random.default_rng(5)
    lengths = rng.integers(0, 10, 200)
    items = [[100 * user + event for event in range(size)] for user, size in enumerate(lengths)]
    return pa.table(
        {
            "query_id": range(200),
            "item_id": items,
            "timestamp": [rng.integers(0, 3, size).tolist() for size in lengths],
            "price": [[float(item) for item in row] for row in items],
            "tags": [[[item, -item][: 1 + item % 2] for item in row] for row in items],
            "truth": [[1, 2, 3]] * 200,
        }
    )


@pytest.fixture(scope="module")
def path(table, tmp_path_factory):
    path = tmp_path_factory.mktemp("ties") / "train.parquet"
    pq.write_table(table, path, row_group_size=60)
    return str(path)


def stream(path, **options):
    return ParquetDataset(
        path, METADATA, 64, 16, generator=shuffler(), tie_column="timestamp", **options
    )


def sequences(dataset):
    """The real items of each user in an epoch."""
    items = {}
    for batch in dataset:
        rows = zip(batch["query_id"].tolist(), batch["item_id"], strict=True)
        items |= {user: row[row >= 0].tolist() for user, row in rows}
    return items


def runs(times):
    """Numbers of the runs of equal neighbours: 7 7 5 7 gives 0 0 1 2."""
    return np.cumsum([i > 0 and times[i] != times[i - 1] for i in range(len(times))])


def test_events_stay_within_their_user_and_their_time(path, table):
    epochs = stream(path)
    for _ in range(3):
        orders = sequences(epochs)
        for user, items, times in zip(*table.select([0, 1, 2]).to_pydict().values(), strict=True):
            run_of = dict(zip(items, runs(times), strict=True))
            assert [run_of[item] for item in orders[user]] == list(runs(times))
            assert sorted(orders[user]) == items


def test_every_order_of_a_tie_is_as_likely():
    rng = np.random.default_rng(0)
    offsets, times = np.array([0, 3, 5]), np.array([7, 7, 7, 7, 7])
    drawn = [tuple(shuffled_ties(offsets, times, rng)) for _ in range(12_000)]
    counts = [drawn.count(order) for order in set(drawn)]
    assert len(counts) == 12, "3! orders of the first list times 2! of the second"
    assert max(abs(count - 1000) for count in counts) < 150


def test_lists_that_begin_later_in_their_values_or_are_empty_are_told_apart():
    offsets, times = np.array([2, 4, 4, 6]), np.array([1, 1, 1, 1, 1, 1])
    orders = {tuple(shuffled_ties(offsets, times, np.random.default_rng(s))) for s in range(50)}
    assert {tuple(sorted(order[2:4])) for order in orders} == {(2, 3)}
    assert {tuple(sorted(order[4:6])) for order in orders} == {(4, 5)}
    assert len({order[2:] for order in orders}) == 4


def test_all_columns_of_an_event_move_together_and_others_stay(path):
    for batch in stream(path):
        real = batch["item_id_mask"]
        assert torch.equal(batch["price"][real], batch["item_id"][real].to(torch.float64))
        assert torch.equal(batch["tags"][real].amax(1), batch["item_id"][real])
        assert torch.equal(batch["price_mask"], real)
        assert (batch["truth"] == torch.tensor([1, 2, 3])).all()
        assert "timestamp" not in batch


def test_epochs_differ_and_the_seed_repeats_them(path):
    first, second = stream(path), stream(path)
    one, two = sequences(first), sequences(first)
    assert one != two
    assert sequences(second) == one
    assert sequences(second) == two


def test_a_stream_goes_on_in_the_middle_with_the_same_orders(path):
    whole = list(stream(path))
    stopped = stream(path)
    batches = iter(stopped)
    for _ in range(5):
        next(batches)
    resumed = stream(path)
    resumed.load_state_dict(stopped.state_dict())
    rest = list(resumed)
    assert len(rest) == len(whole) - 5
    for ours, theirs in zip(rest, whole[5:], strict=True):
        assert torch.equal(ours["item_id"], theirs["item_id"])
    with pytest.raises(ValueError, match="tie_column=timestamp, here it is None"):
        ParquetDataset(path, METADATA, 64, 16, generator=shuffler()).load_state_dict(
            stopped.state_dict()
        )


def test_rows_longer_than_the_model_sees_are_cut_after_the_draw(path, table):
    """Any event of the last time may be the last one, whatever the length that is read."""
    metadata = {"query_id": {}, "item_id": {"shape": 1, "padding": -1}}
    dataset = ParquetDataset(
        path,
        metadata,
        64,
        16,
        generator=shuffler(),
        tie_column="timestamp",
        length_column="item_id",
    )
    user = max(range(200), key=lambda row: list(runs(table["timestamp"][row].as_py())).count(0))
    items, times = table["item_id"][user].as_py(), runs(table["timestamp"][user].as_py())
    last = {item for item, run in zip(items, times, strict=True) if run == times[-1]}
    seen = set()
    for _ in range(60):
        seen |= set(sequences(dataset)[user])
    assert seen == last


def test_a_step_of_padding_needs_no_times(path):
    replica = SimpleNamespace(curr_replica=200, num_replicas=201)
    with pytest.warns(UserWarning, match="process 200 has rows for 0 of"):
        batches = list(stream(path, replicas_info=replica, equal_steps=True))
    assert batches
    assert not any(batch["item_id_mask"].any() for batch in batches)


def test_what_is_wrong_is_said(path):
    with pytest.raises(ValueError, match="needs a generator"):
        ParquetDataset(path, METADATA, tie_column="timestamp")
    with pytest.raises(ValueError, match="must hold a list of times"):
        ParquetDataset(path, METADATA, generator=shuffler(), tie_column="query_id")
    with pytest.raises(DataError, match="no column 'when'; it has"):
        ParquetDataset(path, METADATA, generator=shuffler(), tie_column="when")


def test_times_that_do_not_belong_to_events_are_refused(tmp_path):
    columns = {"query_id": [0, 1], "item_id": [[1, 2], [3]], "timestamp": [[5], [5, 5]]}
    pq.write_table(pa.table(columns), tmp_path / "train.parquet")
    metadata = {"query_id": {}, "item_id": {"shape": 3, "padding": -1}}
    dataset = ParquetDataset(
        str(tmp_path / "train.parquet"), metadata, generator=shuffler(), tie_column="timestamp"
    )
    with pytest.raises(DataError, match="'timestamp' are as long as those of no other column"):
        list(dataset)


def test_a_spec_draws_new_orders_in_training_only(table, tmp_path):
    for split in ("train", "validate"):
        pq.write_table(table, tmp_path / f"{split}.parquet")
    schema = TensorSchema(
        TensorFeatureInfo(
            "item_id",
            FeatureType.CATEGORICAL,
            is_seq=True,
            feature_hint=FeatureHint.ITEM_ID,
            cardinality=20_000,
        )
    )
    spec = ParquetModuleSpec(
        folder=".", batch_size=16, group_by_length=False, tie_column="timestamp"
    )
    settings = attrs.asdict(spec, recurse=False) | {
        "transforms": None,
        "max_sequence_length": LENGTH,
        "item_feature_name": "item_id",
    }
    data = parquet_module(**settings, schema=schema, data_dir=tmp_path, seed=0)
    as_stored = sorted(table["item_id"].to_pylist())
    trained, validated = (
        sorted(
            row[mask].tolist()
            for batch in loader
            for row, mask in zip(batch["item_id"], batch["item_id_mask"], strict=True)
        )
        for loader in (data.train_dataloader(), data.val_dataloader()[0])
    )
    assert validated == as_stored
    assert trained != as_stored
    assert sorted(sorted(row) for row in trained) == as_stored


def test_a_spec_that_does_not_shuffle_refuses_to_shuffle_ties():
    spec = ParquetModuleSpec(folder="data", tie_column="timestamp", shuffle=False)
    assert [field for field, _ in spec.check()] == ["tie_column"]


def test_all_that_is_told_of_an_event_moves_with_it_and_requests_stay(table, tmp_path):
    """What is told of events: their time, a feature; of the row: when it is asked for."""
    lists = table["item_id"].to_pylist()
    requests = [1000 + row for row in range(200)]
    told_of_events = {"device": [[item % 7 for item in row] for row in lists]}
    columns = {name: table[name] for name in ("query_id", "item_id", "timestamp")}
    path = tmp_path / "train.parquet"
    pq.write_table(pa.table({**columns, **told_of_events, "request_time": requests}), path)
    shape = {"shape": LENGTH, "padding": 0}
    metadata = dict.fromkeys(("timestamp", "device"), shape) | {"request_time": {}}
    metadata |= {"query_id": {}, "item_id": {"shape": LENGTH, "padding": -1}}
    stream = ParquetDataset(
        str(path), metadata, 64, 16, generator=shuffler(), tie_column="timestamp",
        length_column="item_id", group_by_length=True,
    )  # fmt: skip
    moved = 0
    for batch in stream:
        assert batch["request_time"].dtype == torch.int64
        assert torch.equal(batch["request_time"], 1000 + batch["query_id"])
        is_real = batch["item_id"] >= 0
        assert torch.equal(batch["device"][is_real], batch["item_id"][is_real] % 7)
        times = table["timestamp"].to_pylist()
        for row in batch["item_id"]:
            items = row[row >= 0].tolist()
            moved += items != sorted(items)
        rows = zip(batch["query_id"].tolist(), batch["timestamp"], is_real, strict=True)
        assert all(row[real].tolist() == times[user] for user, row, real in rows)
    assert moved > 20
