"""The graph, before it is traced, ranks as the recommender does."""

import pytest
import torch
from seqrec_tool_export.graph_inputs import GraphInputs
from seqrec_tool_export.ranking_graph import RankingGraph
from seqrec_tool_recommend.event_histories import History
from seqrec_tool_recommend.recommender import Recommender
from untrained_bundle import named, written

from seqrec_core.bundle import Bundle
from seqrec_core.errors import BundleError

HISTORIES = [[], [7], [1, 2, 3, 4, 5, 6, 7, 8], [9, 9]]


@pytest.mark.parametrize("model", ["sasrec", "two_tower"])
@pytest.mark.parametrize("candidates", [(), (1, 30, 5)])
def test_it_ranks_as_the_recommender(tmp_path, model, candidates):
    bundle = Bundle.load(written(tmp_path, model))
    serving = bundle.serving()
    inputs = GraphInputs(serving).of([History(items) for items in HISTORIES], 4, candidates)
    with torch.no_grad():
        items, scores = RankingGraph(serving, serving.postprocessors)(*inputs)
    histories = [named(items) for items in HISTORIES]
    best = Recommender(bundle).recommend(histories, 4, candidates=named(candidates) or None)
    for row, line, expected in zip(items, scores, best, strict=True):
        assert named(row[row >= 0].tolist()) == [item for item, _ in expected]
        assert line[row >= 0].tolist() == pytest.approx([score for _, score in expected], abs=1e-5)


def test_numbers_that_are_no_items_are_padding(tmp_path):
    serving = Bundle.load(written(tmp_path)).serving()
    graph, count = RankingGraph(serving, serving.postprocessors), len(serving.items)
    rest = torch.tensor(5), torch.tensor([-1, 2, count, 2]), {}
    with torch.no_grad():
        items, _ = graph(torch.tensor([[-1, count + 7, 1]]), *rest)
        same, _ = graph(torch.tensor([[1]]), *rest)
    assert items.tolist() == same.tolist() == [[2, -1, -1, -1, -1]]


def test_embeddings_that_are_no_numbers_are_refused(tmp_path):
    serving = Bundle.load(written(tmp_path)).serving()
    with torch.no_grad():
        serving.model.scorer().item_weights()[3] = torch.nan
    with pytest.raises(BundleError, match="not finite"):
        RankingGraph(serving, serving.postprocessors)
