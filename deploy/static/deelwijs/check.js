/*
 * "Check it yourself": asks the service for proofs, checks them on this device, and says step by step what came out.
 *
 * Every sentence stands in the page already, in its language; this script shows the one that fits. It remembers the
 * key and the newest state of the log in this browser, so that a log that was rewritten since is seen next time.
 */

const root = document.getElementById("check");
const REMEMBERED = "deelwijs-log";
const EVIDENCE = "deelwijs-log-evidence";

if (root) begin(root.dataset);

async function begin(said) {
  const proof = await import(said.module);
  document.getElementById("check-without-script").hidden = true;
  root.hidden = false;
  const button = document.getElementById("check-start");
  const isQuiet = said.quiet === "yes";
  showRemembered();
  offerEvidence(read(EVIDENCE));
  if (!(await proof.canCheck())) {
    button.disabled = true;
    show("cannot");
    return;
  }
  document.getElementById("check-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    reset();
    const received = { page: window.location.href, at: new Date().toISOString() };
    const remembered = read(REMEMBERED);
    const context = { said, proof, isQuiet, received, remembered, typed: document.getElementById("check-key").value };
    try {
      show(await run(context));
    } catch (error) {
      // Neither right nor wrong: something could not be had, or is none of what it should be.
      console.warn(`the check stopped: ${error.name}`);
      show("stopped");
    }
    button.disabled = false;
  });
  document.getElementById("check-forget").addEventListener("click", () => {
    localStorage.removeItem(REMEMBERED);
    localStorage.removeItem(EVIDENCE);
    showRemembered();
    offerEvidence(null);
    document.getElementById("check-start").focus();
  });
}

/* Take the steps in order; return what the end of it is: "right", or "wrong" at the first that does not hold. */
async function run(context) {
  for (const [name, take] of [
    ["key", takeKey],
    ["signature", takeSignature],
    ["entry", takeEntries],
    ["inclusion", takeInclusion],
    ["consistency", takeConsistency],
  ]) {
    mark(name, "running");
    try {
      const [outcome, values] = await take(context);
      mark(name, "holds", outcome, values);
    } catch (error) {
      if (!(error instanceof context.proof.DoesNotHold)) {
        mark(name, "stopped", "stopped");
        throw error;
      }
      if (error.code === "mistyped") {
        // What somebody filled in is no key: that says nothing of the log.
        mark(name, "stopped", error.code);
        return "mistyped";
      }
      mark(name, "wrong", error.code, error.values);
      keepEvidence(context, name, error.code);
      return "wrong";
    }
  }
  remember(context);
  return "right";
}

/* --- The steps: each returns which sentence says that it holds, with what stands in it, or throws -------------- */

async function takeKey(context) {
  const { said, proof, remembered, received } = context;
  received.keys = await text(said.keyUrl);
  const published = await keysIn(context, received.keys);
  const typed = context.typed.trim();
  if (typed) {
    let key = null;
    try {
      key = await proof.readKey(typed);
    } catch {
      throw wrong(context, "mistyped");
    }
    if (!key) throw wrong(context, "mistyped");
    if (!published.some((one) => one.text === key.text)) throw wrong(context, "typed-other", { key: published[0].text });
    context.keys = [key];
    return ["typed", { key: key.text }];
  }
  if (!remembered) {
    context.keys = published;
    return [context.isQuiet ? "quiet" : "first", { key: published[0].text }];
  }
  // What is trusted is what this browser knew. A new key is never learnt from what the service says: anybody can put
  // a signature of their own under a state that another signed.
  context.keys = await keysIn(context, remembered.keys.join("\n"));
  const known = published.filter((one) => remembered.keys.includes(one.text));
  if (!known.length) {
    throw wrong(context, "changed", { key: published[0].text, known: remembered.keys[0], day: day(remembered.at) });
  }
  return ["same", { key: known[0].text, day: day(remembered.at) }];
}

async function takeSignature(context) {
  const { said, proof, received } = context;
  received.proofs = JSON.parse(await text(said.proofsUrl));
  const note = received.proofs.checkpoint;
  context.head = await checkpoint(context, note, context.keys);
  return ["signed", { size: number(context.head.size), name: context.head.origin }];
}

