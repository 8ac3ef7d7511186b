import type { KeyObject } from 'node:crypto';
import type { JsonObject } from '../lib/json.ts';
import { JwsFault } from './jws.ts';
import type { RemoteDocuments } from './remote-documents.ts';
import type { RemoteKeys } from './remote-keys.ts';

export interface ServerKeyOptions {
  readonly documents: RemoteDocuments;
  readonly keys: RemoteKeys;
  /** Where a server's metadata may stand, the likelier place first. */
  readonly placesOf: (issuer: string) => readonly [URL, URL];
}

export interface ServerKeys {
  /** The key with which an authorization server signed, as its metadata lead to it. Throws `JwsFault` or `EgressFailure`. */
  find(issuer: string, keyId: string | undefined, algorithm: string): Promise<KeyObject | undefined>;
}

/** Keys of authorization servers by their issuer identifier (RFC 8414 §3, OpenID Connect Discovery §4). */
export function createServerKeys({ documents, keys, placesOf }: ServerKeyOptions): ServerKeys {
  /** Where each server's metadata was found, so that the other place is not asked at every request. */
  const places = new Map<string, URL>();

  async function readMetadata(issuer: string): Promise<JsonObject> {
    const known = places.get(issuer);
    if (known) return documents.read(known);
    const [first, second] = placesOf(issuer);
    const found = await documents.read(first).then(
      (document) => ({ place: first, document }),
      async () => ({ place: second, document: await documents.read(second) }),
    );
    places.set(issuer, found.place);
    return found.document;
  }

  return {
    async find(issuer, keyId, algorithm) {
      const { issuer: told, jwks_uri: jwksUri } = await readMetadata(issuer);
      if (told !== issuer || typeof jwksUri !== 'string' || !URL.canParse(jwksUri))
        throw new JwsFault('the metadata of the token issuer does not fit');
      return keys.find(new URL(jwksUri), keyId, algorithm);
    },
  };
}
