"""Ranking metrics by their definitions, in Python floats and sets, and batches to try them on."""

import math

import torch

KS = (1, 3, 5)
MEANS = ("recall", "precision", "ndcg", "map", "mrr", "hitrate", "novelty")


def naive_metrics(batch, items):
    """Every metric at every cut-off of KS, with a stable sort, over `items` items."""
    columns = [batch[name].tolist() for name in ("logits", "ground_truth", "train", "seen_ids")]
    sums = dict.fromkeys([f"{name}@{k}" for name in MEANS for k in KS], 0.0)
    recommended = {k: set() for k in KS}
    users = 0
    for logits, truth, train, seen in zip(*columns, strict=True):
        targets = {item for item in truth if 0 <= item < items}
        if not targets:
            continue
        users += 1
        scores = {item: logits[item] for item in range(items) if item not in seen}
        ranking = sorted(scores, key=scores.get, reverse=True)
        for k in KS:
            top = ranking[:k]
            hits = [place for place, item in enumerate(top, 1) if item in targets]
            best = min(k, len(targets))
            ideal = sum(1 / math.log2(place + 1) for place in range(1, best + 1))
            sums[f"recall@{k}"] += len(hits) / len(targets)
            sums[f"precision@{k}"] += len(hits) / k
            sums[f"ndcg@{k}"] += sum(1 / math.log2(place + 1) for place in hits) / ideal
            sums[f"map@{k}"] += sum(n / place for n, place in enumerate(hits, 1)) / best
            sums[f"mrr@{k}"] += 1 / hits[0] if hits else 0
            sums[f"hitrate@{k}"] += bool(hits)
            sums[f"novelty@{k}"] += len(set(top) - set(train)) / k
            recommended[k] |= set(top)
    trained = {item for train in columns[2] for item in train if 0 <= item < items}
    values = {name: value / users for name, value in sums.items()} if users else {}
    for k in KS:
        if trained:
            values[f"coverage@{k}"] = len(trained & recommended[k]) / len(trained)
    return values


def ranking_batch(seed, users, items=12):
    """Logits without ties, targets and train items with padding and repetitions, seen items."""
    generator = torch.Generator().manual_seed(seed)

    def ids(width):
        return torch.randint(-2, items + 3, (users, width), generator=generator)

    logits = torch.stack([torch.randperm(items, generator=generator) for _ in range(users)])
    return {
        "logits": logits.float(),
        "ground_truth": ids(4),
        "train": ids(6),
        "seen_ids": ids(9),
    }


def in_parts(batch, size):
    """The batch in batches of at most `size` users."""
    parts = {name: column.split(size) for name, column in batch.items()}
    return [dict(zip(parts, values, strict=True)) for values in zip(*parts.values(), strict=True)]
