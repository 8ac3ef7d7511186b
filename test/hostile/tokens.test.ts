import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { calculateJwkThumbprint, type JWK, jwtVerify } from 'jose';
import { base64url, sha256 } from '../../src/lib/bytes.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { type DpopAtResource, verifyDpopProof } from '../../src/oauth/dpop.ts';
import { checkHeader, JwsFault, parseJws, verifySignature } from '../../src/oauth/jws.ts';
import { Refusal } from '../../src/oauth/refusal.ts';
import { checkTimes } from '../../src/oauth/time-claims.ts';
import { compact, tokenMutants } from './token-mutants.ts';

const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = publicKey.export({ format: 'jwk' }) as JWK;
const now = () => Math.floor(Date.now() / 1000);
const audience = 'https://issuer.example/issuers/registry';

const tokenHeader = { alg: 'ES256', typ: 'at+jwt', kid: 'one' };
const tokenClaims = () => ({ iss: 'https://as.example', aud: audience, sub: 'x', iat: now(), exp: now() + 300, jti: 'a' });

/** An intake as the services build them: header, audience, times, signature. */
async function take(token: string): Promise<void> {
  const jws = parseJws(token);
  checkHeader(jws, { types: ['at+jwt'], algorithms: ['ES256', 'EdDSA'] });
  if (jws.payload.aud !== audience) throw new JwsFault('another audience');
  if (jws.payload.iat === undefined) throw new JwsFault('no iat');
  checkTimes(jws.payload, { clock: systemClock, toleranceSeconds: 10, maximumLifetimeSeconds: 300 });
  await verifySignature(jws, createPublicKey(key));
}

test('quality T5, Q22: a hundred hostile tokens at the hot path, none accepted, no fault but the one for tokens', async () => {
  const good = compact(tokenHeader, tokenClaims(), key);
  await take(good);
  await jwtVerify(good, publicKey, { audience, typ: 'at+jwt' });
  const mutants = tokenMutants({ header: tokenHeader, payload: tokenClaims(), key });
  assert.ok(mutants.length >= 100 && new Set(mutants.map(({ name }) => name)).size === mutants.length, `${mutants.length}`);
  // One by one: the synchronous form. All at once: the thread pool.
  for (const { name, token } of mutants) await assert.rejects(take(token), JwsFault, name);
  await Promise.all(mutants.map(({ name, token }) => assert.rejects(take(token), JwsFault, name)));
});

const url = new URL('https://issuer.example/issuers/registry/credential');
const accessToken = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU';
const dpopHeader = { alg: 'ES256', typ: 'dpop+jwt', jwk };
const dpopClaims = () => ({
  jti: crypto.randomUUID(),
  htm: 'POST',
  htu: url.href,
  iat: now(),
  nonce: 'good',
  ath: base64url(sha256(accessToken)),
});

async function expectation(headers: readonly string[]): Promise<DpopAtResource & { readonly claimed: Set<string> }> {
  const claimed = new Set<string>();
  return {
    headers,
    method: 'POST',
    url,
    clock: systemClock,
    nonces: { mint: () => 'fresh', accepts: (nonce) => nonce === 'good' },
    claim: async (id) => !claimed.has(id) && Boolean(claimed.add(id)),
    accessToken,
    boundThumbprint: await calculateJwkThumbprint(jwk),
    claimed,
  };
}

const isRefused = (fault: unknown) => fault instanceof Refusal && fault.status === 401 && fault.error === 'invalid_dpop_proof';

test('quality T5, standards F-34: a hundred hostile DPoP proofs, none accepted, none claims its jti', async () => {
  await verifyDpopProof(await expectation([compact(dpopHeader, dpopClaims(), key)]));
  const mutants = tokenMutants({ header: dpopHeader, payload: dpopClaims(), key });
  assert.ok(mutants.length >= 95, `${mutants.length}`);
  for (const { name, token } of mutants) {
    const expected = await expectation([token]);
    await assert.rejects(verifyDpopProof(expected), isRefused, name);
    assert.equal(expected.claimed.size, 0, name);
  }
});