async function takeEntries(context) {
  const { said, proof, head, received } = context;
  const wanted = said.entry ? [said.entry] : null;
  const bundles = new Map();
  context.leaves = [];
  const lines = [];
  if (!received.proofs.proofs.length || (wanted && received.proofs.proofs.length !== 1)) throw wrong(context, "missing");
  for (const one of received.proofs.proofs) {
    const salt = proof.decode(one.salt);
    const canonical = proof.decode(one.canonical);
    const entry = parsed(context, canonical);
    if (salt.length !== proof.SALT_BYTES || entry.id !== one.entryId || (wanted && entry.id !== wanted[0])) {
      throw wrong(context, "other-entry");
    }
    const data = await proof.commitment(salt, canonical);
    if (!Number.isSafeInteger(one.leafIndex) || one.leafIndex < 0 || one.leafIndex >= head.size) {
      throw wrong(context, "not-in-log", { line: lineText(entry) });
    }
    const path = proof.bundlePath(one.leafIndex, head.size);
    if (!bundles.has(path)) bundles.set(path, proof.unpackBundle(await bytes(`${said.logUrl}/${path}`)));
    const published = bundles.get(path)[one.leafIndex % proof.TILE_WIDTH];
    if (!published || !proof.same(published, data)) throw wrong(context, "changed", { line: lineText(entry) });
    context.leaves.push({ leaf: await proof.leafHash(data), index: one.leafIndex, hashes: one.hashes, entry });
    lines.push(entry);
  }
  showEntries(lines);
  return [lines.length === 1 ? "one" : "several", { count: number(lines.length) }];
}

async function takeInclusion(context) {
  const { proof, head, leaves } = context;
  for (const one of leaves) {
    try {
      const hashes = one.hashes.map(proof.decode);
      await proof.checkInclusion({ leaf: one.leaf, index: one.index, size: head.size, hashes, root: head.root });
    } catch (error) {
      if (!(error instanceof proof.DoesNotHold)) throw error;
      throw wrong(context, "not-included", { line: lineText(one.entry) });
    }
  }
  const [first] = leaves;
  const values = { count: number(leaves.length), place: number(first.index), size: number(head.size) };
  return [leaves.length === 1 ? "one" : "several", values];
}

async function takeConsistency(context) {
  const { said, proof, head, remembered, received } = context;
  if (context.isQuiet && !remembered) return ["quiet", {}];
  if (!remembered) return ["first", { size: number(head.size) }];
  // What this browser kept was checked when it was kept. It is checked again: others may have written there.
  const old = await checkpoint(context, remembered.note, await keysIn(context, remembered.keys.join("\n")));
  const values = { old: number(old.size), size: number(head.size), day: day(remembered.at) };
  if (head.size < old.size) throw wrong(context, "shorter", values);
  if (head.size === old.size) {
    if (!proof.same(head.root, old.root)) throw wrong(context, "fork", values);
    return ["same", values];
  }
  const answer = JSON.parse(await text(`${said.consistencyUrl.replace("/0/", `/${head.size}/`)}?oldSize=${old.size}`));
  received.consistency = answer;
  try {
    const hashes = answer.hashes.map(proof.decode);
    const heads = { oldSize: old.size, oldRoot: old.root, size: head.size, root: head.root };
    await proof.checkConsistency({ ...heads, hashes });
  } catch (error) {
    if (!(error instanceof proof.DoesNotHold)) throw error;
    throw wrong(context, "rewritten", values);
  }
  return ["grown", values];
}

/* --- What is asked and read ------------------------------------------------------------------------------------ */

async function get(url) {
  const answer = await fetch(url, { cache: "no-store", credentials: "same-origin" });
  if (!answer.ok) throw new Error(`the service answered ${answer.status}`);
  return answer;
}

const text = async (url) => (await get(url)).text();
const bytes = async (url) => new Uint8Array(await (await get(url)).arrayBuffer());

async function keysIn(context, lines) {
  try {
    return await context.proof.readKeys(lines);
  } catch (error) {
    if (!(error instanceof context.proof.DoesNotHold)) throw error;
    throw wrong(context, "unreadable");
  }
}

async function checkpoint(context, note, keys) {
  try {
    return await context.proof.openCheckpoint(note, keys);
  } catch (error) {
    if (!(error instanceof context.proof.DoesNotHold)) throw error;
    throw wrong(context, ["wrong-signature", "not-signed"].includes(error.code) ? error.code : "unreadable");
  }
}

