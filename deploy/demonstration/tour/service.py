"""Speaking HTTP with the running service, as a citizen's browser and as an organisation's system."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter

_SECONDS = 30


class NoAnswer(Exception):
    """The service did not answer, or not with what such an answer consists of."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and, for an API answer, its JSON object; `text` and `content` are the body as it came."""

    asked: str
    status: int
    text: str = field(repr=False)
    body: dict[str, Any]
    content: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def member(self, *names: str) -> Any:
        """Return the member of the body at `names`; raise NoAnswer, with what came, where there is none."""
        found: Any = self.body
        for name in names:
            if not isinstance(found, dict) or name not in found:
                raise NoAnswer(f"{self.asked} answered {self.status} without {'.'.join(names)}: {self.shortened()}")
            found = found[name]
        return found

    def verdicts(self) -> list[dict[str, Any]]:
        """Return the verdicts of a refusal, {code, holds, params}; raise NoAnswer where there are none."""
        found = self.member("params", "verdicts")
        return [verdict for verdict in found if isinstance(verdict, dict)] if isinstance(found, list) else []

    def shortened(self) -> str:
        text = " ".join(self.text.split())
        return text if len(text) <= 300 else f"{text[:300]}…"


class Service:
    """The service at an address, for who is nobody in particular. Cookies are kept from answer to answer."""

    def __init__(self, url: str, *, language: str = "nl") -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()
        # A proxy or a password of the machine's has no business between two programs on it.
        self._session.trust_env = False
        self._session.headers["Accept-Language"] = language

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._session.close()

    def get(self, path: str, *, headers: dict[str, str] | None = None, **params: str) -> Answer:
        return self._send("GET", path, params=params, headers=_named(headers or {}))

    def get_as(self, media_type: str, path: str) -> Answer:
        """Get what stands at `path` in one of its forms."""
        return self._send("GET", path, headers={"Accept": media_type})

    def post(self, path: str, body: dict[str, Any], **headers: str) -> Answer:
        """Send `body` as JSON; an underscore in a header's name stands for a hyphen."""
        return self._send("POST", path, json=body, headers=_named(headers))

    def send(self, method: str, path: str, content: bytes | None = None, **headers: str) -> Answer:
        """Send bytes as they are, or none; an underscore in a header's name stands for a hyphen."""
        return self._send(method, path, data=content, headers=_named(headers))

    def _send(self, method: str, path: str, **rest: Any) -> Answer:
        asked = f"{method} {path}"
        try:
            response = self._session.request(method, f"{self.url}{path}", timeout=_SECONDS, **rest)
        except requests.RequestException as error:
            raise NoAnswer(f"{asked}: {error}") from error
        body: Any = {}
        if response.headers.get("Content-Type", "").partition(";")[0].endswith("json"):
            try:
                body = response.json()
            except requests.JSONDecodeError as error:
                raise NoAnswer(f"{asked} answered {response.status_code} with broken JSON") from error
        # What is no text is not tried as one: a file would be searched for its letters for seconds.
        is_file = response.headers.get("Content-Type", "").startswith(("application/zip", "video/"))
        return Answer(
            asked,
            response.status_code,
            "" if is_file else response.text,
            body if isinstance(body, dict) else {},
            response.content,
            response.headers,
        )


class _LittleAhead(HTTPAdapter):
    """Connections on which little waits that nobody has taken: the rest stays where it comes from."""

    def init_poolmanager(self, *given: Any, **options: Any) -> None:
        little = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)]
        super().init_poolmanager(*given, socket_options=little, **options)


class CitizensBrowser(Service):
    """The browser of a citizen: a session, and the token of a form on everything that changes something."""

    def sign_in(self, person: str) -> Answer:
        """Sign in as the account with id `person`, on the page that the demonstration has for it."""
        token = self._form_token("/sign-in/")
        form = {"person": person, "csrfmiddlewaretoken": token}
        return self._send("POST", "/sign-in/demonstration/", data=form)

    def change(self, path: str, body: dict[str, Any], **headers: str) -> Answer:
        """Post `body` as JSON with the token of a form of this session; `headers` as in `post`."""
        return self.post(path, body, X_CSRFToken=self._form_token("/my/"), **headers)

    def send(self, method: str, path: str, content: bytes | None = None, **headers: str) -> Answer:
        if method != "GET":
            headers["X_CSRFToken"] = self._form_token("/my/")
        return super().send(method, path, content, **headers)

    def watch(self, path: str, *, first: int, then: Callable[[], None]) -> tuple[int, int, bool]:
        """Take the first bytes of a file, do something, and take the rest as it comes.

        Return how many came of how many, and whether the answer ended as one does that is whole.
        """
        received = 0
        self._session.mount(self.url, _LittleAhead())
        with self._session.get(f"{self.url}{path}", stream=True, timeout=_SECONDS) as answer:
            size = int(answer.headers.get("Content-Length", 0))
            pieces = answer.iter_content(64 * 1024)
            while received < min(first, size):
                received += len(next(pieces))
            then()
            try:
                for piece in pieces:
                    received += len(piece)
                ended = True
            except requests.RequestException:
                ended = False
        return received, size, ended

    def submit(self, path: str, form: dict[str, str], *, form_on: str = "/my/") -> Answer:
        """Send a form with the token of one that stands on the page `form_on`, and follow to where it leads."""
        return self._send("POST", path, data={**form, "csrfmiddlewaretoken": self._form_token(form_on)})

    def _form_token(self, path: str) -> str:
        page = self.get(path)
        token = form_token(page.text)
        if token is None:
            raise NoAnswer(f"{page.asked} answered {page.status} without a form")
        return token


class OrganisationsSystem(Service):
    """A system that acts for an organisation, by a bearer token."""

    def get_token(self, *, client_id: str, client_secret: str, scope: str) -> Answer:
        """Get a token by client credentials (RFC 6749 section 4.4) and use it from now on."""
        form = {"grant_type": "client_credentials", "scope": scope}
        answer = self._send("POST", "/oauth/token", data=form, auth=(client_id, client_secret))
        if answer.status == requests.codes.ok:
            self._session.headers["Authorization"] = f"Bearer {answer.member('access_token')}"
        return answer


def _named(headers: dict[str, str]) -> dict[str, str]:
    """Return headers by the names that HTTP has for them."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


class _FormToken(HTMLParser):
    found: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("name") == "csrfmiddlewaretoken":
            self.found = self.found or given.get("value")


def form_token(page: str) -> str | None:
    """Return the CSRF token in the hidden input of the first form of a page, None where there is none."""
    parser = _FormToken()
    parser.feed(page)
    return parser.found
