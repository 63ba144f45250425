from collections.abc import Callable, Iterator

import pytest
from pytest_django.fixtures import Settings

from audit.people import ANONYMOUS, Viewer
from tests.audit.people import PeopleOfTests

LookAs = Callable[[Viewer], None]


@pytest.fixture(params=["committed_db", "sqlite_db"])
def either_db(request: pytest.FixtureRequest) -> None:
    """A database in which the test commits: once PostgreSQL, once SQLite."""
    request.getfixturevalue(request.param)


@pytest.fixture
def look_as(settings: Settings) -> Iterator[LookAs]:
    """Choose who looks at the log from now on; nobody does until chosen."""
    settings.AUDIT_PEOPLE = f"{PeopleOfTests.__module__}.{PeopleOfTests.__qualname__}"

    def look(viewer: Viewer) -> None:
        PeopleOfTests.looking = viewer
        PeopleOfTests.questions = []
        PeopleOfTests.related = {}

    look(ANONYMOUS)
    yield look
    look(ANONYMOUS)
