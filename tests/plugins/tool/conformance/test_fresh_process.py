"""Bundles are served where nothing is left of the training, or the suite that fails is named."""

import pytest
from seqrec_mutants import specs
from seqrec_tool_conformance import (
    NormConformance,
    assert_served_in_a_fresh_process,
    conformance,
)

pytestmark = pytest.mark.slow


def test_installed_components_are_served_elsewhere():
    assert_served_in_a_fresh_process(
        conformance("norm", "seqrec-norm-standard:rms_norm"),
        conformance("reader", "seqrec-reader-features:parquet_features"),
    )


def test_what_a_new_process_does_not_find_is_named():
    component = specs.of(specs.Norm, "norms:Healthy")

    class Lost(NormConformance):
        spec = component

    from seqrec_tool_conformance.local_components import at_hand

    with at_hand(Lost().subject), pytest.raises(AssertionError, match="Lost: `seqrec predict`"):
        assert_served_in_a_fresh_process(Lost)
