"""The ground that every test stands on: private PostgreSQL and Redis, databases, a browser.

- `db` is one transaction, rolled back at the end, as the role that the service runs as.
- `committed_db` is a database of the test's own, for tests that commit, use threads or run other processes.
- `sqlite_db` is the same on SQLite.
- `cast` and `committed_cast` are `db` and `committed_db` in which the cast already is, made once and copied.

The log refuses DELETE and TRUNCATE, to tests too, so nothing here flushes: a database that was written to is dropped.
A missing server fails the run; it never skips a test.
"""

import os

# Playwright's event loop runs in the thread of the test, where Django would refuse to query.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

import fcntl
import gc
import pickle
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.core.cache import cache, caches
from django.core.management import call_command
from django.db import connections
from django.utils import translation
from playwright.sync_api import Browser, Page, sync_playwright
from psycopg import sql
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from audit.evidence.evidence_key import create_evidence_key
from audit.signing.log_key import create_key_files
from audit.signing.promise_key import create_promise_key_files
from consent.keys.epoch import start_epoch
from consent.keys.memory import memory
from consent.keys.models import Epoch
from consent.keys.service import key_service
from consent.receipts.signing_key import create_key_file
from deploy import databases
from deploy.catalogues import compile_stale
from deploy.celery import app as celery_app
from deploy.private_services import OWNER, Postgres, Redis, Services, end_services, keep_services
from sharing.files.storage import file_storage
from tests.cast import Cast, make_cast

BASE = Path(__file__).resolve().parent.parent
RUN_FOLDER = Path(os.environ["DEELWIJS_TEST_FOLDER"])
OWN_FOLDER = pytest.StashKey[Path]()
TEMPLATE = "template_deelwijs"
APP = "deelwijs_app"
DATABASE_FIXTURES = {"db", "committed_db", "transactional_db", "live_server", "sqlite_db"}


# Nothing here is judged by the clock, and a busy machine is slow. Each run draws other examples.
hypothesis.settings.register_profile("without a clock", deadline=None, max_examples=50)
hypothesis.settings.load_profile("without a clock")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if not _is_worker(config):
        # Fails when the folder is there: then another run, or another user, made it, and it is not ours to remove.
        RUN_FOLDER.mkdir(mode=0o711)
        config.stash[OWN_FOLDER] = RUN_FOLDER
        (RUN_FOLDER / "static").mkdir()
        # With the servers, mostly in memory: every test writes keys, and keys are flushed to the disk.
        config.option.basetemp = config.option.basetemp or RUN_FOLDER / "files"
        compile_stale()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the long tests: one that starts late leaves the other workers with nothing to do."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    # What is loaded by now stays: nobody needs to look for garbage in it again and again.
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    # Also after a start that failed, so only what this run has made.
    if folder := config.stash.get(OWN_FOLDER, None):
        end_services(folder)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


# --- Servers ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def services(request: pytest.FixtureRequest, worker_number: int) -> Services:
    """PostgreSQL and Redis, shared by all workers, and settings that point at this worker's part of Redis."""
    main_process = os.getppid() if _is_worker(request.config) else os.getpid()
    running = keep_services(RUN_FOLDER, watched=main_process)
    redis_url = running.redis.url(database=worker_number)
    os.environ["REDIS_URL"] = os.environ["CELERY_BROKER_URL"] = redis_url
    settings.CACHES["default"]["LOCATION"] = settings.CELERY_BROKER_URL = redis_url
    celery_app.conf.update(broker_url=redis_url)
    # Something may have asked for the cache already; the next who asks gets one with the new address.
    caches["default"].close()
    del caches["default"]
    return running


@pytest.fixture(scope="session")
def worker_number() -> int:
    """The number of this worker of pytest-xdist, from 0."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture(scope="session")
def postgres(services: Services) -> Postgres:
    return services.postgres


@pytest.fixture(scope="session")
def redis(services: Services) -> Redis:
    return services.redis


@pytest.fixture
def redis_url(redis: Redis, worker_number: int) -> str:
    """The address of this worker's own database in Redis."""
    return redis.url(database=worker_number)


# --- Databases ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """The database of the running test. Its roles are those of `manage.py grant_roles`, each with a login."""

    __test__ = False

    postgres: Postgres
    name: str

    def url(self, role: str = APP) -> str:
        """Give an address for DATABASE_URL that signs in as a role: `deelwijs_app`, `deelwijs_sequencer`, …"""
        return self.postgres.url(role=role if role == OWNER else f"{role}_login", database=self.name)

    def connect(self, role: str = OWNER) -> "psycopg.Connection[tuple[Any, ...]]":
        """Open a connection of its own, in autocommit, for looking at what is committed or for breaking it."""
        return psycopg.connect(self.url(role), autocommit=True)


