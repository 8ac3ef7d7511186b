import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, type webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { compact, tokenMutants } from '../../test/hostile/token-mutants.ts';
import { type Certified, certify } from '../../test/support/certificates.ts';
import { movableClock, numericDate } from '../lib/clock.ts';
import { createChainVerifier, readAnchor } from '../oauth/certificate-chain.ts';
import { mintNonce, type NonceMint } from '../oauth/nonce.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { CredentialType } from './credential-type.ts';
import { type RequestExpectation, verifyKeyProofs } from './key-proof.ts';

const issuer = 'https://issuer.example/issuers/one';
const clock = movableClock(new Date());
const nonces: NonceMint = { secret: Buffer.alloc(32, 7), audience: issuer, clock, lifetimeSeconds: 300 };
const typeWith = (methods: readonly string[], algorithms: readonly string[]) =>
  ({ binding: { methods, proofs: { jwt: { algorithms } } } }) as unknown as CredentialType;
const expectation: RequestExpectation = {
  type: typeWith(['jwk', 'did:key', 'did:jwk'], ['ES256', 'EdDSA']),
  audience: issuer,
  clientId: 'wallet',
  nonces,
  trust: { attesters: undefined, holderCertificates: undefined, attestedDpopKeys: false, presentations: undefined },
  maximum: 10,
  clock,
};

