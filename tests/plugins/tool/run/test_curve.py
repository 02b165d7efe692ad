import pytest
from matplotlib.image import imread
from seqrec_tool_run.curve import draw_curve

ROWS = [
    {"epoch": 1.0, "train_loss": 5.0, "ndcg@10": 0.1, "recall@10": 0.2, "ndcg@5": 0.05},
    {"epoch": 1.5, "train_loss": 4.0},
    {"epoch": 2.0, "train_loss": 3.5, "ndcg@10": 0.2, "recall@10": 0.3, "ndcg@5": 0.1},
]


@pytest.mark.parametrize("best", [2.0, None])
def test_a_curve_is_drawn_of_every_run_even_of_one_without_metrics(tmp_path, best):
    draw_curve(ROWS, "ndcg@10", best, tmp_path / "full.png")
    draw_curve([{"epoch": 1.0, "train_loss": 5.0}], "ndcg@10", None, tmp_path / "bare.png")
    full, bare = (imread(tmp_path / name) for name in ("full.png", "bare.png"))
    assert full.shape == bare.shape
    assert (full != bare).any()
