"""Tokens come from the environment, or not at all."""

import pytest
from seqrec_tool_serve.tokens import token_of

from seqrec_core.errors import DataError


def test_a_token_is_that_of_the_variable(monkeypatch):
    monkeypatch.setenv("SECRET", " abc\n")
    assert token_of("SECRET", "--token-env") == "abc"
    assert token_of(None, "--token-env") == ""


def test_a_variable_without_a_token_is_refused(monkeypatch):
    for empty in (None, "", "  "):
        monkeypatch.delenv("SECRET", raising=False)
        if empty is not None:
            monkeypatch.setenv("SECRET", empty)
        with pytest.raises(DataError, match="--token-env names SECRET, which the environment"):
            token_of("SECRET", "--token-env")
