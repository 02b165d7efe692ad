"""Questions and answers of a group of one; several are in test_sharded_table."""

import pytest
import torch
from seqrec_library_sharding import row_exchange
from seqrec_library_sharding.row_exchange import RowExchange


@pytest.fixture
def exchange(group):
    return RowExchange(torch.device("cpu"))


def test_rows_and_gradients_find_their_way(exchange):
    table = torch.arange(10.0).view(5, 2)
    number = exchange.add(table)
    question = exchange.ask(torch.tensor([1, 4]), number, together=True)
    assert exchange.answers(question).tolist() == table[[1, 4]].tolist()
    rows, values = exchange.give_back(question, torch.ones(2, 2))
    assert rows.tolist() == [1, 4]
    assert values.tolist() == [[1, 1], [1, 1]]
    exchange.answer_others()  # nobody asks: it ends


def test_nothing_can_be_asked_for(exchange):
    number = exchange.add(torch.zeros(5, 2))
    question = exchange.ask(torch.empty(0, dtype=torch.int64), number)
    assert exchange.answers(question).shape == (0, 2)


def test_whole_tables_travel_in_tiles(exchange, monkeypatch):
    monkeypatch.setattr(row_exchange, "TILE_BYTES", 16)
    table = torch.arange(10.0).view(5, 2)
    own = exchange.deal(table)
    assert torch.equal(own, table)
    assert own is not table
    whole = torch.zeros(5, 2)
    exchange.collect(own, whole)
    assert torch.equal(whole, table)
