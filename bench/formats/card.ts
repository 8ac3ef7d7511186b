import { generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto';
import type { Order } from '../../src/formats/format.ts';
import type { SigningAlgorithm } from '../../src/keys/keys.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { certified, holder, issuerKey, signBytes, signedAt, validUntil } from './mdoc-licence.ts';

export const issuer = 'https://issuer.example';
export const issuerDid = 'did:web:issuer.example';

/** Ten claims of a person, each a text as registries hold them. */
export const claims = {
  full_name: 'Amina Kareem',
  given_name: 'Amina',
  family_name: 'Kareem',
  birthdate: '1988-03-27',
  sex: 'female',
  nationality: 'XO',
  street: '110 Well Lane',
  locality: 'Orsana City',
  region: 'North',
  postal_code: '11000',
} satisfies JsonObject;

export const rules = (disclosure: 'selective' | 'always') =>
  Object.keys(claims).map((name) => ({ path: [name], mandatory: true, disclosure, display: [] }));

const edKey: KeyObject = generateKeyPairSync('ed25519').privateKey;
export const keyOf = (algorithm: SigningAlgorithm): KeyObject => (algorithm === 'EdDSA' ? edKey : issuerKey);
export const signWith = (algorithm: SigningAlgorithm, data: Uint8Array): Uint8Array =>
  algorithm === 'EdDSA' ? sign(null, data, edKey) : signBytes(data);

/** The key is at hand, because what is measured is the encoder and not the key store. */
export async function orderFor(algorithm: SigningAlgorithm): Promise<Order> {
  const { certificates } = algorithm === 'EdDSA' ? { certificates: [] } : await certified();
  const publicJwk = { ...holder, kid: 'bench' };
  return {
    issuer,
    issuerDid,
    claims,
    holder: { jwk: holder, did: 'did:example:holder' },
    issuedAt: signedAt,
    expiresAt: validUntil,
    signer: { algorithm, keyId: 'bench', publicJwk, certificates, sign: async (data) => signWith(algorithm, data) },
  };
}

/** The signature of a JWT over its own bytes, and a digest for each disclosure that follows it (performance F-20, F-21). */
export function floorOfJwt(credential: string): () => void {
  const [jwt = '', ...disclosures] = credential.split('~').filter(Boolean);
  const signed = Buffer.from(jwt.slice(0, jwt.lastIndexOf('.')));
  return () => {
    for (const disclosure of disclosures) hash('sha256', disclosure, 'binary');
    signBytes(signed);
  };
}
