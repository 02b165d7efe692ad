"""What distributions would declare that bring a kind, two components of it, and a model."""

from seqrec_core.registry import Point


def point(group, name, value, distribution, core_range=""):
    return Point(f"seqrec.{group}", name, value, distribution, "1.0", core_range)


KIND = point("kinds", "reranker", "acme_rerank:RerankerSpec", "acme-rerank")
BOOST = point("reranker", "boost", "acme_rerank:BoostSpec", "acme-rerank")
MMR = point("reranker", "mmr", "acme_mmr:MMRSpec", "acme-mmr")
MODEL = point("model", "reranked", "acme_model:RerankedSpec", "acme-model")
POINTS = (MODEL, MMR, BOOST, KIND)
RIVAL = point("kinds", "reranker", "other_rerank:RerankerSpec", "other-rerank")

FEATURE = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 20}


def recipe(**model):
    """Plain data of a spec with the stranger's model."""
    return {"schema": {"features": [FEATURE]}, "model": {"type": "reranked", **model}}
