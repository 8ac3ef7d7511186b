import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose';
import type { PublicJwk, Signer } from '../keys/keys.ts';
import { base64url, sha256 } from '../lib/bytes.ts';
import { movableClock } from '../lib/clock.ts';
import { createDpopProof, type DpopAtResource, type DpopAtServer, verifyDpopProof } from './dpop.ts';
import { Refusal } from './refusal.ts';
import { jwkThumbprint } from './thumbprint.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicJwk = publicKey.export({ format: 'jwk' }) as unknown as PublicJwk;
const signer: Signer = {
  algorithm: 'ES256',
  keyId: 'k',
  publicJwk: { ...publicJwk, kid: 'k', use: 'sig' },
  certificates: [],
  sign: async (data) => sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
};
const url = new URL('https://as.example/token?x=1');

/** What a server expects, with a store of claims that forgets as a real one does. */
function server(start = new Date('2026-11-24T12:00:00.900Z')) {
  const clock = movableClock(start);
  const claims = new Map<string, Date>();
  const claim = async (key: string, expiresAt: Date) => {
    if ((claims.get(key) ?? new Date(0)) > clock.now()) return false;
    claims.set(key, expiresAt);
    return true;
  };
  const nonces = { mint: () => 'fresh', accepts: (nonce: string) => nonce === 'good' };
  const common = { method: 'POST', url, clock, nonces, claim };
  return {
    clock,
    atServer: (headers: readonly string[], more: Partial<DpopAtServer> = {}): DpopAtServer => ({
      ...common,
      headers,
      atAuthorizationServer: true,
      ...more,
    }),
    atResource: (headers: readonly string[], more: Partial<DpopAtResource> = {}): DpopAtResource => ({
      ...common,
      headers,
      accessToken: 'token',
      boundThumbprint: jwkThumbprint(publicJwk),
      ...more,
    }),
  };
}

const refusal = (status: number, error: string) => (fault: unknown) =>
  fault instanceof Refusal && fault.status === status && fault.error === error && fault.headers['dpop-nonce'] === 'fresh';

test('standards F-34: the proofs of RFC 9449 §4.1 and §7.1 are taken but for the nonce they lack, and altered ones are not', async () => {
  const header =
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19';
  const atToken = `${header}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg`;
  const atResource = `${header}.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA`;
  const { atServer, atResource: expected } = server(new Date(1_562_262_620_000));
  const token = { url: new URL('https://server.example.com/token') };
  const resource = {
    url: new URL('https://resource.example.org/protectedresource'),
    method: 'GET',
    accessToken: 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU',
    boundThumbprint: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
  };
  await assert.rejects(verifyDpopProof(atServer([atToken], token)), refusal(400, 'use_dpop_nonce'));
  await assert.rejects(verifyDpopProof(expected([atResource], resource)), refusal(401, 'use_dpop_nonce'));
  const altered = (proof: string) => `${proof.slice(0, -6)}AAAAAA`;
  await assert.rejects(verifyDpopProof(atServer([altered(atToken)], token)), refusal(400, 'invalid_dpop_proof'));
  await assert.rejects(verifyDpopProof(expected([altered(atResource)], resource)), refusal(401, 'invalid_dpop_proof'));
  await assert.rejects(verifyDpopProof(expected([atResource], { ...resource, accessToken: 'x' })), refusal(401, 'invalid_dpop_proof'));
});

test('standards F-34: a proof of ours is what RFC 9449 §4.2 says, by the reading of jose', async () => {
  const { clock } = server();
  const proof = await createDpopProof(signer, { method: 'POST', url, clock, nonce: 'n', accessToken: 'token' });
  const { payload } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', algorithms: ['ES256'], currentDate: clock.now() });
  const { jti, ...rest } = payload;
  assert.ok(typeof jti === 'string' && jti.length >= 22);
  assert.deepEqual(rest, { htm: 'POST', htu: 'https://as.example/token', iat: 1_795_521_600, nonce: 'n', ath: base64url(sha256('token')) });
  assert.deepEqual(decodeProtectedHeader(proof).jwk, { kty: 'EC', crv: 'P-256', x: publicJwk.x, y: publicJwk.y });
});

