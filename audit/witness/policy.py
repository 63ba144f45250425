"""Which witnesses there are, and whose cosignatures are enough: a text in the format of C2SP tlog-policy.

    witness north example.com/w1+5f3c…+BK…  https://witness.example.com
    witness south example.org/w2+91aa…+BM…  https://example.org/witness
    group both all north south
    quorum both

The same text serves who verifies: with a `log` line it says all that a proof is held against.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from audit.signing.signed_note import NoteError
from audit.witness.cosignature import Cosigner, read_cosigner

NONE = "none"
# tlog-policy recommends that 32 of each are supported at the least.
MOST_DEFINED = 256


class PolicyError(ValueError):
    """The text is no policy; the message names the line and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Witness:
    """`name` is what this policy calls it; `url` its submission prefix, or "" where nobody asks it."""

    name: str
    cosigner: Cosigner
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """Witnessed when at least `threshold` of its members are; each is a witness or an earlier group."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    witnesses: tuple[Witness, ...] = ()
    quorum: str = NONE
    groups: Mapping[str, Group] = field(default_factory=dict)
    logs: tuple[str, ...] = ()

    def is_met(self, cosigned_by: Collection[str]) -> bool:
        """Tell whether the cosignatures of these witnesses, by their names in this policy, are enough."""
        witnessed = {NONE, *(witness.name for witness in self.witnesses if witness.name in cosigned_by)}
        for name, group in self.groups.items():  # in the order of the text, so members come first
            if sum(member in witnessed for member in group.members) >= group.threshold:
                witnessed.add(name)
        return self.quorum in witnessed


def read_policy(text: str) -> Policy:
    """Read a policy, or raise PolicyError."""
    reading = _Reading()
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            reading.take(line)
        except (PolicyError, NoteError) as error:
            raise PolicyError(f"line {number}: {error}") from None
    if reading.quorum is None:
        raise PolicyError("there is no line that begins with quorum; write `quorum none` to ask for no cosignature")
    return Policy(tuple(reading.witnesses.values()), reading.quorum, reading.groups, tuple(reading.logs))


class _Reading:
    def __init__(self) -> None:
        self.witnesses: dict[str, Witness] = {}
        self.groups: dict[str, Group] = {}
        self.logs: list[str] = []
        self.quorum: str | None = None
        self._keys: set[tuple[str, str]] = set()
        self._grouped: set[str] = set()

    def take(self, line: str) -> None:
        if any(character < " " and character != "\t" for character in line) or "\x7f" in line:
            raise PolicyError("there is a control character in it")
        words = [word for word in line.replace("\t", " ").split(" ") if word]
        if not words or words[0].startswith("#"):
            return
        match words:
            case ["log", key, *url] if len(url) <= 1:
                self._see_key("log", key.rpartition("+")[2])
                self.logs.append(key)
            case ["witness", name, key, *url] if len(url) <= 1:
                cosigner = read_cosigner(key)
                self._see_key("witness", cosigner.public_key.hex())
                self._define(name)
                self.witnesses[name] = Witness(name, cosigner, _address(url[0]) if url else "")
            case ["group", name, threshold, *members] if members:
                self._define(name)
                self.groups[name] = Group(_threshold(threshold, len(members)), tuple(self._take_members(members)))
            case ["quorum", name]:
                if self.quorum is not None:
                    raise PolicyError("there is a quorum already")
                if name != NONE:
                    self._see_defined(name)
                self.quorum = name
            case _:
                raise PolicyError(
                    "a line is: log KEY [URL], witness NAME KEY [URL], group NAME (all, any or a number) NAME…,"
                    " or quorum NAME"
                )

    def _define(self, name: str) -> None:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise PolicyError(f"the name {name} is taken")
        if len(self.witnesses) + len(self.groups) >= MOST_DEFINED:
            raise PolicyError(f"there are more than {MOST_DEFINED} witnesses and groups")

    def _see_key(self, what: str, key: str) -> None:
        if (what, key) in self._keys:
            raise PolicyError(f"another {what} has the same key")
        self._keys.add((what, key))

    def _see_defined(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise PolicyError(f"nothing above is called {name}")

    def _take_members(self, names: list[str]) -> list[str]:
        for name in names:
            self._see_defined(name)
            if name in self._grouped:
                raise PolicyError(f"{name} is in a group already: a witness counts in one way only")
            self._grouped.add(name)
        return names


def _threshold(word: str, members: int) -> int:
    if word in ("any", "all"):
        return 1 if word == "any" else members
    if not (word.isascii() and word.isdigit() and len(word) <= 4 and 1 <= int(word) <= members):
        raise PolicyError(f"the threshold of a group is all, any, or a number from 1 to {members}")
    return int(word)


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
        _ = parts.port
    except ValueError:
        usable = False
    if not usable:
        raise PolicyError("the address of a witness begins with https:// or http://")
    return url.rstrip("/")
