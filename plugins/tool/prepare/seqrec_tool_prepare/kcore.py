"""The k-core of the interactions: every user and every item left has enough events left."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import attrs
import numpy as np

from seqrec_tool_prepare.buckets import BucketsProto
from seqrec_tool_prepare.interactions import Interactions
from seqrec_tool_prepare.survey import Survey
from seqrec_tool_prepare.time_ranks import TimeRanks

__all__ = ["Core", "core_of", "core_times", "k_core", "nonempty_core", "refuse_empty"]


@attrs.frozen
class Core:
    """What is left: `users` (U,) and `items` (V,) are True where kept, `events` counts theirs."""

    users: np.ndarray
    items: np.ndarray
    events: int
    rounds: int

    @cached_property
    def user_numbers(self) -> np.ndarray:
        """The number (U,) of each user among those that are kept."""
        return np.cumsum(self.users) - 1

    @cached_property
    def item_numbers(self) -> np.ndarray:
        """The number (V,) of each item among those that are kept."""
        return np.cumsum(self.items) - 1

    def holds(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """True for events (E,) of a kept user with a kept item."""
        held: np.ndarray = self.users[users] & self.items[items]
        return held


def k_core(
    buckets: BucketsProto, num_users: int, num_items: int, min_user_count: int, min_item_count: int
) -> Core:
    """Drop users and items with too few events until none is left to drop.

    Each round reads the events once and holds one bucket and the counts.
    """

    def counts(core: Core) -> tuple[np.ndarray, np.ndarray]:
        user_counts, item_counts = np.zeros(num_users, int), np.zeros(num_items, int)
        for frame in buckets.read("user", "item"):
            users, items = frame["user"].to_numpy(), frame["item"].to_numpy()
            held = core.holds(users, items)
            if len(users):  # of a bucket they lie close together
                first = users.min()
                counted = np.bincount(users[held] - first)
                user_counts[first : first + len(counted)] += counted
            item_counts += np.bincount(items[held], minlength=num_items)
        return user_counts, item_counts

    return core_of(counts, num_users, num_items, min_user_count, min_item_count)


def core_of(
    counts: Callable[[Core], tuple[np.ndarray, np.ndarray]],
    num_users: int,
    num_items: int,
    min_user_count: int,
    min_item_count: int,
) -> Core:
    """The k-core by what counts the events of users (U,) and items (V,) that a core holds.

    The result is the largest set with that property and does not depend on the order of
    dropping.
    """
    core = Core(np.ones(num_users, bool), np.ones(num_items, bool), 0, 0)
    while True:
        user_counts, item_counts = counts(core)
        left_users = core.users & (user_counts >= min_user_count)
        left_items = core.items & (item_counts >= min_item_count)
        changed = (left_users != core.users).any() or (left_items != core.items).any()
        core = Core(left_users, left_items, int(user_counts.sum()), core.rounds + int(changed))
        if not changed:
            return core


def nonempty_core(
    source: Interactions,
    survey: Survey,
    buckets: BucketsProto,
    min_user_count: int,
    min_item_count: int,
) -> Core:
    """The k-core of surveyed events; DataError where it is empty."""
    sizes = len(survey.users), len(survey.items)
    core = k_core(buckets, *sizes, min_user_count, min_item_count)
    refuse_empty(core, source, min_user_count, min_item_count)
    return core


def refuse_empty(
    core: Core, source: Interactions, min_user_count: int, min_item_count: int
) -> None:
    """DataError where nothing is left."""
    if not core.events:
        raise source.table.fault(
            f"no user of {min_user_count} or more events is left with items of {min_item_count} "
            "or more; lower --min-user-count or --min-item-count"
        )


def core_times(buckets: BucketsProto, core: Core) -> TimeRanks:
    """Exact timestamps of the events of the core."""

    def each(part: Callable[[np.ndarray], Any]) -> Iterator[Any]:
        for frame in buckets.read("user", "item", "timestamp"):
            held = core.holds(frame["user"].to_numpy(), frame["item"].to_numpy())
            yield part(frame["timestamp"].to_numpy()[held])

    return TimeRanks(each)