test('standards F-34: at the authorization server a proof needs no token, and proves the key a code is bound to', async () => {
  const { clock, atServer } = server();
  const proof = () => createDpopProof(signer, { method: 'POST', url, clock, nonce: 'good' });
  const proven = await verifyDpopProof(atServer([await proof()]));
  assert.deepEqual(proven, { jwk: publicJwk, thumbprint: jwkThumbprint(publicJwk) });
  await verifyDpopProof(atServer([await proof()], { boundThumbprint: proven.thumbprint }));
  await assert.rejects(verifyDpopProof(atServer([await proof()], { boundThumbprint: 'x' })), refusal(400, 'invalid_dpop_proof'));
  for (const headers of [[], [await proof(), await proof()]])
    await assert.rejects(verifyDpopProof(atServer(headers)), refusal(400, 'invalid_dpop_proof'));
});

test('standards F-34: at a resource a refusal carries a challenge, at the authorization server none (RFC 9449 §8, §9)', async () => {
  const { clock, atServer, atResource } = server();
  const proof = await createDpopProof(signer, { method: 'POST', url, clock, nonce: 'old', accessToken: 'token' });
  const told = async (expectation: DpopAtServer | DpopAtResource) => {
    const fault: unknown = await verifyDpopProof(expectation).catch((refused: unknown) => refused);
    assert.ok(fault instanceof Refusal);
    return { status: fault.status, error: fault.error, headers: fault.headers };
  };
  assert.deepEqual(await told(atServer([proof])), { status: 400, error: 'use_dpop_nonce', headers: { 'dpop-nonce': 'fresh' } });
  const { status, headers } = await told(atResource([proof]));
  assert.equal(status, 401);
  assert.match(headers['www-authenticate'] ?? '', /^DPoP error="use_dpop_nonce", error_description="[^"]+", algs="ES256 EdDSA"$/);
  assert.equal(headers['dpop-nonce'], 'fresh');
});

test('standards F-34: a resource that lost its token takes no proof at all', async () => {
  const { clock, atResource } = server();
  const proof = await createDpopProof(signer, { method: 'POST', url, clock, nonce: 'good' });
  const lost = { ...atResource([proof]), accessToken: undefined, boundThumbprint: undefined } as unknown as DpopAtResource;
  await assert.rejects(verifyDpopProof(lost));
});

test('quality T5, Q22: a proof is taken once in all the time it could be taken, from the furthest future to its last second', async () => {
  for (const ahead of [-60, 0, 10]) {
    const { clock, atServer } = server();
    const written = movableClock(new Date(clock.now().getTime() + ahead * 1000));
    const proof = await createDpopProof(signer, { method: 'POST', url, clock: written, nonce: 'good' });
    await verifyDpopProof(atServer([proof]));
    for (let step = 0; step < 400; step += 1) {
      await assert.rejects(verifyDpopProof(atServer([proof])), refusal(400, 'invalid_dpop_proof'), `${ahead} s ahead, step ${step}`);
      clock.advance(0.25);
    }
  }
});

test('quality T5: of fifty parallel uses of one proof one passes; the same jti by another key is another proof', async () => {
  const { clock, atServer } = server();
  const proof = await createDpopProof(signer, { method: 'POST', url, clock, nonce: 'good' });
  const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => verifyDpopProof(atServer([proof]))));
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  const { jti } = JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString()) as { jti: string };
  const other = generateKeyPairSync('ed25519');
  const claims = { jti, htm: 'POST', htu: url.href, iat: Math.floor(clock.now().getTime() / 1000), nonce: 'good' };
  const head = { typ: 'dpop+jwt', alg: 'EdDSA', jwk: other.publicKey.export({ format: 'jwk' }) };
  const input = [head, claims].map((part) => base64url(Buffer.from(JSON.stringify(part)))).join('.');
  await verifyDpopProof(atServer([`${input}.${base64url(sign(null, Buffer.from(input), other.privateKey))}`]));
});
