"""What the invented people have to share, in the form of the catalogue's datasets."""

import random
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from deploy.demonstration.people.names import Name
from deploy.demonstration.people.streets import LATITUDE, LONGITUDE, STREETS, TOWN

Content = dict[str, Any]

_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip
_FIRST_BIRTHDAY, _LAST_BIRTHDAY = date(1936, 1, 1), date(2007, 6, 30)
# Under 18, and born when their parents of `draw_records` were 18 or older.
_ELDEST_CHILD, _YOUNGEST_CHILD = date(2017, 1, 1), date(2026, 3, 1)


def draw_records(drawn: random.Random, name: Name, *, everything: bool) -> dict[str, Content]:
    """Return a person's records by dataset slug; some people leave some out unless they have `everything`."""
    street, postcode, highest = drawn.choice(STREETS)
    place = (street, postcode, drawn.randint(1, highest))
    born = _between(drawn, _FIRST_BIRTHDAY, _LAST_BIRTHDAY)
    children = drawn.choices((0, 1, 2, 3, 4), (30, 26, 28, 12, 4))[0]
    if not 1966 <= born.year <= 1998:
        children = 0
    # Everybody is in the personal records database; the rest is what people filled in themselves.
    found = {"brp-person": _brp_person(drawn, name, place, born, children)}
    own: dict[str, tuple[float, Callable[[], Content]]] = {
        "income": (0.92, lambda: _income(drawn)),
        "household": (0.85, lambda: _household(drawn, children)),
        "contact": (0.9, lambda: _contact(drawn, name)),
        "private-camera": (0.22, lambda: _private_camera(drawn)),
        "camera-footage": (0.12, lambda: _camera_footage(drawn, place)),
        "event-presence": (0.35, lambda: _event_presence(drawn)),
    }
    for slug, (share, draw) in own.items():
        # Drawn for everybody, so that one person's gap does not change everybody after.
        filled_in, content = drawn.random() < share, draw()
        if filled_in or everything:
            found[slug] = content
    return found


def _brp_person(drawn: random.Random, name: Name, place: tuple[str, str, int], born: date, children: int) -> Content:
    street, postcode, number = place
    address: Content = {
        "officieleStraatnaam": street,
        "huisnummer": number,
        "postcode": postcode,
        "woonplaats": TOWN,
    }
    match drawn.randrange(8):
        case 0:
            address["huisletter"] = drawn.choice("ABC")
        case 1:
            address["huisnummertoevoeging"] = drawn.choice(("bis", "1", "2", "hs"))
    full_name: Content = {"voornamen": name.first, "geslachtsnaam": name.surname}
    if name.prefix:
        full_name["voorvoegsel"] = name.prefix
    together = drawn.random() < 0.75
    kind = "GezamenlijkOuderlijkGezag" if together else "EenhoofdigOuderlijkGezag"
    return {
        "naam": full_name,
        "geboorte": {"datum": _date(born)},
        "verblijfplaats": {"type": "Adres", "verblijfadres": address},
        "gezag": [
            {
                "type": kind,
                "minderjarige": {"geboorte": {"datum": _date(_between(drawn, _ELDEST_CHILD, _YOUNGEST_CHILD))}},
            }
            for _child in range(children)
        ],
    }


def _income(drawn: random.Random) -> Content:
    return {
        "belastingjaar": 2025,
        "soortInkomen": drawn.choice(("verzamelinkomen", "belastbaar loon")),
        "inkomen": round(drawn.triangular(9_000, 68_000, 24_000)),
    }


def _household(drawn: random.Random, children: int) -> Content:
    return {
        "aantalVolwassenen": drawn.choices((1, 2, 3), (45, 48, 7))[0],
        "aantalKinderen": children,
        "eigenEnergiecontract": drawn.random() < 0.88,
        "woonsituatie": drawn.choices(("huur", "koop", "anders"), (62, 35, 3))[0],
    }


def _contact(drawn: random.Random, name: Name) -> Content:
    contact: Content = {
        # A name under .example reaches nobody (RFC 2606), nor does a number that begins with 06 0000.
        "emailadres": f"{_plain(name.full)}@post.example",
        "voorkeurskanaal": drawn.choices(("e-mail", "sms", "brief"), (60, 30, 10))[0],
        "taal": drawn.choices(("nl", "en"), (88, 12))[0],
    }
    if drawn.random() < 0.8:
        contact["telefoonnummer"] = f"+3160000{drawn.randrange(10_000):04}"
    return contact


def _private_camera(drawn: random.Random) -> Content:
    return {
        "aantalCameras": drawn.choices((1, 2, 3, 6), (60, 25, 10, 5))[0],
        "locatie": {
            "type": "Point",
            "coordinates": [
                round(LONGITUDE + drawn.uniform(-0.02, 0.02), 5),
                round(LATITUDE + drawn.uniform(-0.01, 0.01), 5),
            ],
        },
        "zichtOp": drawn.choices(("straat", "parkeerplaats", "voordeur", "bedrijfsterrein"), (35, 15, 40, 10))[0],
        "bewaardagen": drawn.choice((2, 3, 7, 14, 28)),
        "neemtGeluidOp": drawn.random() < 0.15,
    }


def _camera_footage(drawn: random.Random, place: tuple[str, str, int]) -> Content:
    start = drawn.randrange(0, 55)
    return {
        "camera": drawn.choice(("Deurbel voorkant", "Camera oprit", "Camera winkelpui", "Camera achterom")),
        "plaats": f"{place[0]}, {TOWN}",
        "periode": {
            "van": f"2026-10-17T22:{start:02}:00+02:00",
            "tot": f"2026-10-17T22:{start + 4:02}:30+02:00",
        },
        "personenHerkenbaar": drawn.random() < 0.5,
    }


def _event_presence(drawn: random.Random) -> Content:
    came = drawn.randrange(12, 20)
    return {
        "evenement": "Koningsdag op het Raadhuisplein 2026",
        "vak": drawn.choice("ABCDEFGH"),
        "van": f"2026-04-27T{came}:{drawn.randrange(60):02}:00+02:00",
        "tot": f"2026-04-27T{came + drawn.randint(1, 3)}:{drawn.randrange(60):02}:00+02:00",
        "groepsgrootte": drawn.choices((1, 2, 3, 4, 6, 8), (20, 35, 15, 15, 10, 5))[0],
    }


def _between(drawn: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=drawn.randrange((last - first).days + 1))


def _date(day: date) -> Content:
    return {"type": "Datum", "datum": day.isoformat(), "langFormaat": f"{day.day} {_MONTHS[day.month - 1]} {day.year}"}


def _plain(name: str) -> str:
    """Return a name as mail addresses write it: small letters without marks, joined by points."""
    # These two letters have no mark to take off: they are letters of their own.
    decomposed = unicodedata.normalize("NFKD", name.replace("ı", "i").replace("ł", "l").lower())
    unmarked = decomposed.encode("ascii", "ignore").decode()
    words = "".join(letter if letter.isalnum() else " " for letter in unmarked).split()
    return ".".join(words)
