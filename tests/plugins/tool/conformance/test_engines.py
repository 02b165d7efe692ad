"""Engines that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants.catching import assert_caught, failures
from serial_engines import (
    Doubling,
    LetsErrorsThrough,
    LosesTheLast,
    SerialSpec,
    ShipsNoFolders,
    ShipsNothing,
    spec_of,
)


def test_a_right_engine_passes():
    assert failures(SerialSpec) == {}


@pytest.mark.parametrize(
    ("mutant", "check", "message"),
    [
        (LosesTheLast, "test_every_piece_is_answered_once", "of 40 pieces it answers"),
        (Doubling, "test_every_piece_is_answered_once", "of 7 pieces it answers"),
        (ShipsNoFolders, "test_a_folder_within_the_files_is_shipped_too", ""),
        (ShipsNothing, "test_shipped_files_are_read_where_the_work_is_done", "the work reads"),
        (LetsErrorsThrough, "test_an_error_of_the_work_is_said", "raise SeqrecError"),
    ],
)
def test_a_wrong_engine_is_caught_by_the_right_check(mutant, check, message):
    cls = spec_of(mutant)
    assert_caught(cls, [check], message)


@pytest.mark.slow
def test_a_right_engine_runs_every_command():
    assert failures(SerialSpec, commands=True) == {}