test('standards F-34: each member that must be there or must fit', async () => {
  const private384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const changed = (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
    compact({ ...dpopHeader, ...header }, { ...dpopClaims(), ...claims }, key);
  const refused: readonly (readonly [string, string])[] = [
    ...['jti', 'htm', 'htu', 'iat', 'ath'].map((name) => [`no ${name}`, changed({ [name]: undefined })] as const),
    ...[null, 1, '', {}, 'x'.repeat(300)].map((jti) => [`jti ${JSON.stringify(jti).slice(0, 10)}`, changed({ jti })] as const),
    ...['post', 'GET', '', null].map((htm) => [`htm ${htm}`, changed({ htm })] as const),
    ...[
      'https://issuer.example/issuers/registry/nonce',
      'https://issuer.example/issuers/registry/credential/',
      'https://issuer.example:444/issuers/registry/credential',
      'http://issuer.example/issuers/registry/credential',
      'https://issuer.example.attacker.example/issuers/registry/credential',
      'https://user@issuer.example/issuers/registry/credential',
      '/issuers/registry/credential',
      'nonsense',
      null,
    ].map((htu) => [`htu ${htu}`, changed({ htu })] as const),
    ['ath of another token', changed({ ath: base64url(sha256('another')) })],
    ['ath in another encoding', changed({ ath: `${base64url(sha256(accessToken))}=` })],
    ['ath is the token', changed({ ath: accessToken })],
    ['no jwk', changed({}, { jwk: undefined })],
    ['jwk of another curve', changed({}, { jwk: private384.publicKey.export({ format: 'jwk' }) })],
    ['jwk off the curve', changed({}, { jwk: { ...jwk, y: base64url(Buffer.alloc(32, 1)) } })],
    ['jwk at zero', changed({}, { jwk: { ...jwk, x: base64url(Buffer.alloc(32)), y: base64url(Buffer.alloc(32)) } })],
    ['jwk symmetric', changed({}, { jwk: { kty: 'oct', k: 'AAAA' } })],
    ['jwk with a short coordinate', changed({}, { jwk: { ...jwk, x: base64url(Buffer.from(jwk.x ?? '', 'base64url').subarray(1)) } })],
    ['old', changed({ iat: now() - 75 })],
    ['from the future', changed({ iat: now() + 15 })],
    [
      'by another key than the token',
      (() => {
        const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        return compact({ ...dpopHeader, jwk: other.publicKey.export({ format: 'jwk' }) }, dpopClaims(), other.privateKey);
      })(),
    ],
  ];
  for (const [name, proof] of refused) await assert.rejects(verifyDpopProof(await expectation([proof])), isRefused, name);
  const good = compact(dpopHeader, dpopClaims(), key);
  for (const headers of [[], [''], [good, good], [good, changed({})], [`${good}, ${good}`]])
    await assert.rejects(verifyDpopProof(await expectation(headers)), isRefused, `${headers.length} headers`);
  const jwk384 = private384.publicKey.export({ format: 'jwk' });
  const input = [{ ...dpopHeader, alg: 'ES384', jwk: jwk384 }, dpopClaims()].map((part) => base64url(JSON.stringify(part))).join('.');
  const signature = sign('sha384', Buffer.from(input), { key: private384.privateKey, dsaEncoding: 'ieee-p1363' });
  const bound = {
    ...(await expectation([`${input}.${base64url(signature)}`])),
    boundThumbprint: await calculateJwkThumbprint(jwk384 as JWK),
  };
  await assert.rejects(verifyDpopProof(bound), isRefused, 'an algorithm we do not take, by the key the token is bound to');
  // RFC 9449 §4.3: compared without query and fragment, and whatever else a proof says is no reason to refuse it.
  for (const extra of [
    { htu: `${url.href}?x=1#y` },
    { htu: url.href.replace('https://issuer', 'HTTPS://Issuer') },
    { x: 1, nbf: now(), exp: now() + 60 },
  ])
    await verifyDpopProof(await expectation([changed(extra)]));
});