@pytest.fixture(scope="session")
def django_db_setup(
    postgres: Postgres, worker_number: int, django_db_blocker: DjangoDbBlocker
) -> Iterator[TestDatabase]:
    """Stands in for pytest-django's fixture: makes this worker's database and points Django at it."""
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        _make_template_once(postgres)
        database = stack.enter_context(_clone(postgres, f"worker_{worker_number}"))
        stack.enter_context(django_uses(database))
        yield database


@dataclass(frozen=True, slots=True)
class CastTemplate:
    """The cast to whom nothing has happened yet: in a database that nobody uses, so that it can be copied."""

    database: TestDatabase
    keys: Path
    cast: Cast


@pytest.fixture(scope="session")
def cast_template(django_db_setup: TestDatabase, django_db_blocker: DjangoDbBlocker) -> CastTemplate:
    """The cast, brought on stage once for all workers, because that takes longer than most tests do."""
    folder, kept = RUN_FOLDER / "cast", RUN_FOLDER / "cast.pickle"
    database = TestDatabase(django_db_setup.postgres, "template_cast")
    with django_db_blocker.unblock(), _locked("cast"):
        if not kept.exists():
            create_database(database)
            with django_uses(database), files_in(folder):
                cast = make_cast()
            kept.write_bytes(pickle.dumps(cast))
    # Made by this run.
    return CastTemplate(database, folder / "keys", pickle.loads(kept.read_bytes()))  # noqa: S301


@pytest.fixture(scope="session")
def _cast_database(cast_template: CastTemplate, worker_number: int) -> Iterator[TestDatabase]:
    """This worker's database with the cast, for the tests that roll back."""
    template = cast_template.database
    with _clone(template.postgres, f"worker_{worker_number}_with_cast", template=template.name) as database:
        yield database


class _Stage:
    """Which of the worker's two databases Django uses, until a test needs the other: connecting takes time."""

    def __init__(self, empty: TestDatabase) -> None:
        self.empty = self._used = empty
        self._stack = ExitStack()

    def use(self, database: TestDatabase) -> None:
        if database is not self._used:
            self._stack.close()
            self._used = self.empty
            if database is not self.empty:
                self._stack.enter_context(django_uses(database))
                self._used = database


@pytest.fixture(scope="session")
def _stage(django_db_setup: TestDatabase, django_db_blocker: DjangoDbBlocker) -> Iterator[_Stage]:
    stage = _Stage(django_db_setup)
    yield stage
    with django_db_blocker.unblock():
        stage.use(stage.empty)


def _asks_for_cast(request: pytest.FixtureRequest) -> bool:
    return not {"cast", "committed_cast"}.isdisjoint(request.fixturenames)


