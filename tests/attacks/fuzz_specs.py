"""Specs, locks and assignments that mean little, in every language: each is refused in time.

`python tests/attacks/fuzz_specs.py FOLDER [NUMBER]`: half are written by the fields of what is
installed, the others are damaged byte by byte.
"""

import json
import random
import resource
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

sys.path.append(str(Path(__file__).parents[1] / "fakes"))

from documents import STRANGERS, _Author
from outcome import Outcome, run

from seqrec_core.errors import SeqrecError
from seqrec_core.printable import printable
from seqrec_core.session import load_resolved, registry

SECONDS, MEGABYTES, CHARACTERS = 1, 200, 2_000
NASTY = (
    *("\x1b]0;x\x07", "\u202eabc", "\ud800", "a\0b", "x" * 3_000, "~/d0", "${DATA}", "os:system"),
    *("--index-url=x", "a; rm -rf /", "\n\n", "<script>", 10**4_000, -(10**120), 2**63, 1e300),
    *(float("inf"), float("nan"), {"type": "\x9b31m"}, {"\x1b[2J": 1}, [[]] * 50, {"extends": "."}),
)
TOKENS = (
    *(b'"', b"{", b"[", b"]", b":", b"\0", b"\xff", b"\xed\xa0\x80", b"9" * 400, b"1e999", b"NaN"),
    *(b"&a ", b"*a ", b"<<: ", b"!!python/object:os.system ", b"---\n", b"[[" * 300, b"{" * 99),
)
LARGE: tuple[Callable[[random.Random], bytes], ...] = (
    lambda dice: b'{"a":' * dice.choice([99, 600, 50_000]),
    lambda dice: b"{" + b",".join(b'"k%d": %d' % (i % 7, i) for i in range(30_000)) + b"}",
    lambda dice: b'{"schema": {"features": [' + b",".join([b"{}"] * 1_500) + b"]}}",
    lambda dice: b"{" + b",".join(b'"k%d": 1' % i for i in range(5_000)) + b"}",
    lambda dice: b'{"seed": ' + b"9" * dice.choice([90, 110, 4_000, 400_000]) + b"}",
    lambda dice: b'{"' + b"k" * 400_000 + b'": 1}',
    lambda dice: b"a." * dice.choice([80, 5_000]) + b"b = 1",
    lambda dice: b"a: &a [" + b",".join([b"*a"] * 2_000) + b"]",
    lambda dice: b'{"model": ' + b"[" * 90 + b'"x"' + b"]" * 90 + b"}",
)


def documents_of(dice: random.Random) -> Callable[[], dict[str, Any]]:
    """A function that writes one document at a call."""
    usable = [each for each in registry if registry.state(each, load=True) == "ok"]
    parts = {kind: [c for c in usable if c.kind == kind] for kind in registry.kinds()}

    def document() -> dict[str, Any]:
        author = _Author(dice.randbytes(300), registry, parts)
        author.is_careless = dice.random() < 0.5
        written = author.document()
        if dice.random() < 0.3:
            written["seqrec"] = dice.choice([1, None, 3])
        if dice.random() < 0.2:
            entry = {"version": dice.choice([1, "1", 99, None]), "distribution": "x"}
            written["components"] = {dice.choice(["a:b", "seqrec-loss-ce:ce"]): entry}
        for _ in range(dice.choice([0, 0, 1, 3])):
            damage(written, dice)
        return written

    return document


def damage(node: Any, dice: random.Random) -> None:
    """Puts something strange at a place of plain data, sometimes the data itself."""
    root = node
    while isinstance(node, dict | list) and node:
        key = dice.choice(list(node) if isinstance(node, dict) else range(len(node)))
        if not isinstance(node[key], dict | list) or dice.random() < 0.3:
            node[key] = dice.choice([*NASTY, *STRANGERS, *STRANGERS, root])
            return
        node = node[key]


def text_of(data: Any, suffix: str) -> str:
    """Plain data in a language; YAML also as JSON writes it."""
    if suffix == ".yaml":
        return yaml.safe_dump(data, allow_unicode=True)
    if suffix == ".toml":
        return "".join(f"{json.dumps(str(key))} = {inline(item)}\n" for key, item in data.items())
    return json.dumps(data)


