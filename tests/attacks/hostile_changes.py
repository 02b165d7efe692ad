"""What somebody who means harm does to a bundle, by name."""

import json
import os
import pickle
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch

ESC, HTML = "\x1b[2J\x1b]0;x\x07", "<script>alert(1)</script>"
Change = Callable[[Path], Any]


class Harm:
    """Touches the canary where it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.canary}",)


def canary(bundle: Path) -> Path:
    """What only code of the bundle makes."""
    return bundle.parent / "canary"


def lock(change: Callable[[dict[str, Any]], Any]) -> Change:
    """Changes the lock, as one who can forge digests."""
    from changed_lock import change_lock

    return lambda bundle: change_lock(bundle, change)


def text(name: str, content: str | bytes) -> Change:
    """Writes a file as it is."""
    raw = content.encode() if isinstance(content, str) else content
    return lambda bundle: unsigned(bundle, lambda: (bundle / name).write_bytes(raw))


def unsigned(bundle: Path, change: Callable[[], Any]) -> None:
    """Changes a file of a bundle whose lock has no digests."""
    from changed_lock import forget_digests

    forget_digests(bundle)
    change()


def tensors(head: Any, body: bytes = bytes(64), size: int | None = None) -> Change:
    """Weights with a head that lies."""
    raw = head if isinstance(head, bytes) else json.dumps(head).encode()
    return text("model.safetensors", struct.pack("<Q", size or len(raw)) + raw + body)


def link(name: str, *, to_folder: bool = False) -> Change:
    """A link out of the bundle in the place of a file or folder."""

    def change(bundle: Path) -> None:
        place, target = bundle / name, bundle.parent / "outside"
        if place.is_dir():
            shutil.rmtree(place)
        place.unlink(missing_ok=True)
        place.symlink_to(target if to_folder else target / "file", target_is_directory=to_folder)

    return lambda bundle: unsigned(bundle, lambda: change(bundle))


def pickled(name: str, *, by_torch: bool) -> Change:
    """A file that runs code where it is unpickled."""

    def change(bundle: Path) -> None:
        content = {"state_dict": Harm(canary(bundle)), "epoch": 1, "global_step": 1}
        (bundle / name).parent.mkdir(parents=True, exist_ok=True)
        if by_torch:
            torch.save(content, bundle / name)
        else:
            (bundle / name).write_bytes(pickle.dumps(content))

    return lambda bundle: unsigned(bundle, lambda: change(bundle))


def bomb(bundle: Path) -> None:
    """A checkpoint of 300 KB that is 300 MB."""
    path = bundle / "checkpoints" / "last.ckpt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("last/data.pkl", bytes(300 << 20))
        archive.writestr("last/version", "3")


def pipe(name: str) -> Change:
    """A named pipe, from which reading never ends."""
    return lambda bundle: ((bundle / name).unlink(), os.mkfifo(bundle / name))


def items(bundle: Path) -> None:
    """Items whose ids move the cursor."""
    table = pq.read_table(bundle / "items.parquet")
    ids = pa.array([f"{ESC}{i}" for i in range(len(table))])
    index = table.column_names.index("item")
    pq.write_table(table.set_column(index, "item", ids), bundle / "items.parquet")


def model(**values: Any) -> Change:
    """Changes settings of the model in the lock."""
    return lock(lambda data: data["model"].update(values))


def named(name: str, version: str = "1.0") -> Change:
    """A distribution that is to be installed."""
    row = {name: {"version": version, "digest": "sha256:0"}}
    component = {f"{name}:x": {"version": 1, "distribution": version}}

    def change(data: dict[str, Any]) -> None:
        data["distributions"].update(row)
        data["components"].update(component)
        data["model"]["type"] = f"{name}:x"

    return lock(change)


def hostile() -> dict[str, Change]:
    """Every bundle by its name."""
    head = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    paths = ("/etc/passwd", "../outside/file", "~/x", "https://example.org/x", "file:/etc/passwd",
             "$(touch canary)", "a\0b", ESC)  # fmt: skip
    types = ("os:system", "subprocess:Popen", "builtins:eval", "../x:y", ESC, HTML, "a" * 9999)
    wheels = ("--index-url=http://x", "a; touch canary", "$(touch canary)", "-r /etc/passwd", ESC)
    deep = "[" * 10_000 + "]" * 10_000
    junk = {
        "deep": deep,
        "large": '{"a": "' + "x" * (12 << 20) + '"}',
        "twice": '{"a": 1, "a": 2}',
        "digits": '{"a": ' + "9" * 5000 + "}",
        "NaN": '{"a": NaN}',
        "no text": b"\xff\xfe",
    }
    return {
        **{f"lock names path {each[:30]!r}": model(dropout=each) for each in paths},
        **{f"lock adds path {each[:30]!r}": model(tags=[each]) for each in paths},
        **{f"type {each[:30]!r}": model(type=each) for each in types},
        **{f"loss of type {each[:30]!r}": model(loss={"type": each}) for each in types},
        **{f"distribution {each!r}": named(each) for each in wheels},
        **{f"version {each!r}": named("acme", each) for each in wheels},
        **{f"lock of {name}": text("spec.lock.json", each) for name, each in junk.items()},
        **{f"metrics of {name}": text("metrics.json", each) for name, each in junk.items()},
        **{f"metric {each!r}": text("metrics.json", json.dumps({f"test/{each}": 1.0}))
           for each in (ESC, HTML)},
        **{f"files of lock {each!r}": lock(lambda data, each=each: data.update(files=each))
           for each in ({"../outside/file": "sha256:0"}, {"/etc/passwd": "x"}, [1], {"a": 1})},
        **{f"data in {each!r}": lock(lambda data, each=each: data["data"].update(folder=each))
           for each in ("/etc", "https://x.org", "$(touch canary)", ESC)},
        "lock extends": lock(lambda data: data.update(extends="../outside/file")),
        **{f"link {name}": link(name) for name in ("model.safetensors", "metrics.json",
           "items.parquet", "spec.lock.json", "report.html", "checkpoints/last.ckpt")},
        **{f"link {name}": link(name, to_folder=True)
           for name in ("assets", "logs", ".draft", ".complete", "checkpoints")},
        **{f"pipe {name}": pipe(name) for name in ("model.safetensors", "metrics.json",
           "items.parquet", "spec.lock.json", "checkpoints/last.ckpt")},
        "tensors: long head": tensors(b"{}", size=1 << 62),
        "tensors: deep head": tensors(deep.encode()),
        "tensors: beyond the end": tensors({"a": head | {"data_offsets": [0, 1 << 50]}}),
        "tensors: overlap": tensors({"a": head, "b": head}),
        "tensors: huge": tensors({"a": head | {"shape": [1 << 40, 1 << 40]}}),
        "tensors: negative": tensors({"a": head | {"shape": [-4]}}),
        "tensors: escapes": tensors({ESC: head}, bytes(16)),
        **{f"pickle {name}, {'torch' if by_torch else 'plain'}": pickled(name, by_torch=by_torch)
           for name in ("model.safetensors", "checkpoints/last.ckpt", "items.parquet", "assets/x")
           for by_torch in (True, False)},
        "bomb": bomb,
        "items with escapes": lambda bundle: unsigned(bundle, lambda: items(bundle)),
    }  # fmt: skip
