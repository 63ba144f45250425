"""A citizen's browser checks the log: what is true holds step by step, and every forgery fails at the right one."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from audit.entry import commit_to_entry
from audit.models import Checkpoint, Leaf, Record
from audit.signing.checkpoint import TreeHead, sign_checkpoint
from audit.signing.log_key import load_signer, load_verifier
from audit.signing.signed_note import Signer, generate_signer
from audit.tree.entry_bundle import pack_bundle
from audit.tree.merkle import CompactRange, Node, consistency_spans, hash_leaf, inclusion_spans, prove
from consent.services.preferences import set_quiet
from tests.audit.log import grow
from tests.browser.conftest import SignIn, Town

STEPS = ["key", "signature", "entry", "inclusion", "consistency"]

Answer = dict[str, Any]


def states(page: Page) -> dict[str, str]:
    """Return {step: "state-sentence"} of what the page shows: exactly one sentence where a step was taken."""
    said = {}
    for name in STEPS:
        step = page.locator(f"[data-step={name}]")
        shown = [one.get_attribute("data-says") or "" for one in step.locator("[data-says]:visible").all()]
        assert len(shown) <= 1, shown
        said[name] = shown[0] if shown else step.get_attribute("data-state") or ""
    return said


def check(page: Page, end: str) -> dict[str, str]:
    """Press the button, wait for that end, and return what the steps say."""
    page.get_by_role("button", name="Controleer nu").click()
    expect(page.locator(f"[data-end={end}]")).to_be_visible()
    assert page.locator("[data-end]:visible").count() == 1
    return states(page)


def failed_at(page: Page, name: str) -> str:
    """Check, and return how the step `name` says that it is wrong: the ones before hold, the ones after were not taken.

    There must be evidence to keep, with what came and what was remembered.
    """
    said = check(page, "wrong")
    at = STEPS.index(name)
    assert all(said[one].startswith("holds-") for one in STEPS[:at]), said
    assert all(said[one] == "waiting" for one in STEPS[at + 1 :]), said
    with page.expect_download() as download:
        page.get_by_role("link", name="Bewaar het bewijs (bestand)").click()
    evidence = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert (evidence["step"], f"wrong-{evidence['code']}") == (name, said[name])
    assert evidence["remembered"] == json.loads(remembered(page) or "null")
    return said[name]


def remembered(page: Page) -> str | None:
    found: str | None = page.evaluate("localStorage.getItem('deelwijs-log')")
    return found


@contextmanager
def lying(page: Page, **lies: Any) -> Iterator[None]:
    """Answer for the service: `proofs`, `key`, `bundle` or `consistency` by these bodies; None cuts the connection."""
    patterns = {
        "proofs": "**/proofs.json",
        "key": "**/audit/log/key",
        "bundle": "**/audit/log/tile/entries/**",
        "consistency": "**/consistency-proof?*",
    }

    def answering(body: Any) -> Any:
        def answer(route: Route) -> None:
            if body is None:
                route.abort()
            else:
                route.fulfill(body=body if isinstance(body, str | bytes) else json.dumps(body))

        return answer

    for name, body in lies.items():
        page.route(patterns[name], answering(body))
    yield
    for name in lies:
        page.unroute(patterns[name])


class Tree:
    """A whole tree, to prove from what no honest log would."""

    def __init__(self, leaf_hashes: list[bytes]) -> None:
        self.leaf_hashes = leaf_hashes
        self.size = len(leaf_hashes)
        self.root = self._root(leaf_hashes)

    def signed(self, signer: Signer | None = None) -> str:
        by = signer or load_signer()
        return sign_checkpoint(TreeHead(by.name, self.size, self.root), by)

    def proofs(self, honest: Answer, index: int, signer: Signer | None = None, **changes: Any) -> Answer:
        """Return the honest answer about one entry, under this tree."""
        hashes = prove(inclusion_spans(index, self.size), self._node)
        one = {**honest["proofs"][0], "leafIndex": index, "hashes": encoded(hashes), **changes}
        return {"checkpoint": self.signed(signer), "proofs": [one]}

    def consistency(self, old_size: int) -> Answer:
        return {"hashes": encoded(prove(consistency_spans(old_size, self.size), self._node))}

    def _node(self, node: Node) -> bytes:
        first = node.index << node.level
        return self._root(self.leaf_hashes[first : first + (1 << node.level)])

    @staticmethod
    def _root(leaf_hashes: list[bytes]) -> bytes:
        tree = CompactRange()
        for leaf_hash in leaf_hashes:
            tree.append(leaf_hash)
        return tree.root()


def encoded(hashes: list[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in hashes]


def leaves() -> list[bytes]:
    return [bytes(one) for one in Leaf.objects.order_by("index").values_list("leaf_hash", flat=True)]


@pytest.fixture
def looked_at(town: Town) -> Record:
    """The line of the one access that was allowed."""
    return Record.objects.get(action="sharing.released", outcome="allowed")


@pytest.fixture
def annas_page(page: Page, town: Town, sign_in: SignIn, looked_at: Record, live_server: LiveServer) -> Page:
    sign_in(page.context, town.cast.anna.account)
    page.goto(f"/my/check/{looked_at.pk}/")
    return page


def test_what_is_true_holds_the_first_time_and_when_the_log_has_grown(
    annas_page: Page, looked_at: Record, policy_breaches: list[str]
) -> None:
    page = annas_page
    assert check(page, "right") == {
        "key": "holds-first",
        "signature": "holds-signed",
        "entry": "holds-one",
        "inclusion": "holds-one",
        "consistency": "holds-first",
    }
    newest = Checkpoint.objects.newest_published()
    assert newest is not None
    kept = json.loads(remembered(page) or "")
    assert (kept["note"], kept["keys"]) == (newest.note, [str(load_verifier())])
    # What the log was given, in its own words and not in those of the page.
    expect(page.locator("#check-entries li")).to_contain_text("sharing.released")
    assert check(page, "right")["consistency"] == "holds-same"
    grow(5)
    page.goto("/my/check/")
    said = check(page, "right")
    assert (said["key"], said["consistency"]) == ("holds-same", "holds-grown")
    assert said["entry"] == said["inclusion"] == "holds-several"
    expect(page.locator("[data-step=consistency]")).to_contain_text(f"van {newest.size} naar {newest.size + 5} regels")
    page.get_by_role("button", name="Vergeet dit").click()
    assert remembered(page) is None
    assert check(page, "right")["consistency"] == "holds-first"
    assert not policy_breaches


def test_each_forgery_fails_at_its_own_step(annas_page: Page, looked_at: Record, policy_breaches: list[str]) -> None:
    page = annas_page
    index = Leaf.objects.get(entry_id=looked_at.pk).index
    honest: Answer = page.evaluate("fetch(document.getElementById('check').dataset.proofsUrl).then((a) => a.json())")
    whole = leaves()
    canonical = bytes(looked_at.canonical).replace(b'"allowed"', b'"refused"', 1)
    changed = {"canonical": base64.b64encode(canonical).decode()}
    mallory = generate_signer(load_signer().name)

    # Before anything is remembered: who forges signs with a key of their own, or changes what was signed.
    with lying(page, proofs={**honest, "proofs": [{**honest["proofs"][0], **changed}]}):
        assert failed_at(page, "entry") == "wrong-changed"
    # The public log told the same lie: the code fits the text, and nobody signed it.
    commitments = [b"\0" * 32] * len(whole)
    commitments[index] = commit_to_entry(bytes(looked_at.salt), canonical)
    with lying(
        page, proofs={**honest, "proofs": [{**honest["proofs"][0], **changed}]}, bundle=pack_bundle(commitments)
    ):
        assert failed_at(page, "inclusion") == "wrong-not-included"
    with lying(page, proofs={**honest, "checkpoint": _other_root(honest["checkpoint"])}):
        assert failed_at(page, "signature") == "wrong-wrong-signature"
    with lying(page, proofs=Tree(whole).proofs(honest, index, mallory)):
        assert failed_at(page, "signature") == "wrong-not-signed"
    with lying(page, proofs={**honest, "checkpoint": honest["checkpoint"].split("\n\n")[0] + "\n"}):
        assert failed_at(page, "signature") == "wrong-unreadable"
    with lying(page, proofs={**honest, "proofs": []}):
        assert failed_at(page, "entry") == "wrong-missing"
    other = {**honest["proofs"][0], "entryId": str(UUID(int=1))}
    with lying(page, proofs={**honest, "proofs": [other]}):
        assert failed_at(page, "entry") == "wrong-other-entry"
    with lying(page, proofs={**honest, "proofs": [{**honest["proofs"][0], "hashes": ["AAAA"]}]}):
        assert failed_at(page, "inclusion") == "wrong-not-included"
    with lying(page, key="no key at all\n"):
        assert failed_at(page, "key") == "wrong-unreadable"
    assert remembered(page) is None

    # From here on the browser knows the log as it is now.
    grow(3)
    page.reload()
    # What was found before stays at hand.
    expect(page.get_by_role("link", name="Bewaar het bewijs (bestand)")).to_be_visible()
    check(page, "right")
    with lying(page, key=f"{mallory.verifier}\n", proofs=Tree(leaves()).proofs(honest, index, mallory)):
        assert failed_at(page, "key") == "wrong-changed"
    # A key beside the known one is not trusted because it is shown.
    both = f"{load_verifier()}\n{mallory.verifier}\n"
    with lying(page, key=both, proofs=Tree(leaves()).proofs(honest, index, mallory)):
        assert failed_at(page, "signature") == "wrong-not-signed"
    with lying(page, proofs=honest):
        assert failed_at(page, "consistency") == "wrong-shorter"
    fork = [*leaves()]
    fork[0] = hash_leaf(b"another first line")
    with lying(page, proofs=Tree(fork).proofs(honest, index)):
        assert failed_at(page, "consistency") == "wrong-fork"
    longer = Tree([*fork, hash_leaf(b"one more line")])
    kept = json.loads(remembered(page) or "")
    old_size = int(kept["note"].split("\n")[1])
    bundle = pack_bundle([b"\0" * 32] * index + [commit_to_entry(bytes(looked_at.salt), bytes(looked_at.canonical))])
    with lying(page, proofs=longer.proofs(honest, index), consistency=longer.consistency(old_size), bundle=bundle):
        assert failed_at(page, "consistency") == "wrong-rewritten"
    # Through all of it the browser has kept what was right.
    assert json.loads(remembered(page) or "") == kept
    assert check(page, "right")["consistency"] == "holds-same"
    page.evaluate(
        "(kept) => localStorage.setItem('deelwijs-log', kept)", json.dumps({**kept, "note": longer.signed(mallory)})
    )
    assert failed_at(page, "consistency") == "wrong-not-signed"
    assert not policy_breaches


def test_what_cannot_be_checked_is_no_pass(annas_page: Page, looked_at: Record) -> None:
    page = annas_page
    with lying(page, bundle=None):
        said = check(page, "stopped")
        assert (said["entry"], said["inclusion"]) == ("stopped-stopped", "waiting")
    with lying(page, proofs="no JSON"):
        assert check(page, "stopped")["signature"] == "stopped-stopped"
    page.get_by_text("Hebt u de sleutel van het logboek van ergens anders?").click()
    page.get_by_label("Sleutel van het logboek").fill("half a key")
    assert check(page, "mistyped")["key"] == "stopped-mistyped"
    assert remembered(page) is None
    page.get_by_label("Sleutel van het logboek").fill(str(generate_signer("another.example/log").verifier))
    assert failed_at(page, "key") == "wrong-typed-other"
    page.get_by_label("Sleutel van het logboek").fill(f"  {load_verifier()} ")
    assert check(page, "right")["key"] == "holds-typed"


def test_a_signature_of_the_key_that_was_typed_counts_and_others_are_passed_over(
    annas_page: Page, looked_at: Record
) -> None:
    page = annas_page
    honest: Answer = page.evaluate("fetch(document.getElementById('check').dataset.proofsUrl).then((a) => a.json())")
    witness = f"— witness.example/w {base64.b64encode(bytes(76)).decode()}\n"
    kind = f"other.example/log+{bytes(4).hex()}+{base64.b64encode(bytes([6, *bytes(40)])).decode()}"
    with lying(page, proofs={**honest, "checkpoint": f"{honest['checkpoint']}{witness}"}):
        assert check(page, "right")["signature"] == "holds-signed"
    # A line that is no key at all is not passed over.
    with lying(page, key=f"{load_verifier()}\n{kind}\n"):
        assert failed_at(page, "key") == "wrong-unreadable"


def test_a_browser_that_cannot_says_so(annas_page: Page) -> None:
    page = annas_page
    page.add_init_script("crypto.subtle.importKey = () => Promise.reject(new DOMException('', 'NotSupportedError'))")
    page.reload()
    expect(page.locator("[data-end=cannot]")).to_be_visible()
    expect(page.get_by_role("button", name="Controleer nu")).to_be_disabled()
    assert set(states(page).values()) == {"waiting"}


def test_in_quiet_mode_nothing_stays_on_the_device(
    page: Page, town: Town, sign_in: SignIn, looked_at: Record, live_server: LiveServer
) -> None:
    set_quiet(citizen=town.cast.anna, quiet=True)
    sign_in(page.context, town.cast.anna.account)
    page.goto(f"/my/check/{looked_at.pk}/")
    said = check(page, "right")
    assert (said["key"], said["consistency"]) == ("holds-quiet", "holds-quiet")
    with lying(page, key="no key"):
        failed_at(page, "key")
    assert page.evaluate("localStorage.length") == 0


def test_without_javascript_the_page_says_what_to_do(
    browser: Browser, live_server: LiveServer, town: Town, sign_in: SignIn, looked_at: Record
) -> None:
    browsing = browser.new_context(base_url=live_server.url, locale="nl-NL", java_script_enabled=False)
    sign_in(browsing, town.cast.anna.account)
    page = browsing.new_page()
    page.goto(f"/my/check/{looked_at.pk}/")
    expect(page.get_by_role("button", name="Controleer nu")).to_be_hidden()
    expect(page.locator("#check-without-script")).to_contain_text("Er is niets nagerekend")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download het bewijs van deze regel").click()
    assert download.value.path().read_bytes().startswith(b"c2sp.org/tlog-proof@v1\n")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download het programma").click()
    assert b"standalone_verifier.py proof FILE" in download.value.path().read_bytes()
    browsing.close()


def _other_root(checkpoint: str) -> str:
    origin, size, root, rest = checkpoint.split("\n", 3)
    return "\n".join([origin, size, base64.b64encode(bytes(32)).decode(), rest]) if root else ""
