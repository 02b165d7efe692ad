"""Callbacks, metrics and writers, told apart."""

import lightning
import pytest
from seqrec_trainer_lightning.watchers import Watchers
from tiny_runs import HitRate

from seqrec_core.errors import SeqrecError


class Writer:
    def update(self, batch, output):
        pass


def test_each_is_told_by_what_it_can_do():
    callback, metric, writer = lightning.Callback(), HitRate(), Writer()
    watchers = Watchers.of([writer, metric, callback])
    assert watchers == Watchers([callback], [metric], [writer])


def test_what_is_none_of_them_is_named():
    with pytest.raises(SeqrecError, match="float is no callback of Lightning, and has neither"):
        Watchers.of([1.5])
