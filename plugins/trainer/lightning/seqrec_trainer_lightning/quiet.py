"""Silences what Lightning says about choices that were made on purpose."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_ON_PURPOSE = (
    ".*LeafSpec.*is deprecated",
    ".*does not have many workers",
    ".*`IterableDataset` has `__len__` defined",
    ".*smaller than the logging interval",
    "You defined a `validation_step` but have no `val_dataloader`",
    "Trying to infer the `batch_size`",
    "Total length of `list` across ranks is zero",  # no validation
    ".*Please add the following callbacks: .*ComputeMetricsCallback",  # of older checkpoints
)


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps Lightning's notices and its warnings about choices made on purpose off the screen."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        for message in _ON_PURPOSE:
            warnings.filterwarnings("ignore", message=message)
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
