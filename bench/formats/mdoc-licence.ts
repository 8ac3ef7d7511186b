import { createPublicKey, generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto';
import { decode, Tagged } from 'cborg';
import type { Order } from '../../src/formats/format.ts';
import { msoMdoc } from '../../src/formats/mso-mdoc/mso-mdoc.ts';
import { makeRoot, makeSigner } from '../../src/keys/file/certificates.ts';
import type { PublicJwk } from '../../src/keys/keys.ts';
import type { JsonObject } from '../../src/lib/json.ts';

export const doctype = 'org.example.licence.1';
export const namespace = 'org.example.licence';

/** Twenty elements without a portrait: its one long digest would hide what encoding costs. */
export const claims = {
  family_name: 'Kareem',
  given_name: 'Amina Ælfrīc',
  birth_date: '1988-03-27',
  issue_date: '2026-01-02',
  expiry_date: '2036-01-02',
  issuing_country: 'XO',
  issuing_authority: 'Civil Registry of Orsana',
  document_number: 'OR204517482',
  un_distinguishing_sign: 'XO',
  sex: 2,
  height: 178,
  weight: 70,
  eye_colour: 'brown',
  birth_place: 'Orsana City',
  resident_address: '110 Well Lane',
  resident_city: 'Orsana City',
  resident_postal_code: '11000',
  age_over_18: true,
  age_over_65: false,
  nationality: 'XO',
} satisfies JsonObject;

export const dates: readonly string[] = ['birth_date', 'issue_date', 'expiry_date'];

export const holder: PublicJwk = (() => {
  const { kty, crv, x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }) as PublicJwk;
  return y === undefined ? { kty, crv, x } : { kty, crv, x, y };
})();

export const issuerKey: KeyObject = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const options = { key: issuerKey, dsaEncoding: 'ieee-p1363' as const };
export const signBytes = (data: Uint8Array): Uint8Array => sign('sha256', data, options);

const day = 86_400_000;
export const signedAt = new Date(Math.floor(Date.now() / day) * day);
export const validUntil = new Date(signedAt.getTime() + 90 * day);

/** A document signer over `issuerKey`, and its root. */
export async function certified(): Promise<{ readonly certificates: readonly Uint8Array[]; readonly root: Uint8Array }> {
  const issuer = { commonName: 'Bench', organisation: 'Bench', country: 'XO', identifier: 'https://issuer.example' };
  const rootKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = {
    pkcs8: rootKey.privateKey.export({ format: 'der', type: 'pkcs8' }),
    spki: rootKey.publicKey.export({ format: 'der', type: 'spki' }),
  };
  const root = await makeRoot(key, issuer, new Date());
  const spki = createPublicKey(issuerKey).export({ format: 'der', type: 'spki' });
  return { root, certificates: [await makeSigner({ certificate: root, key }, spki, issuer, new Date())] };
}

/** One digest per item over its bytes, and one signature over the security object (performance F-22). */
export function floorOf(credential: string): () => void {
  const read = (bytes: Uint8Array) => decode(bytes, { useMaps: true, tags: Tagged.preserve(0, 24, 1004) }) as ReadonlyMap<string, unknown>;
  const whole = read(Buffer.from(credential, 'base64url'));
  const items = [...(whole.get('nameSpaces') as ReadonlyMap<string, readonly Tagged[]>).values()]
    .flat()
    .map(({ value }) => value as Uint8Array);
  const [, , payload] = whole.get('issuerAuth') as readonly [unknown, unknown, Uint8Array];
  return () => {
    for (const item of items) hash('sha256', item, 'binary');
    signBytes(payload);
  };
}

function encodingOf(name: string, value: unknown): string {
  if (dates.includes(name)) return 'full-date';
  return { number: 'integer', boolean: 'boolean' }[typeof value as string] ?? 'text';
}

/** Our encoder; the key is at hand, because what is measured is the encoder and not the key store. */
export function issuerOf(certificates: readonly Uint8Array[]): () => Promise<string> {
  const elements = Object.entries(claims).map(([name, value]) => [name, { claim: [name], encoding: encodingOf(name, value) }]);
  const issuer = 'https://issuer.example';
  const rules = Object.keys(claims).map((name) => ({ path: [name], mandatory: true, disclosure: 'selective' as const, display: [] }));
  const profile = msoMdoc.read(
    { doctype, namespaces: { [namespace]: Object.fromEntries(elements) } },
    { issuer, version: 1, display: [], rules },
  );
  const issue = msoMdoc.compile(profile);
  const order: Order = {
    issuer,
    issuerDid: 'did:web:issuer.example',
    claims,
    holder: { jwk: holder, did: 'did:example:holder' },
    issuedAt: signedAt,
    expiresAt: validUntil,
    signer: { algorithm: 'ES256', keyId: 'bench', publicJwk: holder, certificates, sign: async (data) => signBytes(data) },
  };
  return async () => String(await issue(order));
}
