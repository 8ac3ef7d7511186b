import { createPublicKey, verify, type webcrypto } from 'node:crypto';

/** A verifier of the toy format by node:crypto alone. Throws when the signature is not by one of the keys. */
export function readSlip(slip: string, keys: readonly (JsonWebKey & { readonly kid: string })[]): Readonly<Record<string, unknown>> {
  const [text, signature] = slip.split('.').map((part) => Buffer.from(part, 'base64url'));
  const said = JSON.parse(String(text)) as Readonly<Record<string, unknown>>;
  const jwk = keys.find(({ kid }) => kid === said.key);
  if (!jwk || !text || !signature) throw new Error('no key');
  const key = createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' });
  if (!verify('sha256', text, { key, dsaEncoding: 'ieee-p1363' }, signature)) throw new Error('a signature that is not good');
  return said;
}
