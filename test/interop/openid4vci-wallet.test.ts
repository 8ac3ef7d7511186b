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

test('features A04, A15, A18, B47, standards V-72: the wallet library @openid4vc/openid4vci takes two formats by code flow with PAR, PKCE and DPoP', async (t) => {
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
  async function take(credentialConfigurationId: string, publicJwk: JWK & { kty: string }): Promise<string> {
    const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata });
    const { jwt } = await client.createCredentialRequestJwtProof({
      issuerMetadata,
      credentialConfigurationId,
      nonce,
      clientId,
      signer: { method: 'jwk', alg: 'ES256', publicJwk },
    });
    const { credentialResponse, dpop: answered } = await client.retrieveCredentials({
      issuerMetadata,
      credentialConfigurationId,
      accessToken: token.accessTokenResponse.access_token,
      proofs: { jwt: [jwt] },
      dpop: { ...dpop, ...(nonceOfServer ? { nonce: nonceOfServer } : {}) },
    });
    nonceOfServer = answered?.nonce ?? nonceOfServer;
    const [issued] = credentialResponse.credentials ?? [];
    return (issued as { credential: string }).credential;
  }
  const trustAnchor = new URL(`${issuer}/trust-anchor.cer`);
  const [identityKey, residenceKey] = [await makeKey(), await makeKey()];
  const claims = await verifySdJwtVc(await take('NationalIdentity', identityKey), trustAnchor);
  assert.deepEqual((claims.cnf as { jwk: JWK }).jwk.x, identityKey.x);
  const { credentialSubject } = await verifyJwtVc(await take('ResidenceCertificate', residenceKey), trustAnchor);
  const subject = String((credentialSubject as { id: string }).id);
  assert.equal(JSON.parse(Buffer.from(subject.replace('did:jwk:', ''), 'base64url').toString()).x, residenceKey.x);
});
