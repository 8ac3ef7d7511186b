import { inflateSync } from 'node:zlib';
import { Sign1 } from '@auth0/cose';
import { decode as readBase45 } from 'base45';
import { decode as readCbor } from 'cborg';
import { importJWK, type JWK } from 'jose';

/** What stands in a code, as readers that are not ours see it. */
export interface ReadCode {
  readonly algorithm: unknown;
  readonly claims: ReadonlyMap<number, unknown>;
  /** MOSIP Claim 169: the person. */
  readonly identity: ReadonlyMap<number, unknown>;
}

/**
 * Reads and verifies the text of a code by nothing of ours: base45, zlib of Node, @auth0/cose with the key that its key id names
 * among those published, cborg. Throws when it is not good.
 */
export async function readClaim169(text: string, published: readonly JWK[]): Promise<ReadCode> {
  const sign1 = Sign1.decode(new Uint8Array(inflateSync(readBase45(text))));
  const keyId = Buffer.from(sign1.unprotectedHeaders.get(4) as Uint8Array).toString();
  const key = published.find(({ kid }) => kid === keyId);
  if (!key) throw new Error(`no key ${keyId}`);
  await sign1.verify((await importJWK(key, key.crv === 'Ed25519' ? 'EdDSA' : 'ES256')) as never);
  const claims = readCbor(Uint8Array.from(sign1.payload), { useMaps: true }) as ReadonlyMap<number, unknown>;
  return { algorithm: sign1.protectedHeaders.get(1), claims, identity: claims.get(169) as ReadonlyMap<number, unknown> };
}
