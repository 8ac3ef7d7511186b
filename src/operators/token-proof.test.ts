import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import type { OperatorServerConfig } from '../config-schema.ts';
import { movableClock, numericDate } from '../lib/clock.ts';
import { EgressFailure } from '../lib/egress.ts';
import type { JsonObject } from '../lib/json.ts';
import { Refusal } from '../oauth/refusal.ts';
import { createRemoteKeys } from '../oauth/remote-keys.ts';
import { createServerKeys } from '../oauth/server-keys.ts';
import { serverMetadataPlaces } from '../routes.ts';
import type { OperatorProof } from './operator-guard.ts';
import { proofByToken } from './token-proof.ts';

const issuer = 'https://login.example/realm';
const audience = 'https://chancery.example/operators';
const clock = movableClock(new Date('2026-03-01T12:00:00Z'));
const config: OperatorServerConfig = {
  issuer,
  audience,
  claim: 'groups',
  roles: { registrars: ['issuing-clerk', 'support'], inspectors: ['auditor', 'support'] },
};
let proof: OperatorProof;
let silent = false;
let key: CryptoKey;
let stranger: CryptoKey;

before(async () => {
  const pair = await generateKeyPair('ES256');
  key = pair.privateKey;
  stranger = (await generateKeyPair('ES256')).privateKey;
  const documents: Readonly<Record<string, JsonObject>> = {
    // Only OpenID Connect Discovery, as many providers do it.
    [`${issuer}/.well-known/openid-configuration`]: { issuer, jwks_uri: `${issuer}/jwks` },
    [`${issuer}/jwks`]: { keys: [{ ...((await exportJWK(pair.publicKey)) as JsonObject), kid: 'k', alg: 'ES256' }] },
  };
  const source = {
    async read(url: URL) {
      const document = silent ? undefined : documents[url.href];
      if (!document) throw new EgressFailure('network', 'nothing there');
      return document;
    },
  };
  const keys = createServerKeys({ documents: source, keys: createRemoteKeys(source, clock), placesOf: serverMetadataPlaces });
  proof = proofByToken(config, keys, clock);
});

const now = () => numericDate(clock.now());
const sound = (): JWTPayload => ({ iss: issuer, aud: audience, sub: 'noor', iat: now(), exp: now() + 300, groups: ['registrars'] });

type Members = Readonly<Record<string, unknown>>;

function tokenOf(claims: Members = {}, header: Members = {}, by = key): Promise<string> {
  const payload = Object.fromEntries(Object.entries({ ...sound(), ...claims }).filter(([, value]) => value !== undefined));
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'at+jwt', ...header } as JWTHeaderParameters).sign(by);
}

test('features G01: an access token of the configured server has the roles its claim is mapped to', async () => {
  assert.deepEqual(await proof(await tokenOf()), { id: `${issuer}|noor`, name: 'noor', roles: ['issuing-clerk', 'support'] });
  const both = await proof(await tokenOf({ groups: ['inspectors', 'registrars', 'others'], aud: ['x', audience] }));
  assert.deepEqual(both?.roles, ['auditor', 'support', 'issuing-clerk']);
  assert.deepEqual((await proof(await tokenOf({ groups: 'inspectors' }, { typ: 'JWT' })))?.roles, ['auditor', 'support']);
  for (const groups of [undefined, [], ['owner'], ['constructor', '__proto__'], { registrars: true }, 7])
    assert.deepEqual((await proof(await tokenOf({ groups })))?.roles, [], JSON.stringify(groups));
});

test('quality Q16, T5: a token that is forged, for others, bound, old or endless is nobody’s', async () => {
  const bad: readonly (readonly [string, Promise<string>])[] = [
    ['another issuer', tokenOf({ iss: 'https://login.example' })],
    ['another audience', tokenOf({ aud: 'https://chancery.example' })],
    ['no audience', tokenOf({ aud: undefined })],
    ['no subject', tokenOf({ sub: undefined })],
    ['bound to a key', tokenOf({ cnf: { jkt: 'x' } })],
    ['expired', tokenOf({ iat: now() - 600, exp: now() - 300 })],
    ['endless', tokenOf({ exp: undefined })],
    ['too long', tokenOf({ exp: now() + 86_400 })],
    ['not yet', tokenOf({ nbf: now() + 600 })],
    ['a proof of a key', tokenOf({}, { typ: 'dpop+jwt' })],
    ['without a type', tokenOf({}, { typ: undefined })],
    ['signed by a stranger', tokenOf({}, {}, stranger)],
    ['an unknown key', tokenOf({}, { kid: 'other' })],
  ];
  for (const [what, token] of bad) assert.equal(await proof(await token), undefined, what);
  const [head, body, tail] = (await tokenOf()).split('.') as [string, string, string];
  const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
  for (const text of ['', 'x', `${head}.${body}`, `${none}.${body}.`, `${none}.${body}.${tail}`, `${head}.${body}.${tail}=`])
    assert.equal(await proof(text), undefined, text.slice(0, 20));
});

test('features G01: a server that does not answer is a fault for a while, not a wrong token', async () => {
  silent = true;
  clock.advance(7 * 86_400);
  await assert.rejects(proof(await tokenOf()), (fault) => fault instanceof Refusal && fault.status === 503);
  silent = false;
});
