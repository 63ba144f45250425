"""What a service that lies would tell the tour, and at which step each lie must come out."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from deploy.demonstration.tour.contesting import CLAIM, REPLY
from deploy.demonstration.tour.service import Answer, CitizensBrowser, OrganisationsSystem

Lie = Callable[[Answer], Answer]


def honest(answer: Answer) -> Answer:
    return answer


class LyingBrowser(CitizensBrowser):
    """Hands the tour another answer than the service gave."""

    lie: Lie = staticmethod(honest)

    def _send(self, method: str, path: str, **rest: Any) -> Answer:
        return self.lie(super()._send(method, path, **rest))


class LyingSystem(OrganisationsSystem):
    """Hands the tour another answer than the service gave. One token does for all lies: the service hashes slowly."""

    lie: Lie = staticmethod(honest)
    kept: Answer | None = None

    def get_token(self, **given: str) -> Answer:
        self.kept = self.kept or super().get_token(**given)
        return self.kept

    def _send(self, method: str, path: str, **rest: Any) -> Answer:
        return self.lie(super()._send(method, path, **rest))


def grants_every_use(answer: Answer) -> Answer:
    if answer.asked == "POST /api/v1/consents":
        return replace(answer, body={**answer.body, "usesLeft": 1000})
    return answer


def releases_one_field_more(answer: Answer) -> Answer:
    if "fields" in answer.body and answer.asked == "POST /api/v1/releases":
        return replace(answer, body={**answer.body, "fields": {**answer.body["fields"], "brp-person#/gezag": []}})
    return answer


def releases_one_field_less(answer: Answer) -> Answer:
    if "fields" in answer.body and answer.asked == "POST /api/v1/releases":
        fewer = {name: value for name, value in answer.body["fields"].items() if name != "income#/inkomen"}
        return replace(answer, body={**answer.body, "fields": fewer})
    return answer


def releases_another_value(answer: Answer) -> Answer:
    if "fields" in answer.body and answer.asked == "POST /api/v1/releases":
        return replace(answer, body={**answer.body, "fields": {**answer.body["fields"], "income#/inkomen": -1}})
    return answer


def never_counts(answer: Answer) -> Answer:
    return replace(answer, body={**answer.body, "usesLeft": 1}) if answer.body.get("usesLeft") == 0 else answer


def refuses_without_a_word(answer: Answer) -> Answer:
    return replace(answer, body={**answer.body, "detail": ""}) if answer.status == 403 else answer


def refuses_for_another_reason(answer: Answer) -> Answer:
    if answer.status == 403:
        verdicts = [{"code": "recipients", "holds": False, "params": {}}]
        return replace(answer, body={**answer.body, "params": {"verdicts": verdicts}})
    return answer


def refuses_and_hands_over(answer: Answer) -> Answer:
    return replace(answer, body={**answer.body, "fields": {}}) if answer.status == 403 else answer


def allows_a_third_time(answer: Answer) -> Answer:
    return replace(answer, status=201) if answer.status == 403 else answer


def hides_accesses(answer: Answer) -> Answer:
    if answer.asked == "GET /api/v1/entries":
        shown = [entry for entry in answer.body["results"] if entry["action"] != "sharing.released"]
        return replace(answer, body={**answer.body, "results": shown})
    return answer


def shows_refusals_as_allowed(answer: Answer) -> Answer:
    if answer.asked == "GET /api/v1/entries":
        shown = [{**entry, "outcome": "allowed", "reason": ""} for entry in answer.body["results"]]
        return replace(answer, body={**answer.body, "results": shown})
    return answer


def names_the_employee(answer: Answer) -> Answer:
    if answer.asked == "GET /api/v1/entries":
        shown = [{**entry, "user": "Sanne Hofman"} for entry in answer.body["results"]]
        return replace(answer, body={**answer.body, "results": shown})
    return answer


def leaves_the_page_empty(answer: Answer) -> Answer:
    if answer.asked == "GET /my/" and "TOUR-" in answer.text:
        return replace(answer, text=answer.text.replace("TOUR-", ""))
    return answer


def only_says_that_it_withdrew(answer: Answer) -> Answer:
    return replace(answer, body={**answer.body, "state": "given"}) if "/withdrawals" in answer.asked else answer


def proves_another_entry(answer: Answer) -> Answer:
    if answer.asked.endswith("/proof") and answer.status == 200:
        return replace(answer, text=answer.text.replace('"leafIndex":', '"leafIndex":1'))
    return answer


LIES: list[tuple[Lie, str]] = [
    (grants_every_use, "The citizen grants fewer fields, twice at most"),
    (releases_one_field_more, "First use"),
    (releases_one_field_less, "First use"),
    (releases_another_value, "First use"),
    (never_counts, "Second use"),
    (allows_a_third_time, "Third use is refused, and says why"),
    (refuses_without_a_word, "Third use is refused, and says why"),
    (refuses_for_another_reason, "Third use is refused, and says why"),
    (refuses_and_hands_over, "Third use is refused, and says why"),
    (hides_accesses, "The citizen sees all of it in the timeline"),
    (shows_refusals_as_allowed, "The citizen sees all of it in the timeline"),
    (names_the_employee, "The citizen sees all of it in the timeline"),
    (leaves_the_page_empty, "… and on the page"),
    (only_says_that_it_withdrew, "The citizen withdraws"),
    (proves_another_entry, "A proof of one access is verified"),
]


def offers_nothing(answer: Answer) -> Answer:
    return replace(answer, body={**answer.body, "state": "accepted"}) if answer.asked.endswith("/offers") else answer


def gives_more_than_was_offered(answer: Answer) -> Answer:
    if answer.asked.startswith("GET /api/v1/consents/") and "terms" in answer.body:
        terms = answer.body["terms"]
        return replace(
            answer, body={**answer.body, "terms": {**terms, "fields": [*terms["fields"], "brp-person#/gezag"]}}
        )
    return answer


def gives_the_value_for_the_answer(answer: Answer) -> Answer:
    if answer.asked.startswith("GET /api/v1/consents/") and "terms" in answer.body:
        return replace(answer, body={**answer.body, "terms": {**answer.body["terms"], "answerOnly": {}}})
    return answer


def answers_the_opposite(answer: Answer) -> Answer:
    if answer.body.get("answers"):
        answers = {name: {**said, "answer": not said["answer"]} for name, said in answer.body["answers"].items()}
        return replace(answer, body={**answer.body, "answers": answers})
    return answer


def hands_over_the_amount(answer: Answer) -> Answer:
    if answer.body.get("answers"):
        return replace(answer, body={**answer.body, "fields": {**answer.body["fields"], "income#/inkomen": 1}})
    return answer


def never_goes_on(answer: Answer) -> Answer:
    return replace(answer, body={**answer.body, "state": "paused"}) if "/resumptions" in answer.asked else answer


def forgets_the_window(answer: Answer) -> Answer:
    if "/narrowings" in answer.asked and "terms" in answer.body:
        return replace(answer, body={**answer.body, "terms": {**answer.body["terms"], "window": []}})
    return answer


def signs_another_receipt(answer: Answer) -> Answer:
    if answer.asked.endswith("/receipt"):
        return replace(answer, text=answer.text[:40] + ("A" if answer.text[40] != "A" else "B") + answer.text[41:])
    return answer


def forgets_what_was_contested(answer: Answer) -> Answer:
    if answer.asked.startswith("GET /my/history/"):
        return replace(answer, text=answer.text.replace(CLAIM, ""))
    return answer


def hides_the_claim_from_the_officer(answer: Answer) -> Answer:
    if answer.asked.startswith("GET /oversight/contests/"):
        return replace(answer, text=answer.text.replace(CLAIM, ""))
    return answer


def keeps_the_answer(answer: Answer) -> Answer:
    if answer.asked.startswith("GET /my/history/"):
        return replace(answer, text=answer.text.replace(REPLY, ""))
    return answer


def leaves_contests_out_of_the_log(answer: Answer) -> Answer:
    if answer.asked == "GET /api/v1/entries":
        shown = [entry for entry in answer.body["results"] if not entry["action"].startswith("audit.contest-")]
        return replace(answer, body={**answer.body, "results": shown})
    return answer


def writes_the_answer_in_the_log(answer: Answer) -> Answer:
    if answer.asked == "GET /api/v1/entries":
        shown = [{**entry, "reason": REPLY} for entry in answer.body["results"]]
        return replace(answer, body={**answer.body, "results": shown})
    return answer


def lets_the_child_say_yes(answer: Answer) -> Answer:
    return replace(answer, status=201) if answer.body.get("code") == "guardian-required" else answer


def hides_who_acted(answer: Answer) -> Answer:
    if answer.asked == "GET /api/v1/entries":
        shown = [{**entry, "actingFor": ""} for entry in answer.body["results"]]
        return replace(answer, body={**answer.body, "results": shown})
    return answer


def leaves_consents_out(answer: Answer) -> Answer:
    return _with_file(answer, "consents.json", [])


def leaves_accesses_out(answer: Answer) -> Answer:
    return _with_file(answer, "timeline.json", [])


def hands_over_anothers_file(answer: Answer) -> Answer:
    return _with_file(answer, "person.json", {"bsn": "999990342"})


def _with_file(answer: Answer, name: str, content: Any) -> Answer:
    """Put `content` in the place of one file of a ZIP."""
    if not answer.content.startswith(b"PK"):
        return answer
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(answer.content)) as before, zipfile.ZipFile(changed, "w") as after:
        for one in before.namelist():
            after.writestr(one, json.dumps(content) if one == name else before.read(one))
    return replace(answer, content=changed.getvalue())


def stores_another_file(answer: Answer) -> Answer:
    if answer.asked.startswith("GET /api/v1/uploads/"):
        other = "0199a2c4-7f6e-7c55-a1a0-0d2f4f1f7a10"
        return replace(answer, body={**answer.body, "state": "stored", "fileId": other})
    return answer


def shows_other_bytes(answer: Answer) -> Answer:
    if answer.asked.startswith("GET /desk/releases/") and answer.status == 206:
        return replace(answer, content=answer.content[::-1])
    return answer


def hides_viewings(answer: Answer) -> Answer:
    if answer.asked == "GET /api/v1/entries":
        shown = [entry for entry in answer.body["results"] if not entry["action"].startswith("sharing.viewing")]
        return replace(answer, body={**answer.body, "results": shown})
    return answer


def plays_on_after_the_withdrawal(answer: Answer) -> Answer:
    if answer.asked.startswith("GET /desk/releases/") and answer.status == 403:
        return replace(answer, status=206)
    return answer


# To one journey, because each of these steps can be taken once more.
LATER_LIES: list[tuple[Lie, str]] = [
    (offers_nothing, "Asked again, the citizen makes an offer instead"),
    (allows_a_third_time, "Asked again, the citizen makes an offer instead"),
    (gives_more_than_was_offered, "The municipality accepts the offer"),
    (gives_the_value_for_the_answer, "The municipality accepts the offer"),
    (answers_the_opposite, "A yes or no is read, and not the amount"),
    (hands_over_the_amount, "A yes or no is read, and not the amount"),
    (allows_a_third_time, "The citizen pauses, and goes on"),
    (never_goes_on, "The citizen pauses, and goes on"),
    (forgets_the_window, "The citizen narrows it to office hours"),
    (signs_another_receipt, "A receipt is verified offline"),
    (forgets_what_was_contested, "The citizen contests a line"),
    (hides_the_claim_from_the_officer, "The privacy officer answers"),
    (keeps_the_answer, "… and the answer stands beside the line"),
    (leaves_contests_out_of_the_log, "… and the answer stands beside the line"),
    (writes_the_answer_in_the_log, "… and the answer stands beside the line"),
    (lets_the_child_say_yes, "A child of eleven cannot say yes alone"),
    (hides_who_acted, "The parent says yes for the child"),
    (leaves_consents_out, "The citizen takes everything along"),
    (leaves_accesses_out, "The citizen takes everything along"),
    (hands_over_anothers_file, "The citizen takes everything along"),
    (only_says_that_it_withdrew, "… and stops"),
    (allows_a_third_time, "… and stops"),
    (stores_another_file, "A citizen adds a film"),
    (shows_other_bytes, "The police view it at the desk"),
    (hides_viewings, "The police view it at the desk"),
    (plays_on_after_the_withdrawal, "A withdrawal cuts it off while it plays"),
    (hides_viewings, "A withdrawal cuts it off while it plays"),
]
