import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Kms, SdJwtVcRecord } from '@credo-ts/core';
import { Oauth2Client, setGlobalConfig } from '@openid4vc/oauth2';
import { Openid4vciClient } from '@openid4vc/openid4vci';
import { Messenger } from '../../examples/walk/exchange.ts';
import { signIn } from '../../examples/walk/person.ts';
import { writeDemoConfig } from '../support/demo-config.ts';
import { type Instance, startInstance, withoutWallet } from '../support/instance.ts';
import { verifySdJwtVc } from '../support/judge-sd-jwt.ts';
import { askOperators } from '../support/offers.ts';
import { personOf } from '../support/people.ts';
import { createCredoWallet } from './credo-agent.ts';
import { callbacksOf, makeKey } from './openid4vc-callbacks.ts';

setGlobalConfig({ allowInsecureUrls: true });
const clientId = 'patient';
const redirectUri = 'http://127.0.0.1:8099/callback';
const configurationId = 'ReviewedIdentity';

let folder: string;
let config: Awaited<ReturnType<typeof writeDemoConfig>>;
let instance: Instance;
let issuer: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-reviewed-'));
  const type = JSON.parse(await readFile(new URL('../../examples/demo/types/national-identity.json', import.meta.url), 'utf8')) as object;
  const reviewed = join(folder, 'reviewed-identity.json');
  const profile = { vct: 'reviewed-identity' };
  await writeFile(reviewed, JSON.stringify({ ...type, id: configurationId, scope: 'reviewed_identity', profile, review: true }));
  config = await writeDemoConfig(({ authorization: { clients }, issuers }) => {
    clients.push({ ...clients[0], clientId, refreshTokens: true });
    issuers['civil-registry']?.types.push(reviewed);
  });
  instance = await startInstance({ environment: { ...withoutWallet, CHANCERY_CONFIG: config.file } });
  issuer = `${instance.url.origin}/issuers/civil-registry`;
});
after(async () => {
  await instance?.stop();
  await config?.remove();
  await rm(folder, { recursive: true, force: true });
});

const offerLink = () => {
  const offer = { credential_issuer: issuer, credential_configuration_ids: [configurationId], grants: { authorization_code: {} } };
  return `openid-credential-offer://?credential_offer=${encodeURIComponent(JSON.stringify(offer))}`;
};

async function signInAt(url: string): Promise<URL> {
  return signIn(new Messenger(), new URL(url), redirectUri, await personOf('ordinary', 'knowledge', instance.url));
}

/** A clerk approves whatever waits. */
async function approveAll(): Promise<void> {
  const key = (await readFile(join(instance.dataFolder, 'operator-key'), 'utf8')).trim();
  const path = '/issuers/civil-registry/deferrals';
  const listed = await fetch(new URL(path, instance.operators), { headers: { authorization: `Bearer ${key}` } });
  const { deferrals } = (await listed.json()) as { deferrals: { deferral_id: string; credential_type: string }[] };
  assert.deepEqual(
    deferrals.map(({ credential_type: type }) => type),
    [configurationId],
  );
  for (const { deferral_id } of deferrals)
    assert.equal((await askOperators(instance, `${path}/decide`, { deferral_id, decision: 'approve' })).status, 200);
}

