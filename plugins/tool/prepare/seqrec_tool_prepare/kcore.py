"""The k-core of the interactions: every user and every item left has enough events left."""

import attrs
import numpy as np

from seqrec_tool_prepare.buckets import Buckets
from seqrec_tool_prepare.interactions import Interactions
from seqrec_tool_prepare.survey import Survey

__all__ = ["Core", "core_times", "k_core", "nonempty_core"]


@attrs.frozen
class Core:
    """What is left: `users` (U,) and `items` (V,) are True where kept, `events` counts theirs."""

    users: np.ndarray
    items: np.ndarray
    events: int
    rounds: int

    def holds(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """True for events (E,) of a kept user with a kept item."""
        held: np.ndarray = self.users[users] & self.items[items]
        return held


def k_core(
    buckets: Buckets, num_users: int, num_items: int, min_user_count: int, min_item_count: int
) -> Core:
    """Drop users and items with too few events until none is left to drop.

    The result is the largest set with that property and does not depend on the order of
    dropping. Each round reads the events once and holds one bucket and the counts.
    """
    core = Core(np.ones(num_users, bool), np.ones(num_items, bool), 0, 0)
    while True:
        user_counts, item_counts = np.zeros(num_users, int), np.zeros(num_items, int)
        for frame in buckets.read("user", "item"):
            users, items = frame["user"].to_numpy(), frame["item"].to_numpy()
            held = core.holds(users, items)
            user_counts += np.bincount(users[held], minlength=num_users)
            item_counts += np.bincount(items[held], minlength=num_items)
        left_users = core.users & (user_counts >= min_user_count)
        left_items = core.items & (item_counts >= min_item_count)
        changed = (left_users != core.users).any() or (left_items != core.items).any()
        core = Core(left_users, left_items, int(user_counts.sum()), core.rounds + int(changed))
        if not changed:
            return core


def nonempty_core(
    source: Interactions,
    survey: Survey,
    buckets: Buckets,
    min_user_count: int,
    min_item_count: int,
) -> Core:
    """The k-core of surveyed events; DataError where it is empty."""
    sizes = len(survey.users), len(survey.items)
    core = k_core(buckets, *sizes, min_user_count, min_item_count)
    if not core.events:
        raise source.table.fault(
            f"no user of {min_user_count} or more events is left with items of {min_item_count} "
            "or more; lower --min-user-count or --min-item-count"
        )
    return core


def core_times(buckets: Buckets, core: Core) -> np.ndarray:
    """Exact timestamps (E,) of the events of the core."""
    frames = buckets.read("user", "item", "timestamp")
    return np.concatenate(
        [
            frame["timestamp"].to_numpy()[
                core.holds(frame["user"].to_numpy(), frame["item"].to_numpy())
            ]
            for frame in frames
        ]
    )
