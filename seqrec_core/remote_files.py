"""Files behind a URI: fetched into the cache, delivered from it; fsspec knows the protocols."""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from seqrec_core.errors import DataError
from seqrec_core.printable import names as printed_names
from seqrec_core.printable import without_secrets as shown
from seqrec_core.remote_cache import alone, cache, clear
from seqrec_core.remote_store import Objects, Store

__all__ = ["Remote", "shown"]

LAST = ("schema.json", "spec.lock.json")  # says that the others are whole
PATIENCE = 600.0  # seconds for the first process of a run to lay out a folder
_BASE = "base.json"
_SENDING = "sending"  # it was begun, so what the URI has is in part what is here
_KEPT = ".unfinished"  # of the hidden files: a run that did not end


class Remote(Store):
    """What a URI names, with its copies in the cache."""

    def fetched(self, without: Collection[str] = ()) -> Path:
        """A copy, of the cache where that has it; DataError for what is not there.

        Of a folder, files with the names `without` are left out.
        """
        objects = self.objects(without)
        if not objects:
            raise DataError(f"{shown(self.uri)}: no such file or folder; see how it is spelled")
        return self._tree(objects, without)

    def _tree(self, objects: Objects, without: Collection[str] = ()) -> Path:
        """The copy of these objects."""
        tree = cache("trees") / self._key(objects)
        with alone(cache() / "lock"):
            if is_there := tree.is_dir():
                os.utime(tree)  # so that nobody removes it
        if not is_there:
            clear()
            with self.explained("read"):
                self._fetch(objects, tree, without)
        return self._called(tree)

    def _fetch(self, objects: Objects, tree: Path, without: Collection[str]) -> None:
        draft = Path(tempfile.mkdtemp(dir=cache("drafts")))
        try:
            for name, info in sorted(objects.items()):
                self._fetch_one(name, info, draft / self.name / name)
            if self.objects(without) != objects:
                raise DataError(f"{shown(self.uri)} changed while it was read; try again")
            for name, info in objects.items():
                with suppress(OSError):  # it is there, or there are no such links
                    os.link(draft / self.name / name, self._blob(name, info))
            try:
                draft.rename(tree)
            except OSError:
                if not tree.is_dir():  # of another process, which was quicker
                    raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _fetch_one(self, name: str, info: Mapping[str, Any], path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            is_taken = os.path.lexists(path)
        except FileExistsError:  # a/b where there is an a
            is_taken = True
        if is_taken:
            raise DataError(
                f"{shown(self.uri)}: {name!r} and another file cannot both be here, "
                "for their names; rename one"
            )
        with suppress(OSError):
            os.link(self._blob(name, info), path)
            return
        self.get(name, path, info.get("size"))
        path.chmod(0o444)

    def _called(self, folder: Path) -> Path:
        """The copy in a folder of the cache; what is printed of it has its URI."""
        printed_names[str(folder / self.name)] = shown(self.uri)
        return folder / self.name

    @contextmanager
    def delivered(self, *, anew: bool = False) -> Iterator[Path]:
        """What `places.delivered` gives; of the processes of one run, the first delivers."""
        work = cache("work") / self._key({})
        if not _is_first_process():
            until = time.monotonic() + PATIENCE
            while not work.is_dir():
                if time.monotonic() > until:
                    raise DataError(
                        f"{shown(self.uri)}: the first process of this run has put nothing into "
                        f"{cache()}; have SEQREC_CACHE name one folder for all machines"
                    )
                time.sleep(0.1)
            yield self._called(work)
            return
        refusal = f"another process writes to {shown(self.uri)}; wait for its end"
        with alone(work.with_suffix(".lock"), refusal):
            objects = self.objects()
            self._settle(work, objects, anew)
            if not work.is_dir():
                self._lay_out(work, objects, anew)
            try:
                yield self._called(work)
            finally:
                self._deliver(work)

    def _settle(self, work: Path, objects: Objects, anew: bool) -> None:
        """Removes what a process that was killed left, unless somebody wants it.

        DataError where both that process and another wrote.
        """
        if anew:
            shutil.rmtree(work, ignore_errors=True)
        if not work.is_dir():
            return
        note = json.loads((work / _BASE).read_text())
        is_begun = (work / _SENDING).exists()
        is_other = is_begun and self._is_of_another(work, objects, note["last"])
        if note["seen"] == self._key(objects) or (is_begun and not is_other):
            return
        if is_other or note["states"] != _states(work / self.name):
            raise DataError(
                f"{shown(self.uri)} has changed since a process that was killed wrote for it to "
                f"{work}; remove that folder to go on without what it wrote"
            )
        shutil.rmtree(work)

    def _is_of_another(self, work: Path, objects: Objects, before: Mapping[str, str]) -> bool:
        """Whether another machine delivered since sending began, which takes LAST away first."""
        states = _states(work / self.name)
        sizes = {name: state[0] for name, state in states.items() if name not in LAST}
        is_sent = all(objects.get(name, {}).get("size") == sizes[name] for name in sizes)
        for name in set(LAST) & {*objects}:
            if before.get(name) != self._key({name: objects[name]}):  # not what was there
                with self.explained("read"):
                    there = self.read(name)
                ours = (work / self.name / name).read_bytes() if name in states else None
                if not is_sent or ours is None or not ours.startswith(there):  # it may be cut
                    return True
        return False

    def _lay_out(self, work: Path, objects: Objects, anew: bool) -> None:
        """What the URI has, in copies that may be changed, and a note of how they were."""
        draft = Path(tempfile.mkdtemp(dir=cache("drafts")))
        place = draft / self.name
        if objects and not anew:
            copy = self._tree(objects)
            shutil.copytree(copy, place) if copy.is_dir() else shutil.copy2(copy, place)
            for path in [place, *place.rglob("*")]:
                path.chmod(path.stat().st_mode | 0o200)
        last = {name: self._key({name: objects[name]}) for name in LAST if name in objects}
        note = {"seen": self._key(objects), "states": _states(place), "last": last}
        (draft / _BASE).write_text(json.dumps(note))
        draft.rename(work)

    def _deliver(self, work: Path) -> None:
        """Uploads what differs from the note, takes away what is gone, and forgets the folder."""
        before = json.loads((work / _BASE).read_text())["states"]
        states = _states(work / self.name)
        changed = [name for name in states if states[name] != before.get(name)]
        gone = [name for name in before if name not in states]
        last = [name for name in LAST if changed or gone]
        rest = [name for name in changed if name not in last]
        advice = f"; it is kept in {work}, and the same command goes on from there"
        with self.explained("written", advice):
            if changed or gone:
                (work / _SENDING).touch()
            for name in dict.fromkeys([*last, *gone]):
                self.remove(name)
            for name in [*rest, *(name for name in last if name in states)]:
                self.put(work / self.name / name, name)
            self.system.invalidate_cache()
        shutil.rmtree(work)

    def _blob(self, name: str, info: Mapping[str, Any]) -> Path:
        """Where the copy of one object is, or will be."""
        return cache("blobs") / self._key({name: info})

    def _key(self, objects: Objects) -> str:
        """The name of a version: of the place, and of all that its file system says of it."""
        known = sorted((name, sorted(info.items())) for name, info in objects.items())
        said = self.uri.partition("://")[2].partition("/")[0].rpartition("@")[2].lower()
        first = self.root.strip("/").partition("/")[0].lower()
        host = said if said != first else ""  # s3://b/x and memory://x have it in the root
        text = json.dumps([self.system.protocol, host, self.root, known], default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def _states(place: Path) -> dict[str, list[int]]:
    """Size and time of each file at or below a place, but for drafts."""
    files = [place] if place.is_file() else [p for p in place.rglob("*") if p.is_file()]
    states = {}
    for path in files:
        name = path.relative_to(place).as_posix()
        name = "" if name == "." else name
        is_draft = any(part.startswith(".") and part != _KEPT for part in name.split("/"))
        if not is_draft:
            state = path.stat()
            states[name] = [state.st_size, state.st_mtime_ns]
    return states


def _is_first_process() -> bool:
    """Of those that a launcher started for one run; RANK, which `torchrun` sets, decides alone."""
    names = ("RANK",) if os.environ.get("RANK") else ("LOCAL_RANK", "NODE_RANK", "SLURM_PROCID")
    return all(os.environ.get(name, "0") in ("", "0") for name in names)
