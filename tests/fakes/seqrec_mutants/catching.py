"""Runs the suite of a component and says which of its checks fail."""

from seqrec_tool_conformance import suite_for

__all__ = ["assert_caught", "failures"]

COMPILES = {"test_torch_compile", "test_torch_export", "test_torch_compile_in_training"}  # slow


def failures(cls, *, compiles=False):
    """Messages of the checks that a component of a spec class fails, by check.

    Those that compile run only where asked for: each takes about a second.
    """
    suite = type("Suite", (suite_for(cls),), {"spec": cls})
    messages = {}
    for name in suite.checks():
        if compiles or name not in COMPILES:
            try:
                getattr(suite(), name)()
            except Exception as error:
                messages[name] = str(error)
    return messages


def assert_caught(cls, checks, message):
    """A component fails these checks and no other; the first of them says `message`."""
    messages = failures(cls, compiles=checks[0] in COMPILES)
    assert sorted(messages) == sorted(checks), messages
    assert message in messages[checks[0]]