test('features B28, B33, standards V-38, V-49: @openid4vc/openid4vci waits for a clerk, renews its token and picks the credential up, once', async () => {
  const callbacks = callbacksOf(clientId);
  const client = new Openid4vciClient({ callbacks });
  const credentialOffer = await client.resolveCredentialOffer(offerLink());
  const issuerMetadata = await client.resolveIssuerMetadata(issuer);
  const dpop = { signer: { method: 'jwk' as const, alg: 'ES256', publicJwk: await makeKey() } };
  const scope = 'reviewed_identity';
  const started = await client.initiateAuthorization({ clientId, credentialOffer, issuerMetadata, redirectUri, scope, dpop });
  assert.ok('authorizationRequestUrl' in started);
  const answer = await signInAt(started.authorizationRequestUrl);
  const [authorizationServerMetadata] = issuerMetadata.authorizationServers;
  assert.ok(authorizationServerMetadata);
  const { code } = client.parseAndVerifyAuthorizationResponseRedirectUrl({ url: answer.href, authorizationServerMetadata });
  const token = await client.retrieveAuthorizationCodeAccessTokenFromOffer({
    issuerMetadata,
    credentialOffer,
    authorizationCode: code ?? '',
    redirectUri,
    dpop,
    ...(started.pkce ? { pkceCodeVerifier: started.pkce.codeVerifier } : {}),
  });
  const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata });
  const holderKey = await makeKey();
  const signer = { method: 'jwk' as const, alg: 'ES256', publicJwk: holderKey };
  const proof = await client.createCredentialRequestJwtProof({
    issuerMetadata,
    credentialConfigurationId: configurationId,
    nonce,
    clientId,
    signer,
  });
  let accessToken = token.accessTokenResponse.access_token;
  const { credentialResponse } = await client.retrieveCredentials({
    issuerMetadata,
    credentialConfigurationId: configurationId,
    accessToken,
    proofs: { jwt: [proof.jwt] },
    dpop,
  });
  const { transaction_id: transactionId = '', interval } = credentialResponse;
  assert.ok(transactionId !== '' && Number(interval) > 0);
  const poll = async () =>
    (await client.retrieveDeferredCredentials({ issuerMetadata, accessToken, transactionId, dpop })).deferredCredentialResponse;
  const waiting = await poll();
  assert.deepEqual([waiting.transaction_id, waiting.interval, waiting.credentials], [transactionId, interval, undefined]);
  await approveAll();
  const renewed = await new Oauth2Client({ callbacks }).retrieveRefreshTokenAccessToken({
    authorizationServerMetadata,
    refreshToken: token.accessTokenResponse.refresh_token ?? assert.fail('no refresh token'),
    dpop,
  });
  accessToken = renewed.accessTokenResponse.access_token;
  assert.notEqual(accessToken, token.accessTokenResponse.access_token);
  const [issued] = (await poll()).credentials ?? [];
  const { credential } = issued as { credential: string };
  const { cnf } = await verifySdJwtVc(credential, new URL(`${issuer}/trust-anchor.cer`));
  assert.equal((cnf as { jwk: { x: string } }).jwk.x, holderKey.x);
  await assert.rejects(poll(), /invalid_transaction_id/);
});

test('features B28, B44: a Credo wallet waits for a clerk, renews its token, picks the credential up, verifies and stores it', async (t) => {
  const agent = await createCredoWallet(new Uint8Array(await (await fetch(`${issuer}/trust-anchor.cer`)).arrayBuffer()));
  t.after(() => agent.shutdown());
  const { holder } = agent.openid4vc;
  const resolvedCredentialOffer = await holder.resolveCredentialOffer(offerLink());
  const scope = ['reviewed_identity'];
  const request = await holder.resolveOpenId4VciAuthorizationRequest(resolvedCredentialOffer, { clientId, redirectUri, scope });
  assert.ok('authorizationRequestUrl' in request);
  const { authorizationCode: code } = holder.parseAuthorizationCodeFromAuthorizationResponse({
    authorizationResponseRedirectUrl: (await signInAt(request.authorizationRequestUrl)).href,
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
  const bound = token.dpop ? { dpop: token.dpop } : {};
  const { credentials, deferredCredentials } = await holder.requestCredentials({
    resolvedCredentialOffer,
    accessToken: token.accessToken,
    clientId,
    ...bound,
    credentialBindingResolver: async () => {
      const key = await agent.kms.createKey({ type: { kty: 'EC', crv: 'P-256' } });
      return { method: 'jwk', keys: [Kms.PublicJwk.fromPublicJwk(key.publicJwk)] };
    },
  });
  const [deferred] = deferredCredentials;
  assert.ok(deferred && credentials.length === 0);
  const pickUp = (accessToken: string) =>
    holder.requestDeferredCredentials({ ...deferred, issuerMetadata: resolvedCredentialOffer.metadata, accessToken, ...bound });
  const waiting = await pickUp(token.accessToken);
  assert.deepEqual([waiting.credentials.length, waiting.deferredCredentials[0]?.transactionId], [0, deferred.transactionId]);
  await approveAll();
  const renewed = await holder.refreshToken({
    issuerMetadata: resolvedCredentialOffer.metadata,
    ...(token.authorizationServer ? { authorizationServer: token.authorizationServer } : {}),
    refreshToken: token.refreshToken ?? assert.fail('no refresh token'),
    clientId,
    ...bound,
  });
  const record = (await pickUp(renewed.accessToken)).credentials[0]?.record;
  assert.ok(record instanceof SdJwtVcRecord);
  const verified = await agent.sdJwtVc.verify({ compactSdJwtVc: record.firstCredential.compact, now: new Date() } as never);
  assert.equal(verified.isValid, true, JSON.stringify(verified));
});
