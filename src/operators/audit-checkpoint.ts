import type { Signer } from '../keys/keys.ts';
import { base64url, readBase64url } from '../lib/bytes.ts';
import { numericDate } from '../lib/clock.ts';
import type { Json } from '../lib/json.ts';
import { checkHeader, JwsFault, parseJws, signJws, verifySignature } from '../oauth/jws.ts';
import { importPublicKey, readPublicJwk } from '../oauth/public-key.ts';
import { jwkThumbprint } from '../oauth/thumbprint.ts';
import type { Passed } from '../store/audit-chain.ts';

const mediaType = 'chancery-audit-checkpoint+jwt';

/** A signed word on where every chain of a trail stood. Whoever keeps one notices later if the trail was written anew behind it. */
export interface Checkpoint {
  readonly service: string;
  readonly passed: readonly Passed[];
  /** RFC 7638 thumbprint of the key that signed: the reader compares it with one that is known. */
  readonly signedBy: string;
}

/** A JWS whose header carries the public key, so that it can be checked where no key is at hand but a thumbprint. */
export function signCheckpoint(service: string, heads: readonly Passed[], { signer, at }: { signer: Signer; at: Date }): Promise<string> {
  const { kty, crv, x, y } = signer.publicJwk;
  const header = { typ: mediaType, kid: signer.keyId, jwk: y === undefined ? { kty, crv, x } : { kty, crv, x, y } };
  const chains = heads.map(({ chain, length, hash }) => [chain, length, base64url(hash)]);
  return signJws(signer, header, { service, iat: numericDate(at), chains });
}

function readChain(raw: Json): Passed {
  const [chain, length, hash] = Array.isArray(raw) ? raw : [];
  const bytes = typeof hash === 'string' ? readBase64url(hash) : undefined;
  if (!Number.isSafeInteger(chain) || !Number.isSafeInteger(length) || bytes?.byteLength !== 32) throw new JwsFault('no end of a chain');
  return { chain: chain as number, length: length as number, hash: bytes };
}

/** Throws `JwsFault` when it is none, or its signature is not by the key it names. */
export async function verifyCheckpoint(text: string): Promise<Checkpoint> {
  const parsed = parseJws(text);
  checkHeader(parsed, { types: [mediaType], algorithms: ['ES256', 'EdDSA'] });
  const jwk = readPublicJwk(parsed.header.jwk);
  if (!jwk) throw new JwsFault('no key');
  await verifySignature(parsed, importPublicKey(jwk));
  const { service, chains } = parsed.payload;
  if (typeof service !== 'string' || !Array.isArray(chains)) throw new JwsFault('no checkpoint');
  return { service, passed: chains.map(readChain), signedBy: jwkThumbprint(jwk) };
}
