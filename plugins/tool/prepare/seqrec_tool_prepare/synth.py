"""A data set made up so that there is something to learn in it, and it is known what.

Items belong to clusters. A user walks over them: half of the steps go to the one item that
follows the last, a tenth anywhere, the rest to an item of a cluster that the last one's cluster
leads to. Within a cluster popularity falls as 1 / rank (Zipf). No user meets an item twice.
"""

from pathlib import Path

import attrs
import numpy as np
import polars as pl

from seqrec_core.errors import DataError

__all__ = ["FEATURES", "write_synthetic"]

FEATURES = "category:categorical,tags:categorical_list,price:numerical,vector:numerical_list"
_SHORTEST = 3
_FOLLOW, _JUMP = 0.5, 0.1  # shares of steps to the item that follows, and to any item
_BRANCHES = np.array([0.6, 0.3, 0.1])  # of the clusters that a cluster leads to
_SPARE = 1.5  # steps walked for each one kept: repeats are dropped
_START = 1_600_000_000


def write_synthetic(
    folder: Path,
    users: int,
    items: int,
    events_per_user: int,
    clusters: int,
    features: bool,
    seed: int,
) -> tuple[Path, Path | None]:
    """Write events of `users` on up to `items` into a parquet file, and the items into another.

    `events_per_user` is a mean. With `features` each item gets the four side features FEATURES,
    one of each type, that depend on its cluster; without, there is no file of items. The same
    arguments give the same files.
    Raises DataError where the sizes do not fit each other.
    """
    if clusters < len(_BRANCHES) or items < 3 * clusters:
        raise DataError(
            f"{items} items in {clusters} clusters; take {len(_BRANCHES)} clusters or more, and "
            "three items or more for each"
        )
    if not _SHORTEST <= events_per_user <= items / 3:
        raise DataError(
            f"{events_per_user} events a user on {items} items; a user meets an item once: "
            f"take {_SHORTEST} to {items // 3}"
        )
    rng = np.random.default_rng(seed)
    world = _World.draw(rng, items, clusters)
    source, side = folder / "synthetic.parquet", folder / "items.parquet"
    _events(rng, world, users, events_per_user).write_parquet(source)
    if not features:
        return source, None
    _item_features(rng, world).write_parquet(side)
    return source, side


@attrs.frozen
class _World:
    """Items (V,) in order of cluster, within it of popularity: the laws users walk by.

    `clusters` (V,); `mass` (V + 1,) running sum of popularity; `bounds` (C + 1,) first item of
    each cluster; `follower` (V,) the item that follows each; `leads` (C, 3); `names` (V,).
    """

    clusters: np.ndarray
    mass: np.ndarray
    bounds: np.ndarray
    follower: np.ndarray
    leads: np.ndarray
    names: pl.Series

    @classmethod
    def draw(cls, rng: np.random.Generator, items: int, clusters: int) -> "_World":
        cluster = np.sort(np.arange(items) % clusters)
        bounds = np.searchsorted(cluster, np.arange(clusters + 1))
        mass = np.append(0.0, np.cumsum(1.0 / (np.arange(items) - bounds[cluster] + 1)))
        leads = np.stack([rng.permutation(clusters)[: len(_BRANCHES)] for _ in range(clusters)])
        target = leads[cluster, 0]
        follower = rng.integers(bounds[target], bounds[target + 1])
        numbers = pl.Series(rng.permutation(items) + 1).cast(pl.String)
        names = "item-" + numbers.str.zfill(len(str(items)))
        return cls(cluster, mass, bounds, follower, leads, names)

    def pick(self, rng: np.random.Generator, clusters: np.ndarray) -> np.ndarray:
        """An item of each of the clusters (N,), by popularity."""
        low, high = self.mass[self.bounds[clusters]], self.mass[self.bounds[clusters + 1]]
        item = np.searchsorted(self.mass, rng.uniform(low, high), side="right") - 1
        items: np.ndarray = np.minimum(item, self.bounds[clusters + 1] - 1)
        return items

    def step(self, rng: np.random.Generator, items: np.ndarray) -> np.ndarray:
        """The next item of users whose last ones are `items` (N,)."""
        branch = rng.choice(len(_BRANCHES), size=len(items), p=_BRANCHES)
        cluster = self.leads[self.clusters[items], branch]
        chance = rng.random(len(items))
        jumps = chance < _JUMP
        cluster[jumps] = rng.integers(len(self.leads), size=jumps.sum())
        follows = chance > 1 - _FOLLOW
        return np.where(follows, self.follower[items], self.pick(rng, cluster))


def _events(
    rng: np.random.Generator, world: _World, users: int, events_per_user: int
) -> pl.DataFrame:
    """Columns user, item, timestamp; the users one after another, each in the order of time."""
    lengths = _SHORTEST + rng.gamma(2.0, (events_per_user - _SHORTEST) / 2, users).astype(int)
    lengths = np.sort(np.minimum(lengths, len(world.clusters) // 2))[::-1]  # longest first
    steps = np.ceil(lengths * _SPARE).astype(int)
    starts = np.cumsum(steps) - steps
    items = np.empty(steps.sum(), np.int64)
    last = world.pick(rng, rng.integers(len(world.leads), size=users))
    for step in range(steps[0]):
        walking = int(np.searchsorted(-steps, -step))
        if step:
            last = world.step(rng, last[:walking])
        items[starts[:walking] + step] = last
    user = np.repeat(rng.permutation(users), steps)
    gaps = rng.exponential(3_600.0, len(items)).astype(int) + 1
    gaps[starts] = _START + rng.integers(365 * 86_400, size=users)
    times = np.cumsum(gaps)
    times -= np.repeat(times[starts] - gaps[starts], steps)
    walks = pl.DataFrame({"user": user, "item": items, "timestamp": times})
    events = (
        walks.with_columns(limit=np.repeat(lengths, steps))
        .filter(pl.struct("user", "item").is_first_distinct())
        .filter(pl.int_range(pl.len()).over("user") < pl.col("limit"))
    )
    names = world.names.gather(events["item"])
    return events.select("user", names.alias("item"), "timestamp")


def _item_features(rng: np.random.Generator, world: _World) -> pl.DataFrame:
    """One row an item; a twentieth of the categories is missing."""
    cluster, items = world.clusters, len(world.clusters)
    count = len(world.leads)
    level, centre = rng.normal(3.0, 1.0, count), rng.normal(size=(count, 4))
    styles = [f"style-{style}" for style in range(10)]
    tags = [
        [f"theme-{c % 7}", *rng.choice(styles, n, replace=False)]
        for c, n in zip(cluster, rng.integers(0, 3, items), strict=True)
    ]
    missing = pl.Series(rng.random(items) < 0.05)
    return pl.DataFrame(
        {
            "item": world.names,
            "category": pl.Series(cluster).set(missing, None),
            "tags": tags,
            "price": np.exp(level[cluster] + rng.normal(0.0, 0.3, items)),
            "vector": (centre[cluster] + rng.normal(0.0, 0.5, (items, 4))).tolist(),
        }
    )