const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const jwkOf = (key: KeyObject) => createPublicKey(key).export({ format: 'jwk' }) as webcrypto.JsonWebKey;
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs with whatever key it is handed. */
function proofWith(key: KeyObject, header: object, payload: object): string {
  const eddsa = key.asymmetricKeyType === 'ed25519';
  const input = `${encode({ typ: 'openid4vci-proof+jwt', alg: eddsa ? 'EdDSA' : 'ES256', ...header })}.${encode(payload)}`;
  const signature = sign(eddsa ? null : 'sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

const claims = (more: object = {}) => ({ iss: 'wallet', aud: issuer, iat: numericDate(clock.now()), nonce: mintNonce(nonces), ...more });
const jwts = (tokens: readonly string[]) => ({ kind: 'jwt', tokens }) as const;
const verifyAll = (proofs: readonly string[]) => verifyKeyProofs(jwts(proofs), expectation);
async function verify(proof: string, more: Partial<RequestExpectation> = {}) {
  const { holders, ...rest } = await verifyKeyProofs(jwts([proof]), { ...expectation, ...more });
  const [holder] = holders;
  assert.ok(holder && holders.length === 1);
  return { ...holder, ...rest };
}

async function errorOf(proof: string | readonly string[], more: Partial<RequestExpectation> = {}): Promise<string> {
  try {
    await verifyKeyProofs(jwts([proof].flat()), { ...expectation, ...more });
    return 'accepted';
  } catch (fault) {
    assert.ok(fault instanceof Refusal, String(fault));
    assert.equal(fault.status, 400);
    return fault.error;
  }
}

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
function base58(bytes: Uint8Array): string {
  let value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (; value > 0n; value /= 58n) text = alphabet[Number(value % 58n)] + text;
  return text;
}
function didKey(key: KeyObject): string {
  const { kty, x = '', y = '' } = jwkOf(key);
  const bytes = Buffer.from(x, 'base64url');
  const odd = ((Buffer.from(y, 'base64url').at(-1) ?? 0) & 1) === 1;
  const multicodec = kty === 'OKP' ? [0xed, 0x01] : [0x80, 0x24, odd ? 3 : 2];
  return `did:key:z${base58(Buffer.concat([Buffer.from(multicodec), bytes]))}`;
}
const didJwk = (key: KeyObject) => `did:jwk:${encode(jwkOf(key))}`;

test('standards V-74: the holder key is taken from jwk, did:key and did:jwk, with ES256 and EdDSA, public members only', async () => {
  for (const key of [p256, ed25519]) {
    const { kty, crv, x, y } = jwkOf(key);
    const expected = y === undefined ? { kty, crv, x } : { kty, crv, x, y };
    const keyed = didKey(key);
    const headers = [
      { jwk: { ...jwkOf(key), use: 'sig', kid: 'mine', alg: 'whatever' } },
      { kid: keyed },
      { kid: `${keyed}#${keyed.split(':')[2]}` },
      { kid: didJwk(key) },
      { kid: `${didJwk(key)}#0` },
    ];
    for (const header of headers) assert.deepEqual((await verify(proofWith(key, header, claims()))).jwk, expected, JSON.stringify(header));
  }
});

test('standards MD-12: where the metadata says cose_key, a proof by jwk is taken and its key is what the credential will hold', async () => {
  const { jwk } = await verify(proofWith(p256, { jwk: jwkOf(p256) }, claims()), { type: typeWith(['cose_key'], ['ES256']) });
  assert.deepEqual([jwk.crv, jwk.x, jwk.y], ['P-256', jwkOf(p256).x, jwkOf(p256).y]);
});

test('standards V-78: only methods and algorithms of the type are taken', async () => {
  const only = (methods: readonly string[], algorithms: readonly string[]) => ({ type: typeWith(methods, algorithms) });
  const byJwk = () => proofWith(p256, { jwk: jwkOf(p256) }, claims());
  assert.equal(await errorOf(byJwk(), only(['did:key'], ['ES256'])), 'invalid_proof');
  assert.equal(await errorOf(byJwk(), only(['jwk'], ['EdDSA'])), 'invalid_proof');
  assert.equal(await errorOf(proofWith(p256, { kid: didKey(p256) }, claims()), only(['jwk', 'did:jwk'], ['ES256'])), 'invalid_proof');
  const coseOnly = only(['cose_key'], ['ES256']);
  assert.equal(await errorOf(proofWith(p256, { kid: didKey(p256) }, claims()), coseOnly), 'invalid_proof');
  assert.equal(await errorOf(proofWith(p256, { kid: didJwk(p256) }, claims()), only(['jwk', 'did:key'], ['ES256'])), 'invalid_proof');
});

test('standards V-74: exactly one key, in a form that holds nothing private', async () => {
  const privateJwk = p256.export({ format: 'jwk' }) as webcrypto.JsonWebKey;
  const jwk = jwkOf(p256);
  const forms: readonly object[] = [
    {},
    { jwk, kid: didKey(p256) },
    { jwk, x5c: ['AA=='] },
    { x5c: ['AA=='] },
    { jwk, trust_chain: ['x'] },
    { jwk: privateJwk },
    { kid: `did:jwk:${encode(privateJwk)}` },
    { kid: 'my-key' },
    { kid: 7 },
    { kid: `did:web:issuer.example#0` },
    { kid: `${didKey(p256)}#other` },
    { kid: didKey(p256).slice(0, -1) },
    { kid: `did:key:z${'1'.repeat(5000)}` },
    { kid: didKey(ed25519) },
    { jwk: { ...jwk, x: `${jwk.x}=` } },
    { jwk: { ...jwk, y: jwk.x } },
    { jwk: { ...jwk, crv: 'P-384' } },
    { jwk: { kty: 'oct', k: 'AAAA' } },
    { jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } },
    { jwk: null },
    { jwk: [jwk] },
  ];
  for (const header of forms)
    assert.equal(await errorOf(proofWith(p256, header, claims())), 'invalid_proof', JSON.stringify(header).slice(0, 90));
});

test('features B24, standards V-74: a certificate names the holder key; where the type wants the holder certified, no other key does', async () => {
  const [rootKey, strangeKey] = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey) as [KeyObject, KeyObject];
  const root = await certify('Holders', rootKey, undefined, { authority: {} });
  const foreign = await certify('Holders', strangeKey, undefined, { authority: {} });
  const by = async (above: Certified | undefined) => ({ x5c: [(await certify('Noor', p256, above)).text] });
  const anchor = readAnchor(new Uint8Array(root.certificate.rawData)) ?? assert.fail();
  const jwt = { algorithms: ['ES256'], certificates: 'required' };
  const certified = {
    type: { binding: { methods: ['jwk'], proofs: { jwt } } } as unknown as CredentialType,
    trust: {
      attesters: undefined,
      holderCertificates: createChainVerifier([anchor], clock),
      attestedDpopKeys: false,
      presentations: undefined,
    },
  };
  const proofBy = async (above: Certified | undefined) => proofWith(p256, await by(above), claims());
  assert.equal((await verify(await proofBy(root))).jwk.x, jwkOf(p256).x);
  assert.equal((await verify(await proofBy(undefined))).jwk.x, jwkOf(p256).x, 'self-signed: a key like any other');
  assert.equal((await verify(await proofBy(root), certified)).jwk.x, jwkOf(p256).x);
  for (const above of [undefined, foreign]) assert.equal(await errorOf(await proofBy(above), certified), 'invalid_proof');
  const { x5c } = await by(root);
  for (const header of [
    { jwk: jwkOf(p256) },
    { kid: didJwk(p256) },
    { x5c: [...x5c, root.text] },
    { x5c, jwk: jwkOf(p256) },
    { x5c, kid: 'x' },
  ])
    assert.equal(await errorOf(proofWith(p256, header, claims()), certified), 'invalid_proof', Object.keys(header).join());
  assert.equal(await errorOf(proofWith(strangeKey, { x5c }, claims())), 'invalid_proof', 'the certificate of somebody else');
  assert.equal(await errorOf(await proofBy(root), { type: typeWith(['did:key'], ['ES256']) }), 'invalid_proof');
});

