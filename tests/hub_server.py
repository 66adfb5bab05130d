"""A Hugging Face hub on loopback with one repository: folders by commit, and the commit that each branch stands for."""

from __future__ import annotations

import hashlib
import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import unquote

from loopback import Loopback


class Handler(BaseHTTPRequestHandler):
    server: HubServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = unquote(self.path).partition("?")[0].strip("/").split("/")
        if self.server.silent:
            self.server.released.wait(60)
        elif parts[:2] == ["api", "models"]:
            self._describe("/".join(parts[2:4]), parts[5]) if parts[4] == "revision" else self._send(200, b"[]")  # no folders in it
        else:
            self._file("/".join(parts[:2]), parts[3], "/".join(parts[4:]))

    do_HEAD = do_GET

    def _describe(self, repository: str, revision: str) -> None:
        commit = self.server.commit(repository, revision)
        if commit is not None:
            self._send(200, json.dumps({"id": repository, "sha": commit, "siblings": []}).encode())
        else:
            missing = "RevisionNotFound" if repository == self.server.repository else "RepoNotFound"
            self._send(404, b"{}", **{"X-Error-Code": missing})

    def _file(self, repository: str, revision: str, name: str) -> None:
        commit = self.server.commit(repository, revision)
        file = self.server.commits.get(commit or "", Path("/nowhere")) / name
        found = {"X-Repo-Commit": commit} if commit else {}
        if file.is_file():
            content = file.read_bytes()
            self._send(200, content, ETag=f'"{hashlib.sha256(content).hexdigest()}"', **found)
        else:
            self._send(404, b"", **{**found, "X-Error-Code": "EntryNotFound"})

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


class HubServer(Loopback):
    """``commits``: folders of files; ``branches``: names for them. ``silent``: takes connections and says nothing."""

    def __init__(self, repository: str) -> None:
        super().__init__(Handler)
        self.repository, self.silent = repository, False
        self.commits: dict[str, Path] = {}
        self.branches: dict[str, str] = {}
        self.begin()

    def commit(self, repository: str, revision: str) -> str | None:
        found = self.branches.get(revision, revision)
        return found if repository == self.repository and found in self.commits else None
