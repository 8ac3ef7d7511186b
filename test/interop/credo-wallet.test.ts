import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kms, SdJwtVcRecord } from '@credo-ts/core';
import { Messenger } from '../../examples/walk/exchange.ts';
import { signIn } from '../../examples/walk/person.ts';
import { startInstance, withoutWallet } from '../support/instance.ts';
import { personOf } from '../support/people.ts';
import { createCredoWallet } from './credo-agent.ts';

const clientId = 'walk';
const redirectUri = 'http://127.0.0.1:8099/callback';

test('features A04, A24, B44: a Credo wallet takes a credential by code flow, verifies its signature and binding, and stores it', async (t) => {
  const instance = await startInstance({ environment: withoutWallet });
  t.after(() => instance.stop());
  const issuer = `${instance.url.origin}/issuers/civil-registry`;
  const root = new Uint8Array(await (await fetch(`${issuer}/trust-anchor.cer`)).arrayBuffer());
  const agent = await createCredoWallet(root);
  t.after(() => agent.shutdown());
  const { holder } = agent.openid4vc;
  const offer = { credential_issuer: issuer, credential_configuration_ids: ['NationalIdentity'], grants: { authorization_code: {} } };
  const resolvedCredentialOffer = await holder.resolveCredentialOffer(
    `openid-credential-offer://?credential_offer=${encodeURIComponent(JSON.stringify(offer))}`,
  );
  const request = await holder.resolveOpenId4VciAuthorizationRequest(resolvedCredentialOffer, {
    clientId,
    redirectUri,
    scope: ['national_identity'],
  });
  assert.ok('authorizationRequestUrl' in request);
  const person = await personOf('ordinary', 'knowledge', instance.url);
  const answer = await signIn(new Messenger(), new URL(request.authorizationRequestUrl), redirectUri, person);
  const { authorizationCode: code } = holder.parseAuthorizationCodeFromAuthorizationResponse({
    authorizationResponseRedirectUrl: answer.href,
    resolvedCredentialOffer,
  });
  const token = await holder.requestToken({
    resolvedCredentialOffer,
    code,
    clientId,
    redirectUri,
    ...(request.codeVerifier ? { codeVerifier: request.codeVerifier } : {}),
    ...(request.dpop ? { dpop: request.dpop } : {}),
  });
  const { credentials } = await holder.requestCredentials({
    resolvedCredentialOffer,
    accessToken: token.accessToken,
    clientId,
    ...(token.cNonce ? { cNonce: token.cNonce } : {}),
    ...(token.dpop ? { dpop: token.dpop } : {}),
    credentialBindingResolver: async () => {
      const key = await agent.kms.createKey({ type: { kty: 'EC', crv: 'P-256' } });
      return { method: 'jwk', keys: [Kms.PublicJwk.fromPublicJwk(key.publicJwk)] };
    },
  });
  const [stored] = credentials;
  assert.ok(stored?.record instanceof SdJwtVcRecord);
  const verified = await agent.sdJwtVc.verify({ compactSdJwtVc: stored.record.firstCredential.compact, now: new Date() } as never);
  assert.equal(verified.isValid, true, JSON.stringify(verified));
});
