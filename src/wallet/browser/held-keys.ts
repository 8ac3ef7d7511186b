import { base64url, utf8 } from '../../formats/browser/bytes.ts';
import type { HolderJwk } from '../../formats/browser/credential-reader.ts';

/** Lifetime of a proof in seconds: it is sent at once (quality R78). */
const proofSeconds = 300;

/** A key of one document. The private half cannot leave this browser, not even for us (design D12, quality R73). */
export function makeHolderKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
}

export async function publicJwk({ publicKey }: CryptoKeyPair): Promise<HolderJwk> {
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey);
  return { kty, crv, x, y } as HolderJwk;
}

export interface ProofClaims {
  /** Credential Issuer identifier. */
  readonly audience: string;
  readonly clientId: string;
  readonly nonce: string | undefined;
  readonly now: Date;
}

/** OpenID4VCI 1.0 appendix F.1: shows the issuer that this browser holds the key. */
export async function makeProof(pair: CryptoKeyPair, { audience, clientId, nonce, now }: ProofClaims): Promise<string> {
  const iat = Math.floor(now.getTime() / 1000);
  const header = { alg: 'ES256', typ: 'openid4vci-proof+jwt', jwk: await publicJwk(pair) };
  const claims = { iss: clientId, aud: audience, iat, exp: iat + proofSeconds, ...(nonce === undefined ? {} : { nonce }) };
  const signed = `${base64url(utf8(JSON.stringify(header)))}.${base64url(utf8(JSON.stringify(claims)))}`;
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, utf8(signed));
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}