test('quality T5: more than sixty mutants of a good proof, none taken', async () => {
  const parts = () => ({ header: { typ: 'openid4vci-proof+jwt', alg: 'ES256', jwk: jwkOf(p256) }, payload: claims(), key: p256 });
  const { header, payload } = parts();
  assert.equal(await errorOf(compact(header, payload, p256)), 'accepted', 'the good one');
  const mutants = tokenMutants(parts());
  assert.ok(mutants.length >= 60, `${mutants.length}`);
  for (const { name, token } of mutants) assert.equal(await errorOf(token), 'invalid_proof', name);
});

test('quality R20, R31, standards V-33, E-3: nonce, audience, client and age', async () => {
  const seconds = numericDate(clock.now());
  const foreign = mintNonce({ ...nonces, audience: 'https://issuer.example/issuers/two' });
  const other = mintNonce({ ...nonces, secret: Buffer.alloc(32, 8) });
  const cases: readonly [object, string][] = [
    [{}, 'accepted'],
    [{ aud: [issuer] }, 'accepted'],
    [{ iss: undefined }, 'accepted'],
    [{ nonce: undefined }, 'invalid_proof'],
    [{ nonce: 7 }, 'invalid_proof'],
    [{ nonce: '' }, 'invalid_nonce'],
    [{ nonce: foreign }, 'invalid_nonce'],
    [{ nonce: other }, 'invalid_nonce'],
    [{ aud: [issuer, 'https://other.example'] }, 'invalid_proof'],
    [{ aud: `${issuer}/` }, 'invalid_proof'],
    [{ aud: undefined }, 'invalid_proof'],
    [{ iss: 'another-wallet' }, 'invalid_proof'],
    [{ iat: undefined }, 'invalid_proof'],
    [{ iat: seconds - 299 }, 'accepted'],
    [{ iat: seconds - 400 }, 'invalid_proof'],
    [{ iat: seconds + 59 }, 'accepted'],
    [{ iat: seconds + 62 }, 'invalid_proof'],
    [{ exp: seconds - 3600 }, 'invalid_proof'],
  ];
  for (const [change, expected] of cases) {
    const proof = proofWith(p256, { jwk: jwkOf(p256) }, claims(change));
    assert.equal(await errorOf(proof), expected, JSON.stringify(change));
  }
  assert.equal(await errorOf(proofWith(p256, { jwk: jwkOf(p256) }, claims({ iss: 'anybody' })), { clientId: undefined }), 'accepted');
});

