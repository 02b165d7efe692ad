"""Numbers and sizes as people type them, and as they read them."""

import re

from seqrec_core.errors import SeqrecError

__all__ = ["count_of", "in_units", "number_of", "size_of"]

_COUNTS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_BYTES = {f"{prefix}B": 1000**power for power, prefix in enumerate("KMGTP", 1)} | {
    f"{prefix}IB": 1024**power for power, prefix in enumerate("KMGTP", 1)
}
_NUMBER = r"((?:\d[\d_]*)(?:\.\d+)?(?:[eE]\+?\d+)?)"


def count_of(option: str, text: str, least: int = 1) -> int:
    """A whole number of at least `least`: 5e9, 5G, 5_000_000_000; SeqrecError for another."""
    match = re.fullmatch(rf"\s*{_NUMBER}\s*([a-zA-Z]?)\s*", text)
    unit = _COUNTS.get(match[2].upper()) if match else None
    value = float(match[1].replace("_", "")) * unit if match and unit else -1.0
    if not (least <= value < 1e18 and value == int(value)):
        raise SeqrecError(
            f"{option} is {text!r}; give a whole number of at least {least}, such as 5e9, 5G "
            "or 5_000_000_000"
        )
    return int(value)


def number_of(option: str, text: str) -> float:
    """A number above 0, such as 1200 or 2.5; SeqrecError for another."""
    match = re.fullmatch(rf"\s*{_NUMBER}\s*", text)
    value = float(match[1].replace("_", "")) if match else 0.0
    if not 0 < value < float("inf"):
        raise SeqrecError(f"{option} is {text!r}; give a number above 0, such as 1200 or 2.5")
    return value


def size_of(option: str, text: str) -> int:
    """Bytes of a size such as 8GB, 500 MB or 16GiB; SeqrecError for anything else."""
    match = re.fullmatch(rf"\s*{_NUMBER}\s*([a-zA-Z]+)\s*", text)
    unit = _BYTES.get(match[2].upper()) if match else None
    size = float(match[1].replace("_", "")) * unit if match and unit else 0.0
    if not 1 <= size < 1e24:
        raise SeqrecError(f"{option} is {text!r}; give a size such as 8GB, 500MB or 16GiB")
    return int(size)


def in_units(size: float, unit: str = "B") -> str:
    """A size with three digits and a unit that suits it."""
    for prefix in ("", "K", "M", "G", "T", "P"):
        if size < 999.5:
            return f"{size:.3g} {prefix}{unit}"
        size /= 1000
    return f"{size:,.3g} E{unit}"
