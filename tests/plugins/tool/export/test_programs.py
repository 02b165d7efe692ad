"""What cannot be traced is named."""

import json

import attrs
import pyarrow.parquet as pq
import pytest
from seqrec_postprocessor_seen.item_filter import PostprocessorBase
from seqrec_tool_export.graph_file import export_graph
from untrained_bundle import written

from seqrec_core.bundle import Bundle
from seqrec_core.errors import BundleError


class Branching(PostprocessorBase):
    """Looks at a value, which no graph can."""

    def on_prediction(self, batch, logits):
        return -logits if float(logits.max()) > 0 else logits

    on_validation = on_prediction


@pytest.mark.slow
def test_a_postprocessor_that_cannot_be_exported_is_named(tmp_path, monkeypatch):
    bundle = Bundle.load(written(tmp_path))
    serving = Bundle.serving

    def changed(self):
        return attrs.evolve(serving(self), postprocessors=(Branching(),))

    monkeypatch.setattr(Bundle, "serving", changed)
    out = tmp_path / "model.pt2"
    with pytest.raises(BundleError, match=r"Branching cannot be exported.*--keep-seen"):
        export_graph(bundle, "torch", out)
    assert not out.exists()
    described = export_graph(bundle, "torch", out, keep_seen=True, calls=1)
    assert described["postprocessors"] == []
    items = pq.read_table(tmp_path / "model.pt2.items.parquet")
    assert len(items) == json.loads((tmp_path / "model.pt2.json").read_text())["item_count"]
