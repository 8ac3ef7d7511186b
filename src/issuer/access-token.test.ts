import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type KeyObject, sign, type webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { compact, tokenMutants } from '../../test/hostile/token-mutants.ts';
import type { AuthorizationServerConfig } from '../config-schema.ts';
import { utf8 } from '../lib/bytes.ts';
import { movableClock, numericDate } from '../lib/clock.ts';
import { type Egress, EgressFailure } from '../lib/egress.ts';
import { Refusal } from '../oauth/refusal.ts';
import { createRemoteDocuments } from '../oauth/remote-documents.ts';
import { createRemoteKeys } from '../oauth/remote-keys.ts';
import { createAccessTokenVerifier } from './access-token.ts';

const identifier = 'https://issuer.example/issuers/one';
const own: AuthorizationServerConfig = { issuer: 'https://as.example/authorization', subject: { from: 'registry_reference' } };
const foreign: AuthorizationServerConfig = {
  issuer: 'https://login.example',
  subject: { from: 'claim', name: 'person' },
  audience: 'civil',
};
const older: AuthorizationServerConfig = { issuer: 'https://older.example/realm', subject: { from: 'claim' } };

const keys = {
  own: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  foreign: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  older: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
};
const published = (key: KeyObject, kid: string, more: object = {}) => ({
  keys: [{ ...(createPublicKey(key).export({ format: 'jwk' }) as webcrypto.JsonWebKey), kid, use: 'sig', ...more }],
});

/** The world as the egress shows it: a document, a fault, or a text that is no document. */
type World = Record<string, object | string | Error>;
const world = (): World => ({
  'https://as.example/.well-known/oauth-authorization-server/authorization': { issuer: own.issuer, jwks_uri: 'https://as.example/jwks' },
  'https://as.example/jwks': { keys: [...published(keys.own, 'own').keys, ...published(keys.foreign, 'own-rsa').keys] },
  'https://login.example/.well-known/oauth-authorization-server': { issuer: foreign.issuer, jwks_uri: 'https://login.example/jwks' },
  'https://login.example/jwks': published(keys.foreign, 'foreign'),
  'https://older.example/realm/.well-known/openid-configuration': { issuer: older.issuer, jwks_uri: 'https://older.example/jwks' },
  'https://older.example/jwks': published(keys.older, 'older'),
});