function parsed(context, canonical) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(canonical));
  } catch {
    throw wrong(context, "other-entry");
  }
}

function wrong(context, code, values) {
  const error = new context.proof.DoesNotHold(code);
  error.values = values;
  return error;
}

/* --- What this browser remembers ------------------------------------------------------------------------------- */

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    // Somebody else wrote there; it is no state of the log.
    return null;
  }
}

function remember({ isQuiet, head, keys: trusted }) {
  if (isQuiet) return;
  const keys = trusted.map((key) => key.text);
  localStorage.setItem(REMEMBERED, JSON.stringify({ note: head.note, keys, at: new Date().toISOString() }));
  showRemembered();
}

function keepEvidence({ received, remembered, isQuiet }, step, code) {
  const evidence = { ...received, step, code, remembered };
  // What was right once stays what the next check is held against.
  if (!isQuiet) localStorage.setItem(EVIDENCE, JSON.stringify(evidence));
  offerEvidence(evidence);
}

function offerEvidence(evidence) {
  const place = document.getElementById("check-evidence");
  const link = document.getElementById("check-evidence-file");
  place.hidden = !evidence;
  if (link.href) URL.revokeObjectURL(link.href);
  if (evidence) {
    link.href = URL.createObjectURL(new Blob([JSON.stringify(evidence, null, 1)], { type: "application/json" }));
    link.download = `log-evidence-${evidence.at.slice(0, 10)}.json`;
  } else {
    link.removeAttribute("href");
  }
}

function showRemembered() {
  const remembered = read(REMEMBERED);
  const place = document.getElementById("check-remembered");
  place.hidden = !remembered && !read(EVIDENCE);
  if (remembered) fill(place, { size: number(remembered.note.split("\n")[1]), day: day(remembered.at) });
}

/* --- What the page says ---------------------------------------------------------------------------------------- */

function reset() {
  for (const step of root.querySelectorAll("[data-step]")) mark(step.dataset.step, "waiting");
  for (const end of root.querySelectorAll("[data-end]")) end.hidden = true;
  document.getElementById("check-entries").hidden = true;
}

/* Give a step its state, and show the one sentence that goes with it. */
function mark(name, state, outcome = "", values = {}) {
  const step = root.querySelector(`[data-step="${name}"]`);
  step.dataset.state = state;
  for (const sign of step.querySelectorAll("[data-sign]")) sign.hidden = sign.dataset.sign !== state;
  let shown = null;
  for (const sentence of step.querySelectorAll("[data-says]")) {
    sentence.hidden = sentence.dataset.says !== `${state}-${outcome}`;
    if (!sentence.hidden) shown = sentence;
  }
  if (shown) fill(shown, values);
  // A code that no sentence was written for is still shown as what it is: wrong.
  const other = step.querySelector('[data-says="wrong-other"]');
  if (state === "wrong" && !shown) other.hidden = false;
}

function fill(place, values) {
  for (const [name, value] of Object.entries(values || {})) {
    for (const spot of place.querySelectorAll(`[data-value="${name}"]`)) spot.textContent = value;
  }
}

function show(end) {
  for (const one of root.querySelectorAll("[data-end]")) one.hidden = one.dataset.end !== end;
  const shown = root.querySelector(`[data-end="${end}"]`);
  if (end !== "cannot") shown.focus();
}

/* Write out what the log was given for each line, from its own text and not from what the service says of it. */
function showEntries(entries) {
  const place = document.getElementById("check-entries");
  const list = place.querySelector("ul");
  list.replaceChildren(
    ...entries.map((entry) => {
      const item = document.createElement("li");
      item.textContent = lineText(entry);
      return item;
    }),
  );
  place.hidden = false;
}

function lineText(entry) {
  const parts = [moment(entry.at), entry.action, entry.outcome, entry.organisation, entry.purpose, ...entry.fields];
  return parts.filter(Boolean).join(" · ");
}

const language = () => document.documentElement.lang;
const number = (value) => new Intl.NumberFormat(language()).format(value);
const day = (at) => new Intl.DateTimeFormat(language(), { dateStyle: "long" }).format(new Date(at));
const moment = (at) =>
  new Intl.DateTimeFormat(language(), { dateStyle: "long", timeStyle: "medium", timeZone: "Europe/Amsterdam" }).format(
    new Date(at),
  );
