import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DidJwk, Kms } from '@credo-ts/core';
import { setGlobalConfig } from '@openid4vc/oauth2';
import { AuthorizationFlow, Openid4vciClient } from '@openid4vc/openid4vci';
import { OpenID4VCIClientV1_0_15, ProofOfPossessionBuilder } from '@sphereon/oid4vci-client';
import { type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { jsonOf, Messenger } from '../../examples/walk/exchange.ts';
import { makeKey as makeHeldKey } from '../../examples/walk/holder.ts';
import { signIn } from '../../examples/walk/person.ts';
import { demoInEveryFormat, type EachFormat, everyFormat, judge } from '../support/every-format.ts';
import { type Instance, startInstance, withoutWallet } from '../support/instance.ts';
import { askOperators, makeOffer } from '../support/offers.ts';
import { personOf } from '../support/people.ts';
import { createCredoWallet } from './credo-agent.ts';
import { callbacksOf, makeKey } from './openid4vc-callbacks.ts';

setGlobalConfig({ allowInsecureUrls: true });
const clientId = 'walk';
const redirectUri = 'http://127.0.0.1:8099/callback';
const ids = Object.keys(everyFormat) as EachFormat[];

let config: Awaited<ReturnType<typeof demoInEveryFormat>>;
let instance: Instance;
before(async () => {
  config = await demoInEveryFormat();
  instance = await startInstance({ environment: { ...withoutWallet, CHANCERY_CONFIG: config.file } });
});
after(async () => {
  await instance?.stop();
  await config?.remove();
});

const issuer = () => `${instance.url.origin}/issuers/civil-registry`;
const offerOf = (id: string) =>
  makeOffer(instance, { credential_issuer: issuer(), credential_configuration_ids: [id], individual_id: '4022802715' });

type IssuerMetadata = Awaited<ReturnType<Openid4vciClient['resolveIssuerMetadata']>>;
interface Token {
  readonly accessToken: string;
  readonly dpop: Awaited<ReturnType<Openid4vciClient['retrievePreAuthorizedCodeAccessTokenFromOffer']>>['dpop'];
}

/** One credential by @openid4vc, and what its answer was called. */
async function take(client: Openid4vciClient, issuerMetadata: IssuerMetadata, id: EachFormat, { accessToken, dpop }: Token) {
  const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata });
  const { jwt } = await client.createCredentialRequestJwtProof({
    issuerMetadata,
    credentialConfigurationId: id,
    nonce,
    clientId,
    signer: { method: 'jwk', alg: 'ES256', publicJwk: await makeKey() },
  });
  const { credentialResponse, dpop: answered } = await client.retrieveCredentials({
    issuerMetadata,
    credentialConfigurationId: id,
    accessToken,
    proofs: { jwt: [jwt] },
    ...(dpop ? { dpop } : {}),
  });
  const [issued] = (credentialResponse.credentials ?? []) as { credential: unknown }[];
  const next = dpop && { ...dpop, ...(answered?.nonce ? { nonce: answered.nonce } : {}) };
  return { credential: issued?.credential, notificationId: credentialResponse.notification_id, dpop: next };
}

test('features B21, B53, B29, standards V-53: @openid4vc takes each format by a pre-authorized code and tells that it was accepted', async () => {
  const client = new Openid4vciClient({ callbacks: callbacksOf(clientId) });
  const issuerMetadata = await client.resolveIssuerMetadata(issuer());
  for (const id of ids) {
    const { link, txCode } = await offerOf(id);
    const token = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
      credentialOffer: await client.resolveCredentialOffer(link),
      issuerMetadata,
      ...(txCode ? { txCode } : {}),
      dpop: { signer: { method: 'jwk' as const, alg: 'ES256', publicJwk: await makeKey() } },
    });
    const accessToken = token.accessTokenResponse.access_token;
    const { credential, notificationId, dpop } = await take(client, issuerMetadata, id, { accessToken, dpop: token.dpop });
    await judge(issuer(), id, credential);
    await client.sendNotification({
      issuerMetadata,
      accessToken,
      notification: { notificationId: String(notificationId), event: 'credential_accepted' },
      ...(dpop ? { dpop } : {}),
    });
  }
});