@pytest.fixture
def committed_db(
    request: pytest.FixtureRequest,
    own_files: None,
    django_db_setup: TestDatabase,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[TestDatabase]:
    """A database of the test's own, as it stands after migration, in which the test commits."""
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        pytest.fail("`committed_db` and `live_server` do not go together with `db` or the mark `django_db`.")
    template = request.getfixturevalue("cast_template").database.name if _asks_for_cast(request) else TEMPLATE
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        name = f"test_{secrets.token_hex(6)}"
        database = stack.enter_context(_clone(django_db_setup.postgres, name, template=template))
        stack.enter_context(django_uses(database))
        yield database
        cache.clear()


@pytest.fixture
def transactional_db(committed_db: TestDatabase) -> TestDatabase:
    """What `live_server` asks for. pytest-django's own flushes tables, which the log refuses."""
    return committed_db


@pytest.fixture
def database(request: pytest.FixtureRequest, django_db_setup: TestDatabase) -> TestDatabase:
    """The database of the running test: its own with `committed_db`, else the worker's."""
    names = [name for name in ("committed_db", "live_server") if name in request.fixturenames]
    if names or _asks_for_cast(request):
        own: TestDatabase = request.getfixturevalue("committed_db" if names else "_cast_database")
        return own
    return django_db_setup


@pytest.fixture
def owner_connection(database: TestDatabase) -> "Iterator[psycopg.Connection[tuple[Any, ...]]]":
    """A connection as the owner of the tables, in autocommit. It sees only what is committed."""
    with database.connect() as connection:
        yield connection


@pytest.fixture
def sqlite_db(tmp_path: Path, own_files: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Path]:
    """A migrated SQLite file of the test's own, in which the test commits, with the pragmas of the service."""
    file = tmp_path / "deelwijs.sqlite3"
    with django_db_blocker.unblock():
        template = RUN_FOLDER / "template.sqlite3"
        with _locked("sqlite"):
            if not template.exists():
                unfinished = template.with_suffix(".unfinished")
                with _django_uses_sqlite(unfinished):
                    call_command("migrate", verbosity=0, interactive=False)
                unfinished.rename(template)
        shutil.copyfile(template, file)
        with _django_uses_sqlite(file):
            yield file


@pytest.fixture
def own_files(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """Keys, log and stored files of the test's own, because each database has its own. Comes with every database."""
    if _asks_for_cast(request):
        shutil.copytree(request.getfixturevalue("cast_template").keys, tmp_path / "keys")
    with files_in(tmp_path):
        yield


@contextmanager
def files_in(folder: Path) -> Iterator[None]:
    """Let keys, log and stored files stand in a folder, with keys of its own to sign with, made where none are yet."""
    own = {
        "KEY_SERVICE_FOLDER": folder / "keys",
        "LOG_SIGNING_KEY_FILE": folder / "log-signing-key",
        "LOG_PROMISE_KEY_FILE": folder / "promise-key",
        "LOG_WATCH_FOLDER": folder / "log-watch",
        "LOG_LAST_CHECKPOINT_FILE": folder / "last-checkpoint",
        "RECEIPT_SIGNING_KEY_FILE": folder / "receipt-signing-key",
        "EVIDENCE_KEY_FILE": folder / "evidence-key",
    }
    if not own["LOG_SIGNING_KEY_FILE"].exists():
        create_key_files(signing_key_file=own["LOG_SIGNING_KEY_FILE"], origin=settings.LOG_ORIGIN)
        create_promise_key_files(own["LOG_PROMISE_KEY_FILE"])
        create_key_file(own["RECEIPT_SIGNING_KEY_FILE"])
        create_evidence_key(own["EVIDENCE_KEY_FILE"])
    with pytest.MonkeyPatch.context() as patch:
        for name, path in own.items():
            patch.setattr(settings, name, path)
            patch.setenv(name, str(path))
        patch.setattr(settings, "FILE_STORAGE_URL", f"file://{folder}/files")
        patch.setenv("FILE_STORAGE_URL", settings.FILE_STORAGE_URL)
        _forget_services()
        yield
    _forget_services()


def _forget_services() -> None:
    key_service.cache_clear()
    memory.forget()
    file_storage.cache_clear()


@pytest.fixture
def _on_stage(request: pytest.FixtureRequest, _stage: _Stage, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        _stage.use(request.getfixturevalue("_cast_database") if _asks_for_cast(request) else _stage.empty)


@pytest.fixture
def db(own_files: None, _on_stage: None, _django_db_helper: None) -> None:
    """pytest-django's: one transaction, rolled back at the end."""


@pytest.fixture(autouse=True)
def _django_db_marker(request: pytest.FixtureRequest) -> None:
    """Stands in for pytest-django's: the mark `django_db` is the fixture `db` by another name."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")


@pytest.fixture(autouse=True)
def _no_language_left() -> Iterator[None]:
    """The language of a request stays with the thread: the next test begins without one."""
    yield
    translation.deactivate()


@pytest.fixture
def epoch(request: pytest.FixtureRequest) -> Epoch:
    """The first epoch of keys, as `manage.py keys start` makes it, in the test's database: `db` if it names none."""
    named = DATABASE_FIXTURES & set(request.fixturenames) - {"live_server"}
    for name in named or {"db"}:
        request.getfixturevalue(name)
    return start_epoch()


def _make_template_once(postgres: Postgres) -> None:
    """Make the database that all others are copies of: tables and grants as the owner, and the login roles."""
    with _locked("template"), _administering(postgres) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            return
        unfinished = f"{TEMPLATE}_unfinished"
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(unfinished)))
        with django_uses(TestDatabase(postgres, unfinished), role=OWNER):
            call_command("migrate", verbosity=0, interactive=False)
            call_command("grant_roles", verbosity=0)
        roles = connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'deelwijs\\_%' AND NOT rolcanlogin")
        for (role,) in roles.fetchall():
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE {}").format(
                    sql.Identifier(f"{role}_login"), sql.Literal(postgres.password), sql.Identifier(role)
                )
            )
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished), sql.Identifier(TEMPLATE))
        )


