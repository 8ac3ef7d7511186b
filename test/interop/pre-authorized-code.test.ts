import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Kms, SdJwtVcRecord } from '@credo-ts/core';
import { setGlobalConfig } from '@openid4vc/oauth2';
import { Openid4vciClient } from '@openid4vc/openid4vci';
import { type Instance, startInstance, withoutWallet } from '../support/instance.ts';
import { verifySdJwtVc } from '../support/judge-sd-jwt.ts';
import { demoWithPreAuthorizedCodes, makeOffer } from '../support/offers.ts';
import { createCredoWallet } from './credo-agent.ts';
import { callbacksOf, makeKey } from './openid4vc-callbacks.ts';

setGlobalConfig({ allowInsecureUrls: true });

let config: Awaited<ReturnType<typeof demoWithPreAuthorizedCodes>>;
let instance: Instance;
before(async () => {
  config = await demoWithPreAuthorizedCodes({ anonymous: true });
  instance = await startInstance({ environment: { ...withoutWallet, CHANCERY_CONFIG: config.file } });
});
after(async () => {
  await instance?.stop();
  await config?.remove();
});

const issuer = () => `${instance.url.origin}/issuers/civil-registry`;
const order = () => ({ credential_issuer: issuer(), credential_configuration_ids: ['NationalIdentity'], individual_id: '4022802715' });

test('features B21, A04: the library @openid4vc/openid4vci redeems an offer with its transaction code, bound by DPoP', async () => {
  const { link, txCode } = await makeOffer(instance, order());
  const client = new Openid4vciClient({ callbacks: callbacksOf('walk') });
  const credentialOffer = await client.resolveCredentialOffer(link);
  const issuerMetadata = await client.resolveIssuerMetadata(issuer());
  const token = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
    credentialOffer,
    issuerMetadata,
    ...(txCode ? { txCode } : {}),
    dpop: { signer: { method: 'jwk' as const, alg: 'ES256', publicJwk: await makeKey() } },
  });
  assert.equal(token.accessTokenResponse.token_type, 'DPoP');
  const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata });
  const { jwt } = await client.createCredentialRequestJwtProof({
    issuerMetadata,
    credentialConfigurationId: 'NationalIdentity',
    nonce,
    clientId: 'walk',
    signer: { method: 'jwk', alg: 'ES256', publicJwk: await makeKey() },
  });
  const { credentialResponse } = await client.retrieveCredentials({
    issuerMetadata,
    credentialConfigurationId: 'NationalIdentity',
    accessToken: token.accessTokenResponse.access_token,
    proofs: { jwt: [jwt] },
    ...(token.dpop ? { dpop: token.dpop } : {}),
  });
  const [issued] = credentialResponse.credentials ?? [];
  await verifySdJwtVc((issued as { credential: string }).credential, new URL(`${issuer()}/trust-anchor.cer`));
});

test('features B21, standards V-20: a Credo wallet that is nobody’s client redeems one where that is allowed', async (t) => {
  const root = new Uint8Array(await (await fetch(`${issuer()}/trust-anchor.cer`)).arrayBuffer());
  const agent = await createCredoWallet(root);
  t.after(() => agent.shutdown());
  const { holder } = agent.openid4vc;
  const { link, txCode } = await makeOffer(instance, order());
  const resolvedCredentialOffer = await holder.resolveCredentialOffer(link);
  const token = await holder.requestToken({ resolvedCredentialOffer, ...(txCode ? { txCode } : {}) });
  const { credentials } = await holder.requestCredentials({
    resolvedCredentialOffer,
    accessToken: token.accessToken,
    ...(token.cNonce ? { cNonce: token.cNonce } : {}),
    ...(token.dpop ? { dpop: token.dpop } : {}),
    credentialBindingResolver: async () => {
      const key = await agent.kms.createKey({ type: { kty: 'EC', crv: 'P-256' } });
      return { method: 'jwk', keys: [Kms.PublicJwk.fromPublicJwk(key.publicJwk)] };
    },
  });
  const [stored] = credentials;
  assert.ok(stored?.record instanceof SdJwtVcRecord);
  const metadata = (await (await fetch(new URL('/.well-known/oauth-authorization-server/authorization', instance.url))).json()) as Record<
    string,
    unknown
  >;
  assert.equal(metadata['pre-authorized_grant_anonymous_access_supported'], true);
  assert.ok((metadata.grant_types_supported as string[]).includes('urn:ietf:params:oauth:grant-type:pre-authorized_code'));
});
