import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importPKCS8 } from 'jose';
import * as openid from 'openid-client';
import { Messenger } from '../../examples/walk/exchange.ts';
import { signIn } from '../../examples/walk/person.ts';
import { startInstance, withoutWallet } from '../support/instance.ts';
import { personOf } from '../support/people.ts';
import { makeRelyingParty } from '../support/relying-party.ts';

test('features A06, A11, A26: openid-client signs in as a relying party by discovery, PAR, PKCE, private_key_jwt and DPoP', async (t) => {
  const party = await makeRelyingParty();
  t.after(() => party.remove());
  const instance = await startInstance({ environment: { ...withoutWallet, CHANCERY_CONFIG: party.configFile } });
  t.after(() => instance.stop());
  const { redirectUri } = party;
  const key = await importPKCS8(party.key.key.export({ format: 'pem', type: 'pkcs8' }).toString(), 'ES256');
  const issuer = new URL('/authorization', instance.url);
  const authentication = openid.PrivateKeyJwt({ key, kid: party.keyId });
  const configuration = await openid.discovery(issuer, party.clientId, undefined, authentication, {
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
