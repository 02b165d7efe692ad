"""What a plan of many events rests on: figures that were measured once, and with which command.

Speeds of training and scoring are those of one core of a CPU; whoever has figures of their own
machines gives these to `seqrec plan` in their stead.
"""

from types import MappingProxyType

import attrs

__all__ = ["MEASURED", "RATES", "Rate"]

_MEASURE = "python tests/benchmarks/planned_rates.py"
_COUNTED = "by definition"
_ESTIMATED = "an estimate, of tables of text ids in memory"

# what the command prints, to be pasted
MEASURED = {
    "raw": 29.0,
    "prepared": 64.5,
    "preparing": 2.17,
    "writing": 1.21,
    "training": 2.66e10,
    "scoring": 5.7e10,
}


@attrs.frozen
class Rate:
    """A figure: its value and unit, how it came about, and the option that takes another."""

    value: float
    unit: str
    source: str
    option: str | None = None


def _measured(name: str, unit: str, option: str | None = None) -> Rate:
    return Rate(MEASURED[name], unit, _MEASURE, option)


RATES = MappingProxyType(
    {
        "raw": _measured("raw", "bytes an event of a CSV file", "--raw-bytes"),
        "prepared": _measured(
            "prepared", "bytes an event of a prepared folder", "--prepared-bytes"
        ),
        "shuffled ids": Rate(
            *(68.0, "bytes an event: 72 and 64, with ids of 10 bytes of text, 16 each", _COUNTED)
        ),
        "shuffled": Rate(
            *(48.0, "bytes an event: nulls, bucket, user, item, time, row, 8 each", _COUNTED)
        ),
        "ids": Rate(120.0, "bytes a user or item in memory of the driver", _ESTIMATED),
        "preparing": _measured("preparing", "seconds a million events, a machine of 2 cores"),
        "writing": _measured("writing", "seconds a million events that are cut and written"),
        "training": _measured("training", "FLOP/s of one core", "--sequences-per-second"),
        "scoring": _measured("scoring", "FLOP/s of one core", "--users-per-second"),
    }
)
