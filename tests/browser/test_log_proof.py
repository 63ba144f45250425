"""The proofs of the log as a browser checks them: against vectors that others made, and against every wrong one."""

import json
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from playwright.sync_api import Browser

from tests.audit.log import vectors

# Signatures are calculated where a page is trusted, which an address of this machine itself is.
PAGE = "http://localhost/"

INCLUSION = """
async ({vectors}) => {
  const proof = await import("/log_proof.js");
  const leaves = await Promise.all([...Array(vectors.n).keys()].map((number) =>
    proof.leafHash(new TextEncoder().encode(`entry ${number}`))));
  const root = (size) => proof.decode(vectors.roots_by_size_from_1[size - 1]);
  const fails = async (given) => {
    try { await proof.checkInclusion(given); } catch (error) { return error instanceof proof.DoesNotHold; }
    return false;
  };
  const wrong = [];
  for (const one of vectors.inclusion) {
    const hashes = one.Proof.map(proof.decode);
    const given = {leaf: leaves[one.Index], index: one.Index, size: one.Size, hashes, root: root(one.Size)};
    await proof.checkInclusion(given);
    const forgeries = [
      {...given, leaf: leaves[(one.Index + 1) % vectors.n]},
      {...given, root: proof.decode(vectors.roots_by_size_from_1[one.Size % vectors.n])},
      {...given, index: one.Size},
      {...given, hashes: [...hashes, leaves[0]]},
      ...(hashes.length ? [{...given, hashes: hashes.slice(1)}] : []),
      ...(hashes.length ? [{...given, hashes: [root(520), ...hashes.slice(1)]}] : []),
    ];
    for (const forged of forgeries) if (!(await fails(forged))) wrong.push([one.Size, one.Index, forged.size]);
  }
  return {checked: vectors.inclusion.length, wrong};
}
"""

CONSISTENCY = """
async ({vectors}) => {
  const proof = await import("/log_proof.js");
  const root = (size) => proof.decode(vectors.roots_by_size_from_1[size - 1]);
  const fails = async (given) => {
    try { await proof.checkConsistency(given); } catch (error) { return error instanceof proof.DoesNotHold; }
    return false;
  };
  const wrong = [];
  for (const one of vectors.consistency) {
    const hashes = one.Proof.map(proof.decode);
    const given = {oldSize: one.Old, oldRoot: root(one.Old), size: one.New, root: root(one.New), hashes};
    await proof.checkConsistency(given);
    const other = proof.decode(vectors.roots_by_size_from_1[300]);
    const forgeries = [
      {...given, oldRoot: other}, {...given, root: other}, {...given, hashes: [...hashes, other]},
      {...given, oldSize: one.New + 1},
      ...(hashes.length ? [{...given, hashes: hashes.slice(0, -1)}] : []),
      ...(hashes.length ? [{...given, hashes: [other, ...hashes.slice(1)]}] : []),
    ];
    for (const forged of forgeries) if (!(await fails(forged))) wrong.push([one.Old, one.New, forged.size]);
  }
  return {checked: vectors.consistency.length, wrong};
}
"""

NOTES = """
async ({vectors, note, other, unknown}) => {
  const proof = await import("/log_proof.js");
  const keys = await proof.readKeys(`${vectors.vkey}\\n`);
  const code = async (note, with_ = keys) => {
    try { await proof.openCheckpoint(note, with_); } catch (error) {
      return error instanceof proof.DoesNotHold ? error.code : String(error);
    }
    return "holds";
  };
  const key = async (text) => {
    try { return await proof.readKey(text); } catch (error) { return error.code; }
  };
  const head = await proof.openCheckpoint(vectors.checkpoint, keys);
  const [text, signature] = vectors.checkpoint.split("\\n\\n");
  return {
    can: await proof.canCheck(),
    head: [head.origin, head.size, proof.encode(head.root), head.signers.length],
    others: await code(`${vectors.checkpoint}${unknown}`),
    first: await code(`${text}\\n\\n${unknown}${signature}`),
    changed: await code(vectors.checkpoint.replace("520", "521")),
    swapped: await code(`${text}\\n\\n${signature.replace("x08go1", "x18go1")}`),
    otherKey: await code(vectors.checkpoint, await proof.readKeys(other)),
    unsigned: await code(`${text}\\n`),
    cut: await code(vectors.checkpoint.slice(0, -1)),
    noCheckpoint: await code(note.note, await proof.readKeys(note.vkey)),
    wrongId: await key(vectors.vkey.replace("c74f20a3", "c74f20a4")),
    noKey: await key("no key"),
    otherKind: await key(await (async () => {
      // A key of a kind that this program does not know, with a right id: passed over, not refused.
      const typed = Uint8Array.of(6, ...new Uint8Array(40));
      const id = (await proof.sha256(new TextEncoder().encode("name\\n"), typed)).slice(0, 4);
      return `name+${proof.hex(id)}+${proof.encode(typed)}`;
    })()),
  };
}
"""

