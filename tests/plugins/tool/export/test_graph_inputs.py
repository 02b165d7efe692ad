"""What a graph takes, as its description says."""

import attrs
import pyarrow as pa
import pytest
import torch
from seqrec_tool_export.graph_inputs import GraphInputs
from seqrec_tool_export.parity import Bundled, check_parity
from seqrec_tool_recommend.event_histories import History
from untrained_bundle import written

from seqrec_core.bundle import Bundle
from seqrec_core.errors import BundleError


def with_rating(name):
    rated = {"name": name, "type": "numerical", "is_seq": True, "embedding_dim": 8}
    return lambda features: [*features[:2], rated]


def test_features_of_events_are_inputs(tmp_path):
    inputs = GraphInputs(Bundle.load(written(tmp_path, schema=with_rating("rating"))).serving())
    assert inputs.names == ["histories", "k", "candidates", "rating"]
    histories, _, _, features = inputs.of(inputs.drawn(0, [3, 0, 5]), 2)
    assert histories.shape == features["rating"].shape == (3, 5)
    described = {each["name"]: each for each in inputs.described()}
    assert described["rating"]["shape"] == ["B", "L"]
    assert (histories[1] == described["histories"]["padding"]).all()


def test_a_feature_with_the_name_of_an_input_is_refused(tmp_path):
    serving = Bundle.load(written(tmp_path, schema=with_rating("k"))).serving()
    with pytest.raises(BundleError, match="'k'"):
        GraphInputs(serving)


def priced(serving, prices):
    """What of a bundle answers, as if its items had these prices, which its schema has of items."""
    place = serving.items.column_names.index("price")
    prices = pa.array(prices, pa.float32())
    return attrs.evolve(serving, items=serving.items.set_column(place, "price", prices))


def test_samples_have_only_items_with_all_that_the_model_reads(tmp_path, monkeypatch):
    bundle = Bundle.load(written(tmp_path))
    plain = bundle.serving()
    prices = [None if number % 3 else 1.5 for number in range(len(plain.items))]
    serving = priced(plain, prices)
    inputs = GraphInputs(serving)
    drawn = {item for history in inputs.drawn(0, [50] * 20) for item in history.items}
    assert drawn == {*range(0, len(prices), 3)}
    monkeypatch.setattr(Bundle, "serving", lambda _: serving)
    bundled = Bundled(bundle, keep_seen=False)

    def run(feed):
        histories, k, candidates, _ = feed
        pad = next(each["padding"] for each in inputs.described() if each["name"] == "histories")
        rows = [History([i for i in row if i != pad]) for row in histories.tolist()]
        top = bundled.best(rows, int(k), candidates.tolist())
        return top.items.numpy(), top.scores.numpy()

    with torch.no_grad():
        assert check_parity(run, bundled, inputs, 4) < 1e-4
    with pytest.raises(BundleError, match=r"no item has all that the model reads .*\(.*price.*\)"):
        GraphInputs(priced(plain, [None] * len(prices)))
