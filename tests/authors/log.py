"""A log of events for the authors' models: users walk around in one part of the catalogue."""

import csv
import random
from pathlib import Path

__all__ = ["write_log"]

USERS, PARTS, ITEMS = 400, 8, 25  # items of each part


def write_log(path: Path) -> None:
    """Writes a CSV file with the columns user, item, timestamp; the same each time."""
    draw = random.Random(7)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["user", "item", "timestamp"])
        for user in range(USERS):
            part, place = draw.randrange(PARTS), draw.randrange(ITEMS)
            for time in range(draw.randrange(3, 30)):
                writer.writerow([f"user {user}", f"item {part * ITEMS + place}", time])
                place = (place + draw.choice([1, 1, 1, 2, 7])) % ITEMS
