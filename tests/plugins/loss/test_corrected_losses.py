"""Losses that correct for draws pass the suite, all commands included, as those that do not."""

from seqrec_tool_conformance import conformance

NEGATIVES, BOTH = {"logq": "negatives"}, {"logq": "both"}

TestCE = conformance("loss", "ce_sampled", settings=NEGATIVES)
TestCEOfBoth = conformance("loss", "ce_sampled", settings={**BOTH, "label_smoothing": 0.1})
TestCEWeighted = conformance("loss", "ce_sampled_weighted", settings=NEGATIVES)
TestLogIn = conformance("loss", "log_in_ce_sampled", settings=BOTH)
TestBCE = conformance("loss", "bce_sampled", settings=BOTH)
