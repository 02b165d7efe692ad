"""The files of a shop: what was bought until today, and what tomorrow brings."""

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

__all__ = ["COLUMNS", "purchases", "write_shop"]

COLUMNS = ("customer", "product", "bought_at")
AISLES, A_CUSTOMER_BUYS = 12, 24


def write_shop(folder: Path, customers: int = 800, products: int = 360) -> tuple[Path, Path]:
    """Writes today.csv and tomorrow.csv: text ids, ISO dates; tomorrow has new ones of both."""
    drawn = random.Random(7)
    known, new = products - 12, 40
    opening = datetime(2026, 1, 1, tzinfo=UTC)
    today = [
        row
        for number in range(customers)
        for row in purchases(drawn, f"customer-{number:04d}", known, opening, A_CUSTOMER_BUYS)
    ]
    evening = opening + timedelta(days=120)
    buyers = [*range(0, customers, 4), *range(customers, customers + new)]
    tomorrow = [
        row
        for number in buyers
        for row in purchases(drawn, f"customer-{number:04d}", products, evening, 6)
    ]
    return _write(folder / "today.csv", today), _write(folder / "tomorrow.csv", tomorrow)


def purchases(
    drawn: random.Random, customer: str, products: int, since: datetime, count: int
) -> list[tuple[str, str, str]]:
    """Someone walks along the aisles: what is bought next stands mostly where the last one did."""
    aisle, when, rows = drawn.randrange(AISLES), since, []
    for _ in range(count):
        aisle = (aisle + 1) % AISLES if drawn.random() < 0.3 else aisle
        shelf = min(int(drawn.expovariate(0.12)), products // AISLES - 1)
        when += timedelta(hours=drawn.randint(1, 90))
        rows.append((customer, f"product-{shelf * AISLES + aisle:04d}", when.isoformat()))
    return rows


def _write(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return path
