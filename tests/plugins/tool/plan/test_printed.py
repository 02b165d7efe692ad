from seqrec_tool_plan.cluster import Figure
from seqrec_tool_plan.printed import print_figures


def test_figures_are_printed_part_by_part_with_their_formulas(capsys):
    lines = [
        Figure("storage", "raw files", 1.5e11, "B", "5 x 30 B"),
        Figure("training", "hours", 2.768, "h", "steps"),
        Figure("training", "steps an epoch", 12208, "", "users"),
    ]
    print_figures(lines)
    said = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert said[0] == ["storage"]
    assert said[1] == ["raw", "files", "150", "GB", "5", "x", "30", "B"]
    assert said[3] == ["hours", "2.77", "h", "steps"]
    assert said[4] == ["steps", "an", "epoch", "12,208", "users"]
