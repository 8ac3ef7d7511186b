import type { KeyObject } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { fitsAlgorithm, importForeignKey } from './public-key.ts';
import type { RemoteDocuments } from './remote-documents.ts';

const maximumKeys = 64;
const coolDownMilliseconds = 5000;
const maximumRemembered = 256;

export interface RemoteKeys {
  /** The signature key with this id in the key set at an address (RFC 7517 §5); asked again once when the id is new. */
  find(jwksUri: URL, keyId: string | undefined, algorithm: string): Promise<KeyObject | undefined>;
}

function signatureKeys(document: JsonObject): readonly JsonObject[] {
  const keys = document.keys;
  if (!Array.isArray(keys)) return [];
  return keys.slice(0, maximumKeys).filter((key): key is JsonObject => isJsonObject(key) && (key.use === undefined || key.use === 'sig'));
}

/** The key set is read at every request and changes hardly ever: what stood in one document is imported once. */
const imported = new WeakMap<JsonObject, KeyObject>();

function importOnce(jwk: JsonObject): KeyObject | undefined {
  const key = imported.get(jwk) ?? importForeignKey(jwk);
  if (key) imported.set(jwk, key);
  return key;
}

/** The signature key of a set with this id and for this algorithm (RFC 7517 §5). */
export function findKey(document: JsonObject, keyId: string | undefined, algorithm: string): KeyObject | undefined {
  const fitting = signatureKeys(document).filter(
    (key) => (key.alg === undefined || key.alg === algorithm) && (keyId === undefined || key.kid === keyId),
  );
  // Two keys may share a kid when their type tells them apart (RFC 7517 §4.5); without a kid only one key is unambiguous.
  const keys = fitting.map(importOnce).filter((key) => key !== undefined && fitsAlgorithm(key, algorithm));
  const [first, second] = keys;
  return keyId !== undefined || !second ? first : undefined;
}

interface Asked {
  readonly at: number;
  readonly answer: Promise<JsonObject>;
}

/** Keys of token issuers and clients, by address; an unknown id asks again, but not more often than every few seconds. */
export function createRemoteKeys(documents: RemoteDocuments, clock: Clock): RemoteKeys {
  const askedAgain = new Map<string, Asked>();

  /** Whoever comes with a new id while it is being asked for waits for the same answer. */
  function askAgain(jwksUri: URL): Promise<JsonObject> {
    const now = clock.now().getTime();
    const last = askedAgain.get(jwksUri.href);
    if (last && last.at > now - coolDownMilliseconds) return last.answer;
    if (askedAgain.size >= maximumRemembered) askedAgain.clear();
    const answer = documents.read(jwksUri, { fresh: true });
    askedAgain.set(jwksUri.href, { at: now, answer });
    return answer;
  }

  return {
    async find(jwksUri, keyId, algorithm) {
      const known = findKey(await documents.read(jwksUri), keyId, algorithm);
      return known ?? findKey(await askAgain(jwksUri), keyId, algorithm);
    },
  };
}
