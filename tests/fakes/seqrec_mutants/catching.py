"""Runs the suite of a component and says which of its checks fail."""

from seqrec_tool_conformance import suite_for

__all__ = ["assert_caught", "failures"]

COMPILES = {"test_torch_compile", "test_torch_export", "test_torch_compile_in_training"}
COMMANDS = {"test_every_command_runs", "test_a_run_is_resumed_with_it"}


def failures(cls, *, compiles=False, commands=False, **attributes):
    """Messages of the checks that a component of a spec class fails, by check.

    Those that compile, and those that run commands, do so only where asked for: each takes about a
    second. `attributes` are those of its suite.
    """
    suite = type("Suite", (suite_for(cls),), {"spec": cls, **attributes})
    left_out = (set() if compiles else COMPILES) | (set() if commands else COMMANDS)
    messages = {}
    for name in suite.checks():
        if name not in left_out:
            try:
                getattr(suite(), name)()
            except Exception as error:
                messages[name] = str(error)
    return messages


def assert_caught(cls, checks, message, **attributes):
    """A component fails these checks and no other; the first of them says `message`."""
    slow = {"compiles": checks[0] in COMPILES, "commands": checks[0] in COMMANDS}
    messages = failures(cls, **slow, **attributes)
    assert sorted(messages) == sorted(checks), messages
    assert message in messages[checks[0]]
