"""What a graph takes, as its description says."""

import pytest
from seqrec_tool_export.graph_inputs import GraphInputs
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
