import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DidJwk, Kms, MdocRecord, SdJwtVcRecord, W3cCredentialRecord, W3cJwtVerifiableCredential } from '@credo-ts/core';
import type { OpenId4VciCredentialBindingResolver } from '@credo-ts/openid4vc';
import { Messenger } from '../../examples/walk/exchange.ts';
import { signIn } from '../../examples/walk/person.ts';
import { type Instance, startInstance, withoutWallet } from '../support/instance.ts';
import { verifyJwtVc } from '../support/judge-jwt-vc.ts';
import { personOf } from '../support/people.ts';
import { createCredoWallet } from './credo-agent.ts';

const clientId = 'walk';
const redirectUri = 'http://127.0.0.1:8099/callback';
const documents = {
  NationalIdentity: 'national_identity',
  ResidenceCertificate: 'residence_certificate',
  DrivingLicence: 'driving_licence',
};

let instance: Instance;
let issuer: string;
let agent: Awaited<ReturnType<typeof createCredoWallet>>;
let take: (configurationId: keyof typeof documents, bind: OpenId4VciCredentialBindingResolver) => Promise<unknown>;

/** One sign-in by code flow for both documents; each is then asked for by its configuration. */
async function openFlow(): Promise<typeof take> {
  const { holder } = agent.openid4vc;
  const offer = { credential_issuer: issuer, credential_configuration_ids: Object.keys(documents), grants: { authorization_code: {} } };
  const resolvedCredentialOffer = await holder.resolveCredentialOffer(
    `openid-credential-offer://?credential_offer=${encodeURIComponent(JSON.stringify(offer))}`,
  );
  const request = await holder.resolveOpenId4VciAuthorizationRequest(resolvedCredentialOffer, {
    clientId,
    redirectUri,
    scope: Object.values(documents),
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
  return async (configurationId, credentialBindingResolver) => {
    const { credentials } = await holder.requestCredentials({
      resolvedCredentialOffer,
      accessToken: token.accessToken,
      clientId,
      credentialConfigurationIds: [configurationId],
      ...(token.dpop ? { dpop: token.dpop } : {}),
      credentialBindingResolver,
    });
    return credentials[0]?.record;
  };
}

before(async () => {
  instance = await startInstance({ environment: withoutWallet });
  issuer = `${instance.url.origin}/issuers/civil-registry`;
  agent = await createCredoWallet(new Uint8Array(await (await fetch(`${issuer}/trust-anchor.cer`)).arrayBuffer()));
  take = await openFlow();
});
after(async () => {
  await agent?.shutdown();
  await instance?.stop();
});

const makeKey = () => agent.kms.createKey({ type: { kty: 'EC', crv: 'P-256' } });

test('features A04, A24, B44: a Credo wallet takes a credential by code flow, verifies its signature and binding, and stores it', async () => {
  const stored = await take('NationalIdentity', async () => {
    const key = await makeKey();
    return { method: 'jwk', keys: [Kms.PublicJwk.fromPublicJwk(key.publicJwk)] };
  });
  assert.ok(stored instanceof SdJwtVcRecord);
  const verified = await agent.sdJwtVc.verify({ compactSdJwtVc: stored.firstCredential.compact, now: new Date() } as never);
  assert.equal(verified.isValid, true, JSON.stringify(verified));
});

test('features B03, B47, standards V-72, JV-3: a Credo wallet takes a W3C credential as a JWT by its DID, verifies it over did:web and stores it', async () => {
  let did = '';
  const stored = await take('ResidenceCertificate', async () => {
    const { keyId } = await makeKey();
    const created = await agent.dids.create({ method: 'jwk', options: { keyId } });
    did = created.didState.did ?? '';
    return { method: 'did', didUrls: [DidJwk.fromDid(did).verificationMethodId] };
  });
  assert.ok(stored instanceof W3cCredentialRecord);
  const credential = stored.firstCredential;
  assert.ok(credential instanceof W3cJwtVerifiableCredential);
  assert.deepEqual(credential.credentialSubjectIds, [did]);
  assert.deepEqual(credential.type, ['VerifiableCredential', 'ResidenceCertificate']);
  const { credentialSubject } = await verifyJwtVc(credential.encoded, new URL(`${issuer}/trust-anchor.cer`));
  const { full_name: name, address } = credentialSubject as { full_name: string; address: { country: string } };
  assert.deepEqual([name, address.country], ['Amina Kareem', 'XO']);
});

test('features B27, B44: a Credo wallet asks for a batch of three, verifies and stores three copies of one identity', async () => {
  const stored = await take('NationalIdentity', async ({ issuerMaxBatchSize }) => {
    assert.ok(issuerMaxBatchSize >= 3);
    const keys = [await makeKey(), await makeKey(), await makeKey()];
    return { method: 'jwk', keys: keys.map(({ publicJwk }) => Kms.PublicJwk.fromPublicJwk(publicJwk)) };
  });
  assert.ok(stored instanceof SdJwtVcRecord);
  const copies = stored.credentialInstances.map(({ compactSdJwtVc }) => compactSdJwtVc);
  assert.deepEqual([copies.length, new Set(copies).size], [3, 3]);
  // Credo refuses a copy for a key it did not offer, and names the key of each.
  assert.equal(new Set(stored.credentialInstances.map(({ kmsKeyId }) => kmsKeyId)).size, 3);
});

test('features B27, B47: a Credo wallet takes a batch of three in a second format, each for a DID of its own', async () => {
  const dids: string[] = [];
  const stored = await take('ResidenceCertificate', async () => {
    for (let copy = 0; copy < 3; copy += 1) {
      const { keyId } = await makeKey();
      dids.push((await agent.dids.create({ method: 'jwk', options: { keyId } })).didState.did ?? '');
    }
    return { method: 'did', didUrls: dids.map((did) => DidJwk.fromDid(did).verificationMethodId) };
  });
  assert.ok(stored instanceof W3cCredentialRecord);
  const subjects = stored.credentialInstances.map(({ credential }) =>
    W3cJwtVerifiableCredential.fromSerializedJwt(String(credential)).credentialSubjectIds.join(),
  );
  assert.deepEqual(subjects, dids);
});

test('features A04, A24, B46, standards MD-12: a Credo wallet takes a driving licence as mdoc, verifies signature, chain, digests and key, and stores it', async () => {
  const record = await take('DrivingLicence', async () => {
    const key = await makeKey();
    return { method: 'jwk', keys: [Kms.PublicJwk.fromPublicJwk(key.publicJwk)] };
  });
  assert.ok(record instanceof MdocRecord);
  const { firstCredential: mdoc } = record;
  assert.deepEqual(await mdoc.verify(agent.context, {}), { isValid: true });
  assert.equal(mdoc.docType, 'org.iso.18013.5.1.mDL');
  const elements = mdoc.issuerSignedNamespaces['org.iso.18013.5.1'] as Record<string, unknown>;
  assert.deepEqual([elements.given_name, elements.document_number, elements.age_over_18], ['Amina', 'OR204517482', true]);
});
