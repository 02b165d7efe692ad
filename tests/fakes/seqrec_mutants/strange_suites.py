"""Suites for a kind of another author: one is right, the other is none."""

from seqrec_tool_conformance import GeneralConformance


class RerankerConformance(GeneralConformance):
    """Made for the test."""

    kind = "reranker"


class NoSuite:
    """Based on nothing."""
