import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setGlobalConfig } from '@openid4vc/oauth2';
import { AuthorizationFlow, Openid4vciClient } from '@openid4vc/openid4vci';
import type { JWK } from 'jose';
import { Messenger } from '../../examples/walk/exchange.ts';
import { signIn } from '../../examples/walk/person.ts';
import { startInstance, withoutWallet } from '../support/instance.ts';
import { verifyJwtVc } from '../support/judge-jwt-vc.ts';
import { verifySdJwtVc } from '../support/judge-sd-jwt.ts';
import { personOf } from '../support/people.ts';
import { callbacksOf, makeKey } from './openid4vc-callbacks.ts';

setGlobalConfig({ allowInsecureUrls: true });
const clientId = 'walk';
const redirectUri = 'http://127.0.0.1:8099/callback';

const callbacks = callbacksOf(clientId);

test('features A04, A15, A18, B27, B47, standards V-72: the wallet library @openid4vc/openid4vci takes a batch of three and a second format by code flow with PAR, PKCE and DPoP', async (t) => {
  const instance = await startInstance({ environment: withoutWallet });
  t.after(() => instance.stop());
  const issuer = `${instance.url.origin}/issuers/civil-registry`;
  const client = new Openid4vciClient({ callbacks });
  const offer = {
    credential_issuer: issuer,
    credential_configuration_ids: ['NationalIdentity', 'ResidenceCertificate'],
    grants: { authorization_code: { issuer_state: 'from-the-offer' } },
  };
  const credentialOffer = await client.resolveCredentialOffer(
    `openid-credential-offer://?credential_offer=${encodeURIComponent(JSON.stringify(offer))}`,
  );
  const issuerMetadata = await client.resolveIssuerMetadata(issuer);
  const { NationalIdentity: identity, ResidenceCertificate: residence } =
    issuerMetadata.credentialIssuer.credential_configurations_supported;
  const scope = `${identity?.scope} ${residence?.scope}`;
  const dpop = { signer: { method: 'jwk' as const, alg: 'ES256', publicJwk: await makeKey() } };
  const started = await client.initiateAuthorization({
    clientId,
    credentialOffer,
    issuerMetadata,
    redirectUri,
    scope,
    dpop,
  });
  assert.equal(started.authorizationFlow, AuthorizationFlow.Oauth2Redirect);
  if (started.authorizationFlow !== AuthorizationFlow.Oauth2Redirect) return;
  assert.match(started.authorizationRequestUrl, /request_uri=/);
  const person = await personOf('ordinary', 'password', instance.url);
  const answer = await signIn(new Messenger(), new URL(started.authorizationRequestUrl), redirectUri, person);
  const authorizationServerMetadata = issuerMetadata.authorizationServers[0];
  assert.ok(authorizationServerMetadata);
  const response = client.parseAndVerifyAuthorizationResponseRedirectUrl({ url: answer.href, authorizationServerMetadata });
  assert.ok(response.code);
  const token = await client.retrieveAuthorizationCodeAccessTokenFromOffer({
    issuerMetadata,
    credentialOffer,
    authorizationCode: response.code,
    redirectUri,
    dpop,
    ...(started.pkce ? { pkceCodeVerifier: started.pkce.codeVerifier } : {}),
  });
  assert.equal(token.accessTokenResponse.token_type, 'DPoP');
  let nonceOfServer = token.dpop?.nonce;
  async function take(credentialConfigurationId: string, keys: readonly (JWK & { kty: string })[]): Promise<readonly string[]> {
    const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata });
    const prove = (publicJwk: JWK & { kty: string }) =>
      client.createCredentialRequestJwtProof({
        issuerMetadata,
        credentialConfigurationId,
        nonce,
        clientId,
        signer: { method: 'jwk', alg: 'ES256', publicJwk },
      });
    const proofs = await Promise.all(keys.map(async (key) => (await prove(key)).jwt));
    const { credentialResponse, dpop: answered } = await client.retrieveCredentials({
      issuerMetadata,
      credentialConfigurationId,
      accessToken: token.accessTokenResponse.access_token,
      proofs: { jwt: proofs as [string] },
      dpop: { ...dpop, ...(nonceOfServer ? { nonce: nonceOfServer } : {}) },
    });
    nonceOfServer = answered?.nonce ?? nonceOfServer;
    return (credentialResponse.credentials ?? []).map((issued) => (issued as { credential: string }).credential);
  }
  const trustAnchor = new URL(`${issuer}/trust-anchor.cer`);
  const keys = [await makeKey(), await makeKey(), await makeKey()];
  const copies = await take('NationalIdentity', keys);
  const claims = await Promise.all(copies.map((copy) => verifySdJwtVc(copy, trustAnchor)));
  assert.deepEqual(
    claims.map(({ cnf }) => (cnf as { jwk: JWK }).jwk.x),
    keys.map(({ x }) => x),
  );
  const residenceKey = await makeKey();
  const [second = ''] = await take('ResidenceCertificate', [residenceKey]);
  const { credentialSubject } = await verifyJwtVc(second, trustAnchor);
  const subject = String((credentialSubject as { id: string }).id);
  assert.equal(JSON.parse(Buffer.from(subject.replace('did:jwk:', ''), 'base64url').toString()).x, residenceKey.x);
});
