/*
 * The proofs of a transparency log, checked on the device: RFC 9162 section 2.1 and the C2SP formats signed-note,
 * tlog-checkpoint and tlog-tiles. It shares no code with the service that it checks, and asks nothing of the network.
 *
 * What does not hold throws DoesNotHold with a stable code; what this browser cannot calculate throws CannotCheck.
 */

export const HASH_BYTES = 32;
export const SALT_BYTES = 32;
export const TILE_WIDTH = 256;

const ED25519 = 1;
const KEY_ID_BYTES = 4;
const SIGNATURE_BYTES = 64;
const ENTRY_DOMAIN = new TextEncoder().encode("deelwijs/audit/entry/v1\n");

export class DoesNotHold extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

export class CannotCheck extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/* --- Bytes ----------------------------------------------------------------------------------------------------- */

/* Decode base64 that is written in the one canonical way (RFC 4648 section 4). */
export function decode(text) {
  let binary;
  try {
    binary = atob(text);
  } catch {
    throw new DoesNotHold("no-base64");
  }
  if (btoa(binary) !== text) throw new DoesNotHold("no-base64");
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

export function encode(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

export function hex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function same(left, right) {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
}

/* --- Keys and signed notes ------------------------------------------------------------------------------------- */

/* Tell whether this browser can check a signature at all; some cannot do Ed25519, and none can without HTTPS. */
export async function canCheck() {
  if (!globalThis.crypto || !crypto.subtle) return false;
  try {
    // The public key of RFC 8032 section 7.1, test 1, with its signature of the empty message.
    const key = await importKey(fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
    const signature = fromHex(
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    );
    const isRight = await crypto.subtle.verify("Ed25519", key, signature, new Uint8Array());
    signature[0] ^= 1;
    return isRight && !(await crypto.subtle.verify("Ed25519", key, signature, new Uint8Array()));
  } catch {
    return false;
  }
}

/* Read a verifier key, `name+id+base64`. Returns null for a key of another kind than Ed25519. */
export async function readKey(text) {
  const found = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim());
  if (!found) throw new DoesNotHold("no-key");
  const [, name, id, encoded] = found;
  const typed = decode(encoded);
  const expected = (await sha256(new TextEncoder().encode(`${name}\n`), typed)).slice(0, KEY_ID_BYTES);
  if (hex(expected) !== id) throw new DoesNotHold("no-key");
  if (typed[0] !== ED25519) return null;
  if (typed.length !== 1 + 32) throw new DoesNotHold("no-key");
  return { text: text.trim(), name, id: expected, bytes: typed.slice(1) };
}

/* Read the keys that a log publishes, one a line; those of other kinds are passed over. */
export async function readKeys(text) {
  const keys = [];
  for (const line of text.split("\n").filter((one) => one.trim())) {
    const key = await readKey(line);
    if (key) keys.push(key);
  }
  if (!keys.length) throw new DoesNotHold("no-key");
  return keys;
}

/*
 * Read a checkpoint that at least one of `keys` signed: { origin, size, root, note, signers }.
 *
 * Signatures by keys that we do not know are passed over (witnesses, other kinds of key); a wrong one by a key that we
 * know is not.
 */
export async function openCheckpoint(note, keys) {
  const at = note.lastIndexOf("\n\n");
  if (at < 0 || !note.endsWith("\n")) throw new DoesNotHold("no-note");
  const text = note.slice(0, at + 1);
  const signers = [];
  for (const line of note.slice(at + 2, -1).split("\n")) {
    const found = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+=*)$/.exec(line);
    if (!found) throw new DoesNotHold("no-note");
    const blob = decode(found[2]);
    const key = keys.find((one) => one.name === found[1] && same(one.id, blob.slice(0, KEY_ID_BYTES)));
    if (!key) continue;
    const signature = blob.slice(KEY_ID_BYTES);
    if (signature.length !== SIGNATURE_BYTES || !(await verifies(key, signature, text))) {
      throw new DoesNotHold("wrong-signature");
    }
    signers.push(key);
  }
  if (!signers.length) throw new DoesNotHold("not-signed");
  return { ...readHead(text, signers[0].name), note, signers };
}

function readHead(text, name) {
  const [origin, sizeText, rootText] = text.split("\n");
  if (origin !== name) throw new DoesNotHold("other-log");
  const size = Number(sizeText);
  if (!/^(0|[1-9][0-9]*)$/.test(sizeText || "") || !Number.isSafeInteger(size)) throw new DoesNotHold("no-checkpoint");
  const root = decode(rootText || "");
  if (root.length !== HASH_BYTES) throw new DoesNotHold("no-checkpoint");
  return { origin, size, root };
}

async function verifies(key, signature, text) {
  return crypto.subtle.verify("Ed25519", await importKey(key.bytes), signature, new TextEncoder().encode(text));
}

function importKey(bytes) {
  return crypto.subtle.importKey("raw", bytes, "Ed25519", false, ["verify"]);
}

function fromHex(text) {
  return Uint8Array.from(text.match(/../g), (pair) => Number.parseInt(pair, 16));
}

/* --- The tree (RFC 9162 section 2.1) --------------------------------------------------------------------------- */

export const leafHash = (data) => sha256(Uint8Array.of(0), data);
export const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

/* Calculate the commitment to an entry: what the public log holds of it. */
export const commitment = (salt, canonical) => sha256(ENTRY_DOMAIN, salt, canonical);

/* Check that a leaf stands at `index` of the tree of `size` leaves under `root` (section 2.1.3.2). */
export async function checkInclusion({ leaf, index, size, hashes, root }) {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw new DoesNotHold("not-included");
  // Beyond 32 bits a number loses what it is shifted by; these do not.
  let place = BigInt(index);
  let last = BigInt(size) - 1n;
  let computed = leaf;
  for (const sibling of hashes) {
    checkHash(sibling, "not-included");
    if (last === 0n) throw new DoesNotHold("not-included");
    if (place & 1n || place === last) {
      computed = await nodeHash(sibling, computed);
      while (!(place & 1n) && place !== 0n) {
        place >>= 1n;
        last >>= 1n;
      }
    } else {
      computed = await nodeHash(computed, sibling);
    }
    place >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n || !same(computed, root)) throw new DoesNotHold("not-included");
}

/* Check that the tree of `size` leaves holds the first `oldSize` unchanged, and only grew (section 2.1.4.2). */
export async function checkConsistency({ oldSize, oldRoot, size, root, hashes }) {
  if (oldSize < 1 || oldSize > size) throw new DoesNotHold("not-consistent");
  if (oldSize === size) {
    if (hashes.length || !same(oldRoot, root)) throw new DoesNotHold("not-consistent");
    return;
  }
  const path = [...hashes];
  path.forEach((one) => checkHash(one, "not-consistent"));
  let place = BigInt(oldSize) - 1n;
  let last = BigInt(size) - 1n;
  const isWholeTree = (BigInt(oldSize) & place) === 0n;
  if (isWholeTree) path.unshift(oldRoot);
  if (!path.length) throw new DoesNotHold("not-consistent");
  while (place & 1n) {
    place >>= 1n;
    last >>= 1n;
  }
  let oldComputed = path[0];
  let computed = path[0];
  for (const sibling of path.slice(1)) {
    if (last === 0n) throw new DoesNotHold("not-consistent");
    if (place & 1n || place === last) {
      oldComputed = await nodeHash(sibling, oldComputed);
      computed = await nodeHash(sibling, computed);
      while (!(place & 1n) && place !== 0n) {
        place >>= 1n;
        last >>= 1n;
      }
    } else {
      computed = await nodeHash(computed, sibling);
    }
    place >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n || !same(oldComputed, oldRoot) || !same(computed, root)) throw new DoesNotHold("not-consistent");
}

function checkHash(bytes, code) {
  if (bytes.length !== HASH_BYTES) throw new DoesNotHold(code);
}

/* --- The public log (C2SP tlog-tiles) -------------------------------------------------------------------------- */

/* Say where the leaves around `index` stand, in the log as it was at `size`: 256 together, the last of them fewer. */
export function bundlePath(index, size) {
  let number = Math.floor(index / TILE_WIDTH);
  const width = Math.min(TILE_WIDTH, size - number * TILE_WIDTH);
  const groups = [];
  do {
    const group = String(number % 1000).padStart(3, "0");
    groups.unshift(groups.length ? `x${group}` : group);
    number = Math.floor(number / 1000);
  } while (number);
  return `tile/entries/${groups.join("/")}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}

/* Cut the leaves of a bundle apart: each two bytes of length, and so many bytes. */
export function unpackBundle(bytes) {
  const leaves = [];
  let at = 0;
  while (at < bytes.length) {
    const length = (bytes[at] << 8) | bytes[at + 1];
    const leaf = bytes.slice(at + 2, at + 2 + length);
    if (leaf.length !== length) throw new DoesNotHold("no-bundle");
    leaves.push(leaf);
    at += 2 + length;
  }
  return leaves;
}