def inline(item: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(item, dict):
        return "{" + ", ".join(f"{json.dumps(str(k))} = {inline(v)}" for k, v in item.items()) + "}"
    if isinstance(item, list | tuple):
        return "[" + ", ".join(map(inline, item)) + "]"
    return "0" if item is None else json.dumps(item)


def mutated(data: bytes, dice: random.Random) -> bytes:
    """Bytes with some taken out, doubled, changed, or put in."""
    for _ in range(dice.choice([0, 1, 1, 2, 8])):
        at, to = sorted(dice.randrange(len(data) + 1) for _ in range(2))
        token = dice.choice([*TOKENS, dice.randbytes(3), data[at:to], b""])
        data = data[:at] + token + data[dice.choice([at, at + 1, to]) :]
    return data[:500_000]


def words_of(dice: random.Random) -> list[str]:
    """Assignments such as `--set` takes."""
    paths = ("seed", "model", "model.dropout", "data.folder", "trackers.0", "model.loss.type", "a")
    values = (*NASTY, *STRANGERS, "[[[", '{"a": 1, "a": 2}', "9" * 5_000, "[" * 2_000, "null", "")
    strange = ("", "=", "." * 300 + "=1", f"a.{'9' * 5_000}.b=1", "x" * 200_000, "trackers.9.a=1")
    assigned = (
        f"{dice.choice(paths)}={dice.choice(values)}" for _ in range(dice.choice([1, 2, 9]))
    )
    return [*assigned, *dice.sample(strange, dice.choice([0, 0, 1]))]


def fault_of(source: Any, words: list[str], figures: Counter[str]) -> str:
    """What is wrong with the answer to one document, if anything."""
    start, text = time.process_time(), ""
    try:
        load_resolved(source, words, quietly=True)
    except SeqrecError as error:
        text = str(error)
        figures["refused"] += 1
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:100]!r}"
    seconds = time.process_time() - start
    figures["slowest ms"] = max(figures["slowest ms"], round(1_000 * seconds))
    figures["longest message"] = max(figures["longest message"], len(text))
    if seconds > SECONDS:
        return f"took {seconds:.1f} s"
    is_plain = printable(text) == text and len(text) <= CHARACTERS
    return "" if is_plain else f"said {text[:100]!r}, {len(text)} characters"


def fuzz(folder: Path, number: int, seed: int = 0) -> Outcome:
    """Tries a number of documents."""
    warnings.simplefilter("ignore")
    dice = random.Random(seed)
    document, figures, failures = documents_of(dice), Counter[str](), []
    fault_of(document(), [], figures)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for index in range(number):
        source: Any = document()
        words = words_of(dice) if dice.random() < 0.2 else []
        suffix = dice.choice([".json", ".json", ".toml", ".yaml", ""])
        try:
            data = text_of(source, suffix).encode() if suffix else b""
        except (ValueError, RecursionError, yaml.YAMLError):  # none of a file: as a mapping
            data, suffix = b"", ""
        if suffix:
            data = dice.choice(LARGE)(dice) if index % 100 == 99 else mutated(data, dice)
            figures["largest bytes"] = max(figures["largest bytes"], len(data))
            source = folder / f"spec{suffix}"
            source.write_bytes(data)
        if fault := fault_of(source, words, figures):
            failures.append(f"document {index} ({suffix or 'mapping'}): {fault}")
    growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) / 1024
    if growth > MEGABYTES:
        failures.append(f"memory grew by {growth:.0f} MB")
    return Outcome(
        title="specs that mean little: a SpecError of at most 2,000 plain characters, within 1 s",
        tried=number,
        right=number - len(failures),
        before="18 of 20,000 raised something else; 400 KB took 26 s",
        failures=tuple(failures[:20]),
        figures={**{k: f"{v:,}" for k, v in figures.items()}, "memory grew by MB": f"{growth:.0f}"},
    )


def attack(folder: Path) -> list[Outcome]:
    """50,000 documents, or as many as the command line says."""
    outcome = fuzz(folder, int(sys.argv[2]) if len(sys.argv) > 2 else 50_000)
    print(*(f"{name}: {value}" for name, value in outcome.figures.items()), sep="\n")
    return [outcome]


if __name__ == "__main__":
    run(attack)
