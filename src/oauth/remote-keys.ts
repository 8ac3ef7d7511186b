import type { KeyObject } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { importForeignKey } from './public-key.ts';
import type { RemoteDocuments } from './remote-documents.ts';

const maximumKeys = 64;
const coolDownMilliseconds = 5000;

export interface RemoteKeys {
  /** The signature key with this id in the key set at an address (RFC 7517 §5); asked again once when the id is new. */
  find(jwksUri: URL, keyId: string | undefined, algorithm: string): Promise<KeyObject | undefined>;
}

function signatureKeys(document: JsonObject): readonly JsonObject[] {
  const keys = document.keys;
  if (!Array.isArray(keys)) return [];
  return keys.slice(0, maximumKeys).filter((key): key is JsonObject => isJsonObject(key) && (key.use === undefined || key.use === 'sig'));
}

function choose(document: JsonObject, keyId: string | undefined, algorithm: string): KeyObject | undefined {
  const fitting = signatureKeys(document).filter(
    (key) => (key.alg === undefined || key.alg === algorithm) && (keyId === undefined || key.kid === keyId),
  );
  // Without a kid only a set with one fitting key is unambiguous.
  const [first, second] = fitting;
  return first && (keyId !== undefined || !second) ? importForeignKey(first) : undefined;
}

/** Keys of token issuers and clients, by address; an unknown id asks again, but not more often than every few seconds. */
export function createRemoteKeys(documents: RemoteDocuments, clock: Clock): RemoteKeys {
  const askedAgain = new Map<string, number>();
  return {
    async find(jwksUri, keyId, algorithm) {
      const known = choose(await documents.read(jwksUri), keyId, algorithm);
      if (known) return known;
      const now = clock.now().getTime();
      if ((askedAgain.get(jwksUri.href) ?? 0) > now - coolDownMilliseconds) return undefined;
      askedAgain.set(jwksUri.href, now);
      return choose(await documents.read(jwksUri, { fresh: true }), keyId, algorithm);
    },
  };
}
