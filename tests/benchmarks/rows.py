"""What is measured: one row a workload, read by both sides. Needs nothing but Python."""

from dataclasses import dataclass

ZIPF, BEAUTY = 1.2, 2.9
DIM, HEADS, BLOCKS, BATCH, DROPOUT, SEED = 64, 2, 2, 128, 0.3, 7
NEGATIVES = 1000


@dataclass(frozen=True)
class Row:
    """A workload.

    `lengths` is the exponent of the power law that lengths 5..200 follow; None fills every
    position. `peer_steps` and `our_steps` are how many batches a process times, `None` the whole
    epoch of a stream. `target` is the ratio to reach, for rows without a peer the largest figure
    in `unit`; `memory` the largest share of the reference's added memory. `sparse` asks for
    row-sparse gradients. `why` says what limits us, where the row misses its target.
    """

    name: str
    title: str
    kind: str
    items: int
    target: float | None
    length: int = 50
    lengths: float | None = ZIPF
    loss: str = "CE"
    model: str = "SasRec"
    batch: int = BATCH
    memory: float | None = None
    peer_steps: int | None = 4
    our_steps: int | None = 10
    unit: str = "sequences/s"
    quick: bool = False
    has_peer: bool = True
    weighted: bool = False
    nested: bool = False
    sparse: bool = False
    why: str = ""


def train(name: str, title: str, items: int, target: float | None, **settings) -> Row:
    return Row(name, f"training step, {title}", "train", items, target, **settings)


SMALL = (
    "the encoder and one product with the item table take most of the time; if ranking, metrics "
    "and Lightning's loop took none, the target would still not be reached"
)
LARGE = (
    "one product with the item table takes half of the time, the encoder a sixth; the rest is for "
    "the 21 best of each row, which tell ties at the last place, for metrics and Lightning's loop"
)
K12, K100, M1, M10 = 12_000, 100_000, 1_000_000, 10_000_000

ROWS = (
    train("ce-12k-50", "full CE", K12, 4, quick=True),
    train("ce-12k-50-beauty", "full CE, lengths of Beauty", K12, 10, lengths=BEAUTY),
    train("ce-100k-50", "full CE", K100, 4, memory=0.1, peer_steps=2, our_steps=5),
    train("ce-12k-200", "full CE", K12, 10, length=200, memory=0.25, peer_steps=2),
    train("ce-12k-50-full", "full CE, no padding", K12, 2, lengths=None, our_steps=5),
    train("ce-12k-200-full", "full CE, no padding", K12, 2, length=200, lengths=None, peer_steps=2),
    train("sampled-12k-50", "CE, 1,000 negatives", K12, 2, loss="CESampled", peer_steps=10),
    train("sampled-12k-200", "CE, 1,000 negatives", K12, 5, loss="CESampled", length=200,
          quick=True),
    train("bce-12k-50", "BCE", K12, 4, loss="BCE"),
    train("login-12k-50", "LogInCE", K12, 4, loss="LogInCE"),
    train("logout-12k-50", "LogOutCE", K12, 4, loss="LogOutCE"),
    train("two-tower-12k-50", "two-tower, full CE", K12, 3, model="TwoTower"),
    train("ce-3k-50", "full CE", 3_400, None),
    train("ce-30k-50", "full CE", 30_000, None, peer_steps=2),
    train("ce-12k-100", "full CE", K12, None, length=100, peer_steps=2),
    train("ce-1m-50", "full CE, peak in MB", M1, 4_000, has_peer=False, our_steps=2, unit="MB"),
    train("sampled-10m-50", "CE, 1,000 negatives, sparse rows, peak in MB", M10, 12_000,
          has_peer=False, loss="CESampled", our_steps=2, unit="MB", sparse=True),
    Row("predict-12k", "predict top-10, seen removed", "predict", K12, 4, peer_steps=60,
        unit="users/s", quick=True, why=SMALL),
    Row("predict-100k", "predict top-10, seen removed", "predict", K100, 4, peer_steps=20,
        unit="users/s"),
    Row("validate-12k", "validate, 7 metrics at 1, 5, 10, 20", "validate", K12, 4, peer_steps=60,
        unit="users/s", quick=True, why=SMALL),
    Row("validate-100k", "validate, 7 metrics at 1, 5, 10, 20", "validate", K100, 4,
        peer_steps=20, unit="users/s", why=LARGE),
    Row("negatives-1m", "drawing 1,000 negatives, uniform", "negatives", M1, 100, lengths=None,
        peer_steps=20, our_steps=500, unit="draws/s", quick=True),
    Row("negatives-1m-weighted", "drawing 1,000 negatives, weighted", "negatives", M1, 20,
        lengths=None, peer_steps=20, our_steps=500, unit="draws/s", weighted=True),
    Row("parquet-1d", "parquet stream, 1-D lists", "parquet", K12, 1, length=200,
        peer_steps=None, our_steps=None),
    Row("parquet-2d", "parquet stream, 2-D lists, shuffled", "parquet", K12, 100, nested=True,
        peer_steps=10, our_steps=None, quick=True),
    Row("build", "spec to built model, over the constructors", "build", K12, 15, has_peer=False,
        lengths=None, our_steps=20, unit="ms", quick=True),
)  # fmt: skip


def row(name: str) -> Row:
    """The row of that name."""
    return next(each for each in ROWS if each.name == name)
