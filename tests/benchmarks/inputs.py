"""Seeded inputs, the same in both processes, for both have the same torch."""

import torch
from rows import NEGATIVES, SEED, Row

POOL = 50  # batches among which ours groups rows by length, as `seqrec fit` does
STREAM_ROWS, STREAM_GROUP = 100_000, 100_000


def generator(offset=0):
    return torch.Generator().manual_seed(SEED + offset)


def lengths(row: Row, users, offset=1):
    """Numbers of events (users,), 5..200 by a power law, or the full length."""
    if row.lengths is None:
        return torch.full((users,), row.length)
    sizes = torch.arange(5, 201)
    drawn = torch.multinomial(sizes**-row.lengths, users, True, generator=generator(offset))
    return sizes[drawn].clamp(max=row.length)


def pool(row: Row):
    """Lengths of the users of a pool, and how many of them are real positions, as a share."""
    sizes = lengths(row, POOL * row.batch)
    return sizes, float(sizes.double().mean()) / row.length


def plain_batches(row: Row, count):
    """The first batches of the pool, as they come, at full length."""
    sizes, _ = pool(row)
    groups = sizes.split(row.batch)[:count]
    return [batch(row, each, row.length, number) for number, each in enumerate(groups)]


def grouped_batches(row: Row, count):
    """Batches of similar lengths, evenly spaced among all of the pool, each trimmed.

    One position of padding stays in front, as in `seqrec fit`.
    """
    groups = pool(row)[0].sort().values.split(row.batch)
    spaced = [groups[int((number + 0.5) * POOL / count)] for number in range(count)]
    return [trimmed(row, sizes, number) for number, sizes in enumerate(spaced)]


def trimmed(row: Row, sizes, number):
    return batch(row, sizes, min(row.length, int(sizes.max()) + 1), number)


def batch(row: Row, sizes, length, number):
    """What a training step takes; a target at every real position."""
    mask = torch.arange(length) >= length - sizes[:, None]
    source = generator(100 + number)
    items = torch.randint(row.items, mask.shape, generator=source)
    tensors = {
        "feature_tensors": {"item_id": items.masked_fill(~mask, row.items)},
        "padding_mask": mask,
        "positive_labels": torch.randint(row.items, (*mask.shape, 1), generator=source),
        "target_padding_mask": mask[:, :, None],
    }
    if "Sampled" in row.loss:
        tensors["negative_labels"] = torch.randint(row.items, (NEGATIVES,), generator=source)
    return tensors


def cut(whole, users, length):
    """Some users of a batch, without what pads them all."""
    picked = {
        name: value if name in ("feature_tensors", "negative_labels") else value[users, -length:]
        for name, value in whole.items()
    }
    ids = whole["feature_tensors"]["item_id"][users, -length:]
    return {**picked, "feature_tensors": {"item_id": ids}}


def evaluation_batches(row: Row, count):
    """What prediction and validation take: the last item is true, those before it are seen.

    It is one that models without training rank high, so that metrics are not all 0.
    """
    batches = []
    for number, sizes in enumerate(lengths(row, count * row.batch).split(row.batch)):
        tensors = batch(row, sizes, row.length, number)
        items = tensors["feature_tensors"]["item_id"]
        batches.append(
            {
                "feature_tensors": tensors["feature_tensors"],
                "padding_mask": tensors["padding_mask"],
                "query_id": torch.arange(row.batch) + number * row.batch,
                "seen_ids": items[:, :-1],
                "train": items[:, :-1],
                "ground_truth": items[:, -1:],
            }
        )
    return batches


def grouped_evaluation_batches(row: Row, count):
    """The same users in batches of similar length, trimmed, as `seqrec predict` makes them.

    The batch in front, which is not timed, is the one of middle length.
    """
    plain = evaluation_batches(row, count)
    features = [each.pop("feature_tensors")["item_id"] for each in plain]
    merged = {name: torch.cat([each[name] for each in plain]) for name in plain[0]}
    real, items = merged["padding_mask"].sum(1), torch.cat(features)
    groups = list(real.argsort(stable=True).split(row.batch))
    groups.insert(0, groups.pop(count // 2))
    batches = []
    for users in groups:
        tensors = {name: value[users] for name, value in merged.items()}
        longest = int(real[users].max())
        mask, ids = tensors["padding_mask"][:, -longest:], items[users, -longest:]
        batches.append({**tensors, "padding_mask": mask, "feature_tensors": {"item_id": ids}})
    return batches


def item_weights(row: Row):
    """Popularity (V,) to draw negatives by: a power law."""
    return torch.arange(1, row.items + 1).float() ** -0.8


def stream_columns(row: Row):
    """Lengths and values of a file of sequences; nested ones have three values an event."""
    sizes = lengths(row, STREAM_ROWS)
    width = 3 if row.nested else 1
    values = torch.randint(row.items, (int(sizes.sum()) * width,), generator=generator(2))
    return sizes, values, width
