"""An ODRL 2.2 policy as terms: all that it asks, or nothing."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.errors import InvalidConsent
from consent.odrl.constraints import CannotEnforce, read_constraint, read_days
from consent.odrl.profile import CONTEXT, FIELD, PROFILE, name_in

_MOST = 300
_TYPES = ("Agreement", "Offer", "Set")


def from_odrl(policy: Any, *, purpose: str, assignee: str) -> dict[str, Any]:
    """Return the terms that `policy` asks, {name: value}, in their stored form as far as it has one.

    `purpose` and `assignee` are the IRIs of what the citizen answers: a policy for another purpose, or to somebody
    else, is refused. `uid` and `assigner` say which policy it was and whose, and ask nothing. Raises InvalidConsent
    with a pointer below /odrl for everything that this service cannot enforce.
    """
    return _Reader(purpose, assignee).read(policy)


class _Reader:
    """Collects terms and faults while it goes through a policy."""

    def __init__(self, purpose: str, assignee: str) -> None:
        self.purpose = purpose
        self.assignee = assignee
        self.terms: dict[str, Any] = {}
        self.faults: list[FieldError] = []

    def read(self, policy: Any) -> dict[str, Any]:
        if not isinstance(policy, dict):
            self._refuse("", _("Give a policy as a JSON object."))
        else:
            self._read_policy(policy)
        if self.faults:
            raise InvalidConsent(errors=self.faults)
        return self.terms

    def _read_policy(self, policy: dict[str, Any]) -> None:
        expected: dict[str, Callable[[Any], bool]] = {
            "@context": lambda value: value == CONTEXT,
            "@type": lambda value: value in _TYPES,
            "profile": lambda value: value == PROFILE,
            "uid": lambda value: isinstance(value, str),
            "assigner": lambda value: isinstance(value, str),
            "assignee": lambda value: value == self.assignee,
            "permission": lambda value: isinstance(value, list) and len(value) == 1,
            "obligation": lambda value: isinstance(value, list) and len(value) <= _MOST,
            "conflict": lambda value: value == "prohibit",
        }
        for name, value in policy.items():
            if name not in expected:
                self._refuse(f"/{_token(name)}")
            elif not expected[name](value):
                self._refuse(f"/{_token(name)}", _("This is not what the profile of this service has here."))
        for name in ("@context", "profile", "permission"):
            if name not in policy:
                self._refuse(f"/{name}", _("This is missing."))
        if self.faults:
            return
        self._read_permission(policy["permission"][0], "/permission/0")
        for index, duty in enumerate(policy.get("obligation", [])):
            self._read_duty(duty, f"/obligation/{index}", {"inform": self._tell, "delete": self._keep})

    def _read_permission(self, permission: Any, place: str) -> None:
        if not isinstance(permission, dict):
            self._refuse(place)
            return
        self._only(permission, {"target", "action", "constraint", "duty"}, place)
        if permission.get("action") != "use":
            self._refuse(f"{place}/action", _("The only thing that a consent allows is to use the data."))
        for index, target in enumerate(self._list(permission, "target", place)):
            self._read_target(target, f"{place}/target/{index}")
        for index, one in enumerate(self._list(permission, "constraint", place)):
            self._read_constraint(one, f"{place}/constraint/{index}")
        for index, duty in enumerate(self._list(permission, "duty", place)):
            self._read_duty(duty, f"{place}/duty/{index}", {"obtainConsent": self._ask})

    def _read_target(self, target: Any, place: str) -> None:
        answer: str | None = None
        match target:
            case {
                "@type": "AssetCollection",
                "source": source,
                "refinement": [{"leftOperand": "dw:answer", "operator": "eq", "rightOperand": str(asked), **others}],
                **rest,
            } if not others and not rest:
                target, answer = source, asked
        try:
            field = name_in(FIELD, target)
        except ValueError:
            self._refuse(place)
            return
        if field in self.terms.setdefault("fields", []):
            self._refuse(place, _("This stands here twice."))
            return
        self.terms["fields"].append(field)
        if answer is not None:
            self.terms.setdefault("answerOnly", {})[field] = answer

    def _read_constraint(self, one: Any, place: str) -> None:
        if one == {"leftOperand": "purpose", "operator": "eq", "rightOperand": {"@id": self.purpose}}:
            return
        try:
            name, value = read_constraint(one)
        except CannotEnforce:
            self._refuse(place)
        else:
            self._put(name, value, place)

    def _read_duty(self, duty: Any, place: str, known: dict[str, Callable[[dict[str, Any], str], None]]) -> None:
        action = duty.get("action") if isinstance(duty, dict) else None
        if not isinstance(action, str) or action not in known:
            self._refuse(place)
            return
        known[action](duty, place)

    def _ask(self, duty: dict[str, Any], place: str) -> None:
        self._only(duty, {"action", "consentingParty"}, place)
        self._put("askMe", True, place)

    def _tell(self, duty: dict[str, Any], place: str) -> None:
        self._only(duty, {"action", "informedParty"}, place)
        self._put("tellMe", True, place)

    def _keep(self, duty: dict[str, Any], place: str) -> None:
        self._only(duty, {"action", "constraint"}, place)
        try:
            days = read_days(duty.get("constraint"))
        except CannotEnforce:
            self._refuse(place)
        else:
            self._put("keep", {"days": days}, place)

    def _put(self, name: str, value: Any, place: str) -> None:
        if name in self.terms:
            self._refuse(place, _("This stands here twice."))
        self.terms[name] = value

    def _list(self, parent: dict[str, Any], name: str, place: str) -> list[Any]:
        found = parent.get(name, [])
        if not isinstance(found, list) or len(found) > _MOST:
            self._refuse(f"{place}/{name}", _("Give a list of at most %(most)d.") % {"most": _MOST})
            return []
        return found

    def _only(self, found: dict[str, Any], names: set[str], place: str) -> None:
        for name in sorted(set(found) - names):
            self._refuse(f"{place}/{_token(name)}")

    def _refuse(self, place: str, detail: str = "") -> None:
        said = detail or _("This service cannot enforce this, so it does not take it over.")
        self.faults.append(FieldError(f"/odrl{place}", "not-enforceable", said))


def _token(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