BUNDLES = """
async ({sizes}) => {
  const proof = await import("/log_proof.js");
  const codes = [];
  for (const bytes of [[0, 2, 1, 2, 0, 0], [0, 3, 1, 2]]) {
    try { codes.push(proof.unpackBundle(Uint8Array.from(bytes)).map((leaf) => [...leaf])); }
    catch (error) { codes.push(error.code); }
  }
  const stray = [];
  for (const text of ["AB==", "A", "AA= =", "AAAA\\n"]) {
    try { proof.decode(text); stray.push(text); } catch (error) { if (error.code !== "no-base64") stray.push(text); }
  }
  return {paths: sizes.map(([index, size]) => proof.bundlePath(index, size)), codes, stray};
}
"""

UNKNOWN_SIGNATURE = "— witness.example/w AAAAAHNvbWUgYnl0ZXMgb2YgYW5vdGhlciBsZW5ndGg=\n"
OTHER_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"


def calculated(browser: Browser, script: str, **given: Any) -> Any:
    """Run a script on a page of its own that has the module beside it, and nothing of the service."""
    found = finders.find("deelwijs/log_proof.js")
    assert found
    module = Path(found).read_text(encoding="utf-8")
    context = browser.new_context()
    try:
        page = context.new_page()
        page.route("**/*", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
        page.route("**/log_proof.js", lambda route: route.fulfill(body=module, content_type="text/javascript"))
        page.goto(PAGE)
        return page.evaluate(script, json.loads(json.dumps(given)))
    finally:
        context.close()


def test_inclusion_proofs_by_others_hold_and_every_change_of_one_does_not(browser: Browser) -> None:
    found = calculated(browser, INCLUSION, vectors=vectors("go_tlog_vectors.json"))
    assert found["checked"] > 100
    assert found["wrong"] == []


def test_consistency_proofs_by_others_hold_and_every_change_of_one_does_not(browser: Browser) -> None:
    found = calculated(browser, CONSISTENCY, vectors=vectors("go_tlog_vectors.json"))
    assert found["checked"] > 100
    assert found["wrong"] == []


def test_a_checkpoint_by_others_is_read_and_what_nobody_signed_is_not(browser: Browser) -> None:
    tlog = vectors("go_tlog_vectors.json")
    note = vectors("signed_note.json")["valid"][0]
    found = calculated(browser, NOTES, vectors=tlog, note=note, other=OTHER_KEY, unknown=UNKNOWN_SIGNATURE)
    assert found == {
        "can": True,
        "head": ["PeterNeumann", 520, tlog["roots_by_size_from_1"][-1], 1],
        "others": "holds",
        "first": "holds",
        "changed": "wrong-signature",
        # Another key id: a key that nobody knows.
        "swapped": "not-signed",
        "otherKey": "not-signed",
        "unsigned": "no-note",
        "cut": "no-note",
        "noCheckpoint": "other-log",
        "wrongId": "no-key",
        "noKey": "no-key",
        "otherKind": None,
    }


def test_the_public_log_is_read_as_its_specification_says(browser: Browser) -> None:
    sizes = [[0, 1], [255, 256], [256, 300], [1234067 * 256, 1234067 * 256 + 7], [5, 70_000]]
    found = calculated(browser, BUNDLES, sizes=sizes)
    assert found["paths"] == [
        "tile/entries/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/44",
        "tile/entries/x001/x234/067.p/7",
        "tile/entries/000",
    ]
    assert found["codes"] == [[[1, 2], []], "no-bundle"]
    assert found["stray"] == []
