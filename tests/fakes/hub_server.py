"""A hub on loopback: of its API what huggingface_hub asks for when a bundle comes and goes."""

import base64
import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

__all__ = ["Hub", "running_hub"]


class Hub:
    """Repositories: the files of each branch, and what was asked for."""

    def __init__(self):
        self.branches, self.asked, self.private = {}, [], set()

    def files(self, repo, revision="main"):
        """The files of a branch, or of one with this commit."""
        if (repo, revision) in self.branches:
            return self.branches[repo, revision]
        for (name, _), files in self.branches.items():
            if name == repo and commit_of(files) == revision:
                return files
        return None


def commit_of(files):
    """A name for a state of all files."""
    return hashlib.sha1(repr(sorted(files.items())).encode()).hexdigest()


def entry(path, content):
    """A file in a listing."""
    oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    return {"type": "file", "path": path, "size": len(content), "oid": oid}


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def answer(self, content, code=200, **headers):
        """JSON, or bytes."""
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(code)
        for name, value in {"Content-Length": len(raw), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def do_POST(self):
        """What changes repositories, and two questions."""
        hub, body = self.server.hub, self.rfile.read(int(self.headers["Content-Length"]))
        parts = [unquote(part) for part in urlsplit(self.path).path.split("/")[1:]]
        hub.asked.append((self.command, self.path))
        if parts[1:] == ["repos", "create"]:
            asked = json.loads(body)
            repo = f"{asked['organization']}/{asked['name']}"
            is_private = asked.get("private") or asked.get("visibility") == "private"
            if hub.files(repo) is None and is_private:
                hub.private.add(repo)
            hub.branches.setdefault((repo, "main"), {})
            return self.answer({"url": f"http://{self.headers['Host']}/{repo}", "id": repo})
        if parts[1:] == ["validate-yaml"]:
            return self.answer({"errors": [], "warnings": []})
        repo, what, revision = "/".join(parts[2:4]), parts[4], parts[5]
        if what == "branch":
            hub.branches.setdefault((repo, revision), dict(hub.files(repo)))
            return self.answer({})
        files = hub.files(repo, revision)
        if what == "preupload":
            paths = [file["path"] for file in json.loads(body)["files"]]
            modes = [{"path": p, "uploadMode": "regular", "shouldIgnore": False} for p in paths]
            return self.answer({"files": modes})
        if what == "paths-info":
            asked = parse_qs(body.decode()).get("paths", [])
            return self.answer([entry(p, files[p]) for p in asked if p in files])
        for line in map(json.loads, body.splitlines()):
            if line["key"] == "file":
                files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            elif line["key"] == "deletedFile":
                files.pop(line["value"]["path"], None)
        commit = commit_of(files)
        url = f"http://{self.headers['Host']}/{repo}/commit/{commit}"
        return self.answer({"commitUrl": url, "commitOid": commit})

    def do_GET(self):
        """A repository, its files, and one of them."""
        hub, path = self.server.hub, urlsplit(self.path).path
        hub.asked.append((self.command, self.path))
        parts = [unquote(part) for part in path.split("/")[1:]]
        if parts[0] == "api":
            repo, what, revision = "/".join(parts[2:4]), *(parts[4:6] or ["revision", "main"])
            files = hub.files(repo, revision)
            if files is None:
                code = "RevisionNotFound" if hub.files(repo) is not None else "RepoNotFound"
                return self.answer({"error": code}, 404, X_Error_Code=code)
            if what == "tree":
                below = "/".join(parts[6:])
                names = [n for n in files if not below or n.startswith(f"{below}/")]
                return self.answer([entry(name, files[name]) for name in names])
            siblings = [{"rfilename": name} for name in files]
            about = {"id": repo, "modelId": repo, "private": repo in hub.private}
            return self.answer({**about, "sha": commit_of(files), "siblings": siblings})
        repo, revision, name = "/".join(parts[:2]), parts[3], "/".join(parts[4:])
        files = hub.files(repo, revision) or {}
        if name not in files:
            return self.answer({}, 404, X_Error_Code="EntryNotFound")
        etag = f'"{entry(name, files[name])["oid"]}"'
        return self.answer(files[name], ETag=etag, X_Repo_Commit=commit_of(files))

    def do_HEAD(self):
        """Of a file, what is known of it."""
        self.do_GET()

    def log_message(self, *_):
        """Nothing."""


@contextmanager
def running_hub():
    """A hub, and its address for HF_ENDPOINT."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.hub = Hub()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.hub, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
