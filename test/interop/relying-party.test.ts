import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as openid from 'openid-client';
import { Messenger } from '../../examples/walk/exchange.ts';
import { signIn } from '../../examples/walk/person.ts';
import { type Instance, startInstance, withoutWallet } from '../support/instance.ts';
import { personOf } from '../support/people.ts';

const redirectUri = 'https://relying-party.example/callback';
const demo = new URL('../../examples/demo/chancery.json', import.meta.url).pathname;

/** The demo with one more client: a relying party that has nothing to do with credentials. */
async function withRelyingParty(t: TestContext, publicJwk: unknown): Promise<Instance> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-rp-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const config = JSON.parse(await readFile(demo, 'utf8')) as {
    registries: Record<string, { file: string }>;
    authorization: { clients?: unknown[] };
  };
  for (const registry of Object.values(config.registries)) registry.file = join(dirname(demo), registry.file);
  const client = {
    clientId: 'relying-party',
    name: { en: 'Library' },
    redirectUris: [redirectUri],
    authentication: 'private_key_jwt',
    jwks: { keys: [publicJwk] },
  };
  config.authorization.clients = [...(config.authorization.clients ?? []), client];
  const issuers = (config as { issuers?: Record<string, { types: string[]; display: { logo?: { file: string } }[] }> }).issuers ?? {};
  for (const issuer of Object.values(issuers)) {
    issuer.types = issuer.types.map((file) => join(dirname(demo), file));
    for (const { logo } of issuer.display) if (logo) logo.file = join(dirname(demo), logo.file);
  }
  const file = join(folder, 'chancery.json');
  await writeFile(file, JSON.stringify(config));
  const instance = await startInstance({ environment: { ...withoutWallet, CHANCERY_CONFIG: file } });
  t.after(() => instance.stop());
  return instance;
}

test('features A06, A11, A26: openid-client signs in as a relying party by discovery, PAR, PKCE, private_key_jwt and DPoP', async (t) => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const instance = await withRelyingParty(t, { ...(await exportJWK(publicKey)), kid: 'relying-party-1', alg: 'ES256', use: 'sig' });
  const issuer = new URL('/authorization', instance.url);
  const authentication = openid.PrivateKeyJwt({ key: privateKey as CryptoKey, kid: 'relying-party-1' });
  const configuration = await openid.discovery(issuer, 'relying-party', undefined, authentication, {
    execute: [openid.allowInsecureRequests],
  });
  const DPoP = openid.getDPoPHandle(configuration, await openid.randomDPoPKeyPair('ES256'));
  const [verifier, state, nonce] = [openid.randomPKCECodeVerifier(), openid.randomState(), openid.randomNonce()];
  const parameters = {
    scope: 'openid',
    redirect_uri: redirectUri,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  };
  const address = await openid.buildAuthorizationUrlWithPAR(configuration, parameters, { DPoP });
  const answer = await signIn(new Messenger(), address, redirectUri, await personOf('ordinary', 'otp', instance.url));
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  const tokens = await openid.authorizationCodeGrant(configuration, answer, checks, undefined, { DPoP });
  const claims = tokens.claims();
  assert.equal(claims?.iss, issuer.href);
  assert.ok(claims?.sub && !claims.sub.includes((await personOf('ordinary', 'otp', instance.url)).individualId));
  assert.deepEqual(claims.amr, ['otp']);
  assert.equal(typeof claims.acr, 'string');
  assert.equal(typeof claims.auth_time, 'number');
  await assert.rejects(openid.authorizationCodeGrant(configuration, answer, checks, undefined, { DPoP }), { error: 'invalid_grant' });
});

test('quality T2 (SU6), standards F-11: one client assertion is heard once among fifty at the same time, and only with the issuer as its audience', async (t) => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const instance = await withRelyingParty(t, { ...(await exportJWK(publicKey)), kid: 'relying-party-1', alg: 'ES256', use: 'sig' });
  const issuer = new URL('/authorization', instance.url).href;
  const assertion = (audience: string | string[], jti: string) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'relying-party-1' })
      .setIssuer('relying-party')
      .setSubject('relying-party')
      .setAudience(audience)
      .setJti(jti)
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(privateKey);
  const push = async (client_assertion: string) => {
    const form = {
      client_id: 'relying-party',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid',
      code_challenge: 'A'.repeat(43),
      code_challenge_method: 'S256',
    };
    return (await fetch(`${issuer}/par`, { method: 'POST', body: new URLSearchParams(form) })).status;
  };
  for (let round = 0; round < 10; round += 1) {
    const replayed = await assertion(issuer, `jti-${round}`);
    const statuses = await Promise.all(Array.from({ length: 50 }, () => push(replayed)));
    assert.deepEqual(
      { winners: statuses.filter((status) => status === 201).length, faults: statuses.filter((status) => status >= 500).length },
      { winners: 1, faults: 0 },
      `round ${round}`,
    );
  }
  for (const audience of ['https://elsewhere.example', `${issuer}/`])
    assert.equal(await push(await assertion(audience, audience)), 401, String(audience));
});