function stage(documents = world()) {
  const clock = movableClock(new Date());
  const asked: string[] = [];
  const egress: Egress = {
    async fetch(url) {
      asked.push(url.href);
      const found = documents[url.href];
      if (found instanceof Error) throw found;
      const body = utf8(typeof found === 'string' ? found : JSON.stringify(found ?? {}));
      return { status: found === undefined ? 404 : 200, headers: new Headers(), body };
    },
  };
  const remote = createRemoteDocuments({ egress, clock });
  const options = { identifier, servers: [own, foreign, older], documents: remote, keys: createRemoteKeys(remote, clock), clock };
  const verifier = createAccessTokenVerifier(options);
  const errorOf = (token: string) =>
    verifier.verify(token).then(
      () => 'accepted',
      (fault: unknown) => (fault instanceof Refusal ? `${fault.status} ${fault.error}` : Promise.reject(fault)),
    );
  return { clock, asked, verifier, errorOf, now: () => numericDate(clock.now()) };
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
function signed(key: KeyObject, header: Readonly<Record<string, string>> & { readonly alg: string }, payload: object): string {
  const input = `${encode(header)}.${encode(payload)}`;
  const digest = header.alg.endsWith('384') ? 'sha384' : 'sha256';
  return `${input}.${sign(digest, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
const ownHeader = { typ: 'at+jwt', alg: 'ES256', kid: 'own' };
const ownClaims = (now: number, more: object = {}) => ({
  iss: own.issuer,
  aud: identifier,
  sub: 'pairwise',
  client_id: 'wallet',
  scope: 'card licence',
  jti: 'one',
  iat: now,
  exp: now + 300,
  ...more,
});

test('features B17, A25: tokens of three servers are taken at once, each by its own keys, audience and algorithm', async () => {
  const { verifier, now } = stage();
  const foreignClaims = { iss: foreign.issuer, aud: ['civil', 'account'], azp: 'app', person: '7', iat: now(), exp: now() + 3600 };
  const tokens = [
    signed(keys.own, ownHeader, ownClaims(now())),
    signed(keys.foreign, { alg: 'RS256', typ: 'JWT', kid: 'foreign' }, foreignClaims),
    signed(
      keys.older,
      { alg: 'ES384', typ: 'at+jwt' },
      {
        iss: older.issuer,
        aud: identifier,
        sub: '9',
        exp: now() + 60,
      },
    ),
  ];
  const grants = await Promise.all(tokens.map((token) => verifier.verify(token)));
  assert.deepEqual(
    grants.map(({ server, clientId }) => [server.issuer, clientId]),
    [
      [own.issuer, 'wallet'],
      [foreign.issuer, 'app'],
      [older.issuer, undefined],
    ],
  );
  assert.deepEqual([...(grants[0]?.scopes ?? [])], ['card', 'licence']);
  assert.equal(grants[0]?.tokenId, `${own.issuer}|one`);
  assert.match(grants[1]?.tokenId ?? '', /^[A-Za-z0-9_-]{43}$/, 'the hash of a token without jti');
});

test('features B17: a server is not believed for another: unknown iss, foreign key, foreign audience', async () => {
  const { errorOf, now } = stage();
  const cases: readonly [string, string][] = [
    ['unknown iss', signed(keys.own, ownHeader, ownClaims(now(), { iss: 'https://as.example' }))],
    ['no iss', signed(keys.own, ownHeader, ownClaims(now(), { iss: undefined }))],
    ['the key of another server', signed(keys.older, { ...ownHeader, alg: 'ES384' }, ownClaims(now()))],
    ['the audience of another server', signed(keys.own, ownHeader, ownClaims(now(), { aud: 'civil' }))],
    ['the audience of another issuer', signed(keys.own, ownHeader, ownClaims(now(), { aud: identifier.replace('one', 'two') }))],
    ['RS256 in the name of ours', signed(keys.foreign, { ...ownHeader, alg: 'RS256', kid: 'foreign' }, ownClaims(now()))],
    ['RS256 of ours, by a key that ours publishes', signed(keys.foreign, { ...ownHeader, alg: 'RS256', kid: 'own-rsa' }, ownClaims(now()))],
    ['older typ in the name of ours', signed(keys.own, { ...ownHeader, typ: 'JWT' }, ownClaims(now()))],
    ['ours for longer than five minutes', signed(keys.own, ownHeader, ownClaims(now(), { exp: now() + 900 }))],
    ['ours without jti', signed(keys.own, ownHeader, ownClaims(now(), { jti: undefined }))],
    ['bound by a certificate', signed(keys.own, ownHeader, ownClaims(now(), { cnf: { 'x5t#S256': 'x' } }))],
  ];
  for (const [what, token] of cases) assert.equal(await errorOf(token), '401 invalid_token', what);
  assert.equal(await errorOf(signed(keys.own, ownHeader, ownClaims(now()))), 'accepted');
});

test('quality T5, features A19: more than sixty mutants of a good token, none taken', async () => {
  const { errorOf, now } = stage();
  const mutants = tokenMutants({ header: ownHeader, payload: ownClaims(now()), key: keys.own });
  assert.ok(mutants.length >= 60, `${mutants.length}`);
  assert.equal(await errorOf(compact(ownHeader, ownClaims(now()), keys.own)), 'accepted', 'the good one');
  for (const { name, token } of mutants) assert.equal(await errorOf(token), '401 invalid_token', name);
});

test('features B18: what the person allowed another issuer to give is no identifier here', async () => {
  const { verifier, now } = stage();
  const detail = (name: string, locations?: unknown) => ({
    type: 'openid_credential',
    credential_configuration_id: name,
    credential_identifiers: [`${name}.main`],
    ...(locations === undefined ? {} : { locations }),
  });
  const authorization_details = [
    detail('Everywhere'),
    detail('Here', ['https://issuer.example/issuers/two', identifier]),
    detail('There', ['https://issuer.example/issuers/two']),
    detail('Odd', identifier),
    detail('Nowhere', []),
  ];
  const { identifiers } = await verifier.verify(signed(keys.own, ownHeader, ownClaims(now(), { authorization_details })));
  assert.deepEqual([...identifiers.values()], ['Everywhere', 'Here']);
});

test('features B18: credential_identifiers are read from details of our type only', async () => {
  const { verifier, now } = stage();
  const authorization_details = [
    { type: 'openid_credential', credential_configuration_id: 'Card', credential_identifiers: ['a', 'b', 7] },
    { type: 'payment', credential_configuration_id: 'Licence', credential_identifiers: ['c'] },
    { type: 'openid_credential', credential_configuration_id: 'Degree' },
    'nonsense',
  ];
  const { identifiers } = await verifier.verify(signed(keys.own, ownHeader, ownClaims(now(), { authorization_details })));
  assert.deepEqual(
    [...identifiers],
    [
      ['a', 'Card'],
      ['b', 'Card'],
    ],
  );
});

test('features B17: a token issuer that is away or talks nonsense is a 503, and never a yes', async () => {
  for (const broken of [new EgressFailure('timeout', 'silent'), '<html>', '[]', '{']) {
    const documents = { ...world(), 'https://as.example/jwks': broken };
    const { errorOf, now } = stage(documents);
    assert.equal(await errorOf(signed(keys.own, ownHeader, ownClaims(now()))), '503 temporarily_unavailable', String(broken));
  }
  const strange = { ...world(), 'https://as.example/jwks': { keys: 'none' } };
  const { errorOf, now } = stage(strange);
  assert.equal(await errorOf(signed(keys.own, ownHeader, ownClaims(now()))), '401 invalid_token');
});

test('standards EP-2: metadata in the name of another server is not believed, and a place once found is kept', async () => {
  const documents = world();
  documents['https://as.example/.well-known/oauth-authorization-server/authorization'] = {
    issuer: 'https://evil.example',
    jwks_uri: 'https://as.example/jwks',
  };
  const first = stage(documents);
  assert.equal(await first.errorOf(signed(keys.own, ownHeader, ownClaims(first.now()))), '401 invalid_token');
  const { verifier, asked, clock, now } = stage();
  const token = () => signed(keys.older, { alg: 'ES384', typ: 'JWT' }, { iss: older.issuer, aud: identifier, sub: '9', exp: now() + 60 });
  await verifier.verify(token());
  clock.advance(3600);
  await verifier.verify(token());
  const inserted = asked.filter((url) => url.endsWith('/oauth-authorization-server/realm'));
  assert.equal(inserted.length, 1, 'the place where nothing was is asked once');
});