test('quality R25, standards V-33: a nonce ends when it said it would', async () => {
  const later = movableClock(new Date());
  const mint = { ...nonces, clock: later };
  const nonce = mintNonce(mint);
  const at = () => ({ iat: numericDate(later.now()), nonce });
  later.advance(299);
  assert.equal(await errorOf(proofWith(p256, { jwk: jwkOf(p256) }, claims(at())), { nonces: mint, clock: later }), 'accepted');
  later.advance(2);
  assert.equal(await errorOf(proofWith(p256, { jwk: jwkOf(p256) }, claims(at())), { nonces: mint, clock: later }), 'invalid_nonce');
});

test('standards V-74: what a proof says is not trusted before its signature: a broken one never reaches the nonce', async () => {
  const proof = proofWith(p256, { jwk: jwkOf(p256) }, claims({ nonce: 'made-up' }));
  const broken = `${proof.slice(0, proof.lastIndexOf('.') + 1)}${createHash('sha512').update('x').digest('base64url')}`;
  assert.equal(await errorOf(broken), 'invalid_proof');
  assert.equal(await errorOf(proof), 'invalid_nonce');
});

/** Proofs of fresh keys over one nonce. */
function batch(count: number, more: object = {}): readonly { readonly key: KeyObject; readonly proof: string }[] {
  const shared = { ...claims(), ...more };
  return Array.from({ length: count }, (_, index) => {
    const key = index % 2 ? generateKeyPairSync('ed25519').privateKey : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    return { key, proof: proofWith(key, index % 3 ? { kid: didJwk(key) } : { jwk: jwkOf(key) }, shared) };
  });
}

test('features B27, standards X-8: proofs of several keys over one nonce give the keys in their order', async () => {
  const made = batch(7);
  const { holders, nonce } = await verifyAll(made.map(({ proof }) => proof));
  assert.deepEqual(
    holders.map((holder) => holder?.jwk.x),
    made.map(({ key }) => jwkOf(key).x),
  );
  assert.equal(nonce?.value, JSON.parse(Buffer.from(made[0]?.proof.split('.')[1] ?? '', 'base64url').toString()).nonce);
});

test('features B27, standards V-40, X-8: one bad proof, one key twice or a second nonce refuses the whole batch', async () => {
  const [first, second, third] = batch(3).map(({ proof }) => proof) as [string, string, string];
  for (const place of [0, 1, 2]) {
    const proofs = [first, second, third];
    proofs[place] = proofs[place]?.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')) ?? '';
    assert.equal(await errorOf(proofs), 'invalid_proof', `a wrong signature at ${place}`);
    proofs[place] = 'garbage';
    assert.equal(await errorOf(proofs), 'invalid_proof', `no proof at ${place}`);
  }
  const shared = claims();
  const inAllForms = [{ jwk: jwkOf(p256) }, { jwk: { ...jwkOf(p256), kid: 'other' } }, { kid: didKey(p256) }, { kid: didJwk(p256) }];
  for (const header of inAllForms)
    assert.equal(await errorOf([proofWith(p256, { jwk: jwkOf(p256) }, shared), proofWith(p256, header, shared)]), 'invalid_proof');
  assert.equal(await errorOf([first, first]), 'invalid_proof', 'the same proof twice');
  assert.equal(await errorOf([first, batch(1)[0]?.proof ?? '']), 'invalid_proof', 'two good nonces');
  assert.equal(await errorOf(batch(3, { nonce: 'not ours' }).map(({ proof }) => proof)), 'invalid_nonce');
  assert.equal(await errorOf(batch(3, { nonce: undefined }).map(({ proof }) => proof)), 'invalid_proof');
});
