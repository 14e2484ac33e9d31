"""A PostgreSQL server for tests and benchmarks, reached by a socket in a temporary folder and deleted afterwards."""

import hashlib
import hmac
import os
import pwd
import shutil
import subprocess
import tempfile
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast
from uuid import uuid4

PASSWORD = "correct-horse"  # noqa: S105 - of a server that lives in a temporary folder

ROOM = 2 * 1024**3  # bytes, for a cluster and the databases of a whole run


class PostgresServer:
    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._session: subprocess.Popen[str] | None = None

    def new_database(self, name: str | None = None, *, copied_from: str = "template0") -> str:
        """Make a database and return its URL."""
        name = name or f"test_{uuid4().hex}"
        if self._session is None:
            self._session = self._open_session()
        told, answers = cast("IO[str]", self._session.stdin), cast("IO[str]", self._session.stdout)
        told.write(f"CREATE DATABASE {name} TEMPLATE {copied_from} :quickly;\n\\echo made\n")
        told.flush()
        if answers.readline() != "made\n":
            raise RuntimeError("psql has said above why there is no database")
        return self.url(name)

    def start(self) -> None:
        options = f"-k {self._folder} -c listen_addresses= -c fsync=off -c full_page_writes=off -c autovacuum=off"
        self._control("start", "--wait", "--log", str(self._folder / "log"), "--options", options)

    def stop(self) -> None:
        """Break off all connections and end, as after a loss of power."""
        if self._session is not None:
            self._session.communicate()
            self._session = None
        self._control("stop", "--mode", "immediate")

    def _open_session(self) -> subprocess.Popen[str]:
        """Start one psql for all new databases, since a process for each would take longer than its work."""
        session = subprocess.Popen(  # noqa: S603 - our own words
            [
                *(self._programs / "psql", "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1"),
                *("--host", str(self._folder), "--username", "mynah", "postgres"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            **self._surroundings,
        )
        # From 15 on, PostgreSQL can copy files instead of writing each page into its log too.
        quickly = "CASE WHEN :SERVER_VERSION_NUM >= 150000 THEN 'STRATEGY file_copy' ELSE '' END"
        cast("IO[str]", session.stdin).write(f"SELECT {quickly} AS quickly \\gset\n")
        return session

    def _control(self, verb: str, *options: str) -> None:
        self.run("pg_ctl", verb, "--pgdata", str(self._folder / "data"), *options)

    def url(self, database: str) -> str:
        return f"postgresql://mynah:{PASSWORD}@/{database}?host={self._folder}"

    def run(self, program: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603 - our own words
            [self._programs / program, *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            **self._surroundings,
        )

    @property
    def _surroundings(self) -> dict[str, Any]:
        environment = {**os.environ, "PGPASSWORD": PASSWORD, "LC_ALL": "C"}
        return {"cwd": self._folder, "env": environment, "user": _unprivileged()}


def programs_folder() -> Path | None:
    """Return the folder of this machine's newest `initdb` and `pg_ctl`; None if it has none."""
    in_path = shutil.which("initdb")
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = Path(in_path) if in_path else next(reversed(versions), None)
    return found.resolve().parent if found else None


@contextmanager
def running_server(programs: Path) -> Generator[PostgresServer]:
    # Not pytest's own folder: others may not enter it, and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="mynah-postgres-", dir=_quickest_folder()))
    password_file = folder / "password"
    password_file.write_text(_quick_to_prove(PASSWORD))
    if (account := _unprivileged()) is not None:
        for path in (folder, password_file):
            shutil.chown(path, account)
    server = PostgresServer(programs, folder)
    try:
        server.run(
            *("initdb", "--pgdata", str(folder / "data"), "--username", "mynah", "--pwfile", str(password_file)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
        )
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _quick_to_prove(password: str) -> str:
    """Return what the server stores of a password: hashed once, since clients take 10 ms to hash it 4096 times.

    https://www.postgresql.org/docs/current/catalog-pg-authid.html
    """
    salt = os.urandom(16)
    hashed = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1)
    proven_by_client = hashlib.sha256(hmac.digest(hashed, b"Client Key", "sha256")).digest()
    proven_by_server = hmac.digest(hashed, b"Server Key", "sha256")
    shown, *keys = (b64encode(part).decode() for part in (salt, proven_by_client, proven_by_server))
    return f"SCRAM-SHA-256$1:{shown}${':'.join(keys)}"


def _quickest_folder() -> str:
    """Return a folder in memory if there is enough, so that new databases need not be copied on a disk."""
    memory = Path("/dev/shm")  # noqa: S108 - nothing is kept in it but a folder of our own
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    return str(memory) if roomy else "/tmp"  # noqa: S108 - likewise


def _unprivileged() -> str | None:
    """Return the account to run as, since PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    return "postgres" if any(account.pw_name == "postgres" for account in pwd.getpwall()) else "nobody"
