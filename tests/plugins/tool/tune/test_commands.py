"""`seqrec tune` refuses before it trains."""

import pytest
from typer.testing import CliRunner

from seqrec_core.cli.app import app
from seqrec_core.errors import SeqrecError, SpecError


def refused(*arguments):
    result = CliRunner().invoke(app, ["tune", *map(str, arguments)])
    assert isinstance(result.exception, SeqrecError), result.output
    return result.exception


def test_a_metric_of_the_test_and_a_faulty_space_leave_nothing(spec, space_of, tmp_path):
    out = tmp_path / "study"
    words = [spec, "--space", space_of().as_uri(), "--out", out.as_uri()]
    assert "test users" in str(refused(*words, "--monitor", "test/ndcg@10"))
    space_of(**{"model.droput": {"low": 0.1, "high": 0.2}})
    assert isinstance(refused(*words), SpecError)
    assert not out.exists()


@pytest.mark.parametrize("out", ["spec.json", "data/study"])
def test_a_place_of_other_things_is_refused(spec, space_of, tmp_path, out):
    error = refused(spec, "--space", space_of(), "--out", tmp_path / out)
    assert "--out" in str(error)