test('features A04, B53: @openid4vc takes each format by one sign-in', async () => {
  const client = new Openid4vciClient({ callbacks: callbacksOf(clientId) });
  const issuerMetadata = await client.resolveIssuerMetadata(issuer());
  const offer = { credential_issuer: issuer(), credential_configuration_ids: ids, grants: { authorization_code: {} } };
  const credentialOffer = await client.resolveCredentialOffer(
    `openid-credential-offer://?credential_offer=${encodeURIComponent(JSON.stringify(offer))}`,
  );
  const dpop = { signer: { method: 'jwk' as const, alg: 'ES256', publicJwk: await makeKey() } };
  const scope = Object.values(everyFormat).join(' ');
  const started = await client.initiateAuthorization({ clientId, credentialOffer, issuerMetadata, redirectUri, scope, dpop });
  assert.ok(started.authorizationFlow === AuthorizationFlow.Oauth2Redirect);
  const person = await personOf('ordinary', 'knowledge', instance.url);
  const answer = await signIn(new Messenger(), new URL(started.authorizationRequestUrl), redirectUri, person);
  const token = await client.retrieveAuthorizationCodeAccessTokenFromOffer({
    issuerMetadata,
    credentialOffer,
    authorizationCode: answer.searchParams.get('code') ?? '',
    redirectUri,
    dpop,
    ...(started.pkce ? { pkceCodeVerifier: started.pkce.codeVerifier } : {}),
  });
  let last = token.dpop;
  for (const id of ids) {
    const taken = await take(client, issuerMetadata, id, { accessToken: token.accessTokenResponse.access_token, dpop: last });
    await judge(issuer(), id, taken.credential);
    last = taken.dpop;
  }
});

// Of ldp_vc Credo looks for names of suites where OpenID4VCI 1.0 §12.2.4 has algorithms of JWTs, and makes no proof.
const credoTakes = ids.filter((id) => id !== 'FieldCard');

test('features B21, B53, standards V-20: a Credo wallet that is nobody’s client takes every format it can by a pre-authorized code and stores it', async (t) => {
  const root = new Uint8Array(await (await fetch(`${issuer()}/trust-anchor.cer`)).arrayBuffer());
  const agent = await createCredoWallet(root);
  t.after(() => agent.shutdown());
  const { holder } = agent.openid4vc;
  for (const id of credoTakes) {
    const { link, txCode } = await offerOf(id);
    const resolvedCredentialOffer = await holder.resolveCredentialOffer(link);
    const token = await holder.requestToken({ resolvedCredentialOffer, ...(txCode ? { txCode } : {}) });
    const { credentials } = await holder.requestCredentials({
      resolvedCredentialOffer,
      accessToken: token.accessToken,
      ...(token.dpop ? { dpop: token.dpop } : {}),
      credentialBindingResolver: async () => {
        const key = await agent.kms.createKey({ type: { kty: 'EC', crv: 'P-256' } });
        if (id !== 'ResidenceCertificate') return { method: 'jwk', keys: [Kms.PublicJwk.fromPublicJwk(key.publicJwk)] };
        const created = await agent.dids.create({ method: 'jwk', options: { keyId: key.keyId } });
        return { method: 'did', didUrls: [DidJwk.fromDid(created.didState.did ?? '').verificationMethodId] };
      },
    });
    assert.equal(credentials.length, 1, id);
    const { record, notificationId } = credentials[0] as (typeof credentials)[number];
    assert.ok(record, id);
    assert.equal(typeof notificationId, 'string', id);
  }
  const address = new URL('/.well-known/oauth-authorization-server/authorization', instance.url);
  const metadata = (await (await fetch(address)).json()) as Record<string, unknown>;
  assert.equal(metadata['pre-authorized_grant_anonymous_access_supported'], true);
});

test('features D10, quality Q16: where pushed data are not switched on no offer is made about any', async () => {
  const order = { credential_issuer: issuer(), credential_configuration_ids: [ids[0]], registry: 'pushed', individual_id: 'A'.repeat(43) };
  const answer = await askOperators(instance, '/pre-authorized-codes', order);
  assert.deepEqual([answer.status, ((await answer.json()) as { error: string }).error], [400, 'invalid_request']);
});

test('features B21, B53: the Sphereon library redeems an offer of each format with its transaction code', async () => {
  for (const id of ids) {
    const { link, txCode } = await offerOf(id);
    const holderKey = await makeHeldKey();
    const client = await OpenID4VCIClientV1_0_15.fromURI({ uri: link, clientId, alg: 'ES256', createAuthorizationRequestURL: false });
    const token = await client.acquireAccessToken({ clientId, ...(txCode ? { pin: txCode } : {}) });
    // The library stops at draft 15, whose request has `proof`; its proof goes out in the one member that 1.0 renamed (libraries W-12).
    const proof = await ProofOfPossessionBuilder.fromAccessTokenResponse({
      accessTokenResponse: token,
      callbacks: {
        signCallback: ({ header, payload }) =>
          new SignJWT(payload as JWTPayload).setProtectedHeader(header as JWTHeaderParameters).sign(holderKey.privateKey),
      },
      version: client.version(),
    })
      .withIssuer(client.getIssuer())
      .withAlg('ES256')
      .withJWK(holderKey.publicJwk as never)
      .withClientId(clientId)
      .withAccessTokenNonce(await client.acquireNonce())
      .build();
    const answer = await new Messenger().send('credential', new URL(`${issuer()}/credential`), {
      json: { credential_configuration_id: id, proofs: { jwt: [proof.jwt] } },
      headers: { authorization: `Bearer ${token.access_token}` },
    });
    const [issued] = jsonOf(answer, 200).credentials as { credential: unknown }[];
    await judge(issuer(), id, issued?.credential);
  }
});
