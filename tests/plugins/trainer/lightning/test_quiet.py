import logging
import warnings

import pytest
from seqrec_trainer_lightning.quiet import quiet


def test_what_is_on_purpose_is_silent_and_the_rest_is_not():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with quiet():
            warnings.warn("The loader does not have many workers.", stacklevel=1)
            warnings.warn("The loss is negative.", stacklevel=1)
        warnings.warn("The loader does not have many workers.", stacklevel=1)
    assert [str(warning.message) for warning in caught] == [
        "The loss is negative.",
        "The loader does not have many workers.",
    ]


@pytest.mark.parametrize("name", ["lightning.pytorch", "lightning.fabric"])
def test_notices_are_silent_until_the_end_even_of_a_failure(name):
    logger = logging.getLogger(name)
    before = logger.level

    def fail():
        with quiet():
            assert logger.level == logging.ERROR
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert logger.level == before
