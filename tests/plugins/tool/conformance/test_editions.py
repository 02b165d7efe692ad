"""A check of a later edition fails nobody who pins an earlier one, and says what will fail."""

import pytest
from seqrec_mutants import specs
from seqrec_tool_conformance import NormConformance, since

HEALTHY = specs.of(specs.Norm, "norms:Healthy")


class Future(NormConformance):
    """The suite of norms, of an edition to come."""

    @since("2.1")
    def test_it_sings(self):
        raise AssertionError("it does not sing")

    @since("2.1")
    def test_it_is_quiet(self):
        pass


def test_a_suite_that_pins_nothing_is_held_to_the_newest_checks():
    suite = type("Suite", (Future,), {"spec": HEALTHY})
    with pytest.raises(AssertionError, match="it does not sing"):
        suite().test_it_sings()


def test_a_suite_that_pins_an_older_edition_is_told_what_will_fail():
    suite = type("Suite", (Future,), {"spec": HEALTHY, "edition": "2.0"})
    told = r"test_it_sings is new in edition 2.1.*Suite pins 2.0: it does not sing"
    with pytest.raises(pytest.skip.Exception, match=told):
        suite().test_it_sings()


def test_a_newer_check_that_passes_says_nothing():
    type("Suite", (Future,), {"spec": HEALTHY, "edition": "2.0"})().test_it_is_quiet()


def test_checks_of_the_pinned_edition_stay_strict():
    broken = specs.of(specs.Norm, "norms:DividesByZero")
    suite = type("Suite", (Future,), {"spec": broken, "edition": "2.0"})
    with pytest.raises(AssertionError, match="add an epsilon"):
        suite().test_states_of_zero_stay_finite()


def test_a_newer_check_can_be_a_declared_exception_too():
    exceptions = {"test_it_sings": "it never will"}
    suite = type("Suite", (Future,), {"spec": HEALTHY, "exceptions": exceptions})
    with pytest.raises(pytest.xfail.Exception, match="it never will"):
        suite().test_it_sings()


@pytest.mark.parametrize("edition", ["1.0", "99.0"])
def test_an_edition_that_is_not_here_cannot_be_pinned(edition):
    with pytest.raises(TypeError, match=rf"edition '{edition}' is not one of those here, 2.0 to"):
        type("Suite", (NormConformance,), {"edition": edition})