@contextmanager
def cloned(postgres: Postgres, *, of: str = TEMPLATE) -> Iterator[TestDatabase]:
    """Give one more database, which no setting points at: as it stands after migration, or a copy of another."""
    if of != TEMPLATE:
        # PostgreSQL copies no database that somebody uses.
        connections.close_all()
    with _clone(postgres, f"test_{secrets.token_hex(6)}", template=of) as database:
        yield database


@contextmanager
def _clone(postgres: Postgres, name: str, *, template: str = TEMPLATE) -> Iterator[TestDatabase]:
    database = TestDatabase(postgres, name)
    create_database(database, template=template)
    try:
        yield database
    finally:
        with _administering(postgres) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def create_database(database: TestDatabase, *, template: str = TEMPLATE) -> None:
    """Copy a template. One at a time: PostgreSQL copies no database that another session uses, a copying one too."""
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    with _locked("template"), _administering(database.postgres) as connection:
        connection.execute(create.format(sql.Identifier(database.name), sql.Identifier(template)))


@contextmanager
def _administering(postgres: Postgres) -> "Iterator[psycopg.Connection[tuple[Any, ...]]]":
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        yield connection


@contextmanager
def _locked(name: str) -> Iterator[None]:
    """Hold a lock that all workers share."""
    with (RUN_FOLDER / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def django_uses(database: TestDatabase, *, role: str = APP) -> Iterator[None]:
    """Point Django, in every thread, and the processes that tests start, at a database."""
    given = connections.settings["default"]
    before = {key: given[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    url_before = os.environ["DATABASE_URL"]
    connections["default"].close()
    # Changed in place: connection objects of all threads share this dictionary.
    given.update(
        NAME=database.name,
        USER=role if role == OWNER else f"{role}_login",
        PASSWORD=database.postgres.password,
        HOST="127.0.0.1",
        PORT=str(database.postgres.port),
    )
    os.environ["DATABASE_URL"] = database.url(role)
    try:
        yield
    finally:
        connections["default"].close()
        given.update(before)
        os.environ["DATABASE_URL"] = url_before


@contextmanager
def _django_uses_sqlite(file: Path) -> Iterator[None]:
    """Replace the default database by an SQLite file, with the settings that the service would use for it."""
    before = connections.settings["default"]
    url_before = os.environ["DATABASE_URL"]
    os.environ["DATABASE_URL"] = f"sqlite://{file}"
    replacement = databases.configuration(os.environ["DATABASE_URL"], statement_timeout=timedelta(seconds=15))
    connections["default"].close()
    # Another engine takes another connection object; other threads make theirs from the settings.
    connections.settings["default"] = connections.configure_settings({"default": replacement})["default"]
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = before
        del connections["default"]
        os.environ["DATABASE_URL"] = url_before


# --- Processes ----------------------------------------------------------------------------------------------------


@pytest.fixture
def celery_worker_process(committed_db: TestDatabase, redis_url: str) -> Iterator["subprocess.Popen[str]"]:
    """A real worker on this worker's Redis and the test's own database, ready to take tasks."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "--app", "deploy.celery:app", "worker", "--concurrency=1", "--loglevel=INFO"],
        cwd=BASE,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "deploy.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 120
        while not celery_app.control.ping(timeout=0.3):
            if worker.poll() is not None or time.monotonic() > deadline:
                os.killpg(worker.pid, signal.SIGKILL)
                pytest.fail(f"The worker does not start: {worker.communicate()[0]}")
        yield worker
    finally:
        if worker.poll() is None:
            # The whole group: the worker's children outlive a worker that a test has killed.
            os.killpg(worker.pid, signal.SIGTERM)
        worker.communicate(timeout=30)


# --- Browser ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    program = shutil.which("chromium")
    assert program, "Chromium is missing: run apt-get install chromium"
    with sync_playwright() as playwright:
        # Containers give /dev/shm too little room, and where nothing is shown no process is needed that draws.
        arguments = ["--disable-dev-shm-usage", "--disable-gpu", "--in-process-gpu"]
        chromium = playwright.chromium.launch(executable_path=program, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A page in Dutch at 1280 by 800 pixels, with no cookies, whose addresses are those of the live server."""
    context = browser.new_context(base_url=live_server.url, locale="nl-NL", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()
