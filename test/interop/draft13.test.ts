import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setGlobalConfig } from '@openid4vc/oauth2';
import { Openid4vciClient } from '@openid4vc/openid4vci';
import { type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import {
  OpenID4VCIClientV1_0_13,
  ProofOfPossessionBuilder,
  CredentialRequestClientBuilderV1_0_13 as RequestBuilder,
} from 'sphereon-oid4vci-draft13';
import { makeKey } from '../../examples/walk/holder.ts';
import { injiLdpRequest, injiMdocRequest, mimotoFaults, mimotoKey, mimotoProof, mimotoRequest } from '../support/inji.ts';
import { type Instance, startInstance, withoutWallet } from '../support/instance.ts';
import { documentLoader, verifyDataIntegrity } from '../support/judge-data-integrity.ts';
import { verifySdJwtVc } from '../support/judge-sd-jwt.ts';
import { demoWithPreAuthorizedCodes, makeOffer } from '../support/offers.ts';
import { callbacksOf, makeKey as makeForeignKey } from './openid4vc-callbacks.ts';

setGlobalConfig({ allowInsecureUrls: true });

const farmerType = join(tmpdir(), `chancery-farmer-${process.pid}.json`);
let config: Awaited<ReturnType<typeof demoWithPreAuthorizedCodes>>;
let instance: Instance;

/** The demo's farmer card as Inji Certify's own example has it: VCDM 1.1 with an embedded proof. */
async function writeFarmerType(): Promise<void> {
  const card = JSON.parse(await readFile(new URL('../../examples/demo/types/farmer-card.json', import.meta.url), 'utf8'));
  const { status: _, claims, mapping, ...others } = card;
  const names = ['full_name', 'birthdate', 'farmer_number'];
  const kept = {
    ...others,
    id: 'FarmerCredential',
    scope: 'farmer_credential',
    format: 'ldp_vc',
    claims: claims.filter(({ path }: { path: string[] }) => names.includes(path[0] ?? '')),
    mapping: Object.fromEntries(names.map((name) => [name, mapping[name]])),
  };
  const terms = Object.fromEntries(names.map((name) => [name, `https://orsana.example/terms#${name}`]));
  const context = { FarmerCredential: 'https://orsana.example/terms#FarmerCredential', ...terms };
  const profile = {
    dataModel: '1.1',
    suite: 'Ed25519Signature2020',
    types: ['FarmerCredential'],
    contexts: [{ name: 'farmer', '@context': context }],
  };
  await writeFile(farmerType, JSON.stringify({ ...kept, profile }));
}

before(async () => {
  await writeFarmerType();
  config = await demoWithPreAuthorizedCodes({
    anonymous: true,
    configurations: ['FarmerCredential'],
    change: ({ issuers }) => {
      issuers['civil-registry']?.types.push(farmerType);
      Object.assign(issuers['civil-registry'] ?? {}, { compatibility: 'draft13' });
    },
  });
  instance = await startInstance({ environment: { ...withoutWallet, CHANCERY_CONFIG: config.file } });
});
after(async () => {
  await instance?.stop();
  await config?.remove();
  await rm(farmerType, { force: true });
});

const issuer = () => `${instance.url.origin}/issuers/civil-registry`;
const anchor = () => new URL(`${issuer()}/trust-anchor.cer`);
type Members = Record<string, unknown>;
type Metadata = Members & { credential_configurations_supported: Record<string, Members & { format: string }> };

async function read(address: string): Promise<Metadata> {
  const answer = await fetch(address);
  assert.equal(answer.status, 200, address);
  return (await answer.json()) as Metadata;
}
const inserted = () => new URL('/.well-known/openid-credential-issuer/issuers/civil-registry', instance.url).href;
const appended = () => `${issuer()}/.well-known/openid-credential-issuer`;

/** A Bearer token by pre-authorized code, as a client without DPoP gets it. */
async function tokenFor(configurationId: string): Promise<string> {
  const order = { credential_issuer: issuer(), credential_configuration_ids: [configurationId], individual_id: '4022802715' };
  const { code, txCode } = await makeOffer(instance, order);
  const form = { grant_type: 'urn:ietf:params:oauth:grant-type:pre-authorized_code', 'pre-authorized_code': code, client_id: 'walk' };
  const answer = await fetch(new URL('/authorization/token', instance.url), {
    method: 'POST',
    body: new URLSearchParams({ ...form, ...(txCode ? { tx_code: txCode } : {}) }),
  });
  const token = (await answer.json()) as Members;
  assert.equal(token.token_type, 'Bearer', JSON.stringify(token));
  return String(token.access_token);
}

async function ask(token: string, body: unknown): Promise<{ status: number; body: Members }> {
  const answer = await fetch(`${issuer()}/credential`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  });
  return { status: answer.status, body: (await answer.json()) as Members };
}

test('features B02, standards D-7, D-8, D-13, X-5: each draft at its address, by its version, and nothing of one in the other', async () => {
  const older = await read(appended());
  assert.deepEqual(mimotoFaults(older), []);
  const aliases = [`${issuer()}/issuance/.well-known/openid-credential-issuer?version=latest`, `${inserted()}?version=vd13`];
  for (const address of [...aliases, `${appended()}?version=draft13`, `${appended()}?version=`])
    assert.deepEqual(await read(address), older);
  const newest = await read(inserted());
  assert.deepEqual(await read(`${appended()}?version=1.0`), newest);
  assert.equal((await fetch(`${inserted()}?version=vd11`)).status, 400);
  assert.deepEqual([older.credential_issuer, older.credential_endpoint], [issuer(), `${issuer()}/credential`]);
  assert.equal(older.batch_credential_issuance, undefined);
  const { NationalIdentity: identity, DrivingLicence: licence, FarmerCredential: farmer } = older.credential_configurations_supported;
  assert.ok(identity && licence && farmer);
  assert.deepEqual([identity.format, newest.credential_configurations_supported.NationalIdentity?.format], ['vc+sd-jwt', 'dc+sd-jwt']);
  assert.equal((identity.order as string[])[0], 'full_name');
  assert.deepEqual(licence.credential_signing_alg_values_supported, ['ES256']);
  const [space = '', elements = {}] = Object.entries(licence.claims as Record<string, object>)[0] ?? [];
  assert.equal((licence.order as string[])[0], `${space}~${Object.keys(elements)[0]}`);
  assert.ok((farmer.credential_definition as Members).credentialSubject);
  for (const configuration of Object.values(newest.credential_configurations_supported)) {
    assert.deepEqual(
      ['display', 'claims', 'order'].filter((name) => name in configuration),
      [],
    );
    assert.equal((configuration.credential_definition as Members | undefined)?.credentialSubject, undefined);
  }
  const university = `${instance.url.origin}/issuers/university/.well-known/openid-credential-issuer`;
  assert.deepEqual(mimotoFaults(await read(`${university}?version=vd13`)).length > 0, true, 'the switch is one issuer’s alone');
  assert.equal((await fetch(university.replace('/.well', '/issuance/.well'))).status, 404);
});

test('features B06, standards D-2, D-4, D-5: the draft-13 client of Sphereon redeems an offer, is given a nonce by an error, and takes its credential', async () => {
  const order = { credential_issuer: issuer(), credential_configuration_ids: ['NationalIdentity'], individual_id: '4022802715' };
  const { link, txCode } = await makeOffer(instance, order);
  const client = await OpenID4VCIClientV1_0_13.fromURI({ uri: link, clientId: 'walk', retrieveServerMetadata: true });
  const accessToken = await client.acquireAccessToken(txCode ? { pin: txCode } : {});
  const { vct, format } = client.getCredentialsSupported().NationalIdentity as unknown as { vct: string; format: 'vc+sd-jwt' };
  const key = await makeKey();
  const request = RequestBuilder.fromCredentialIssuer({ credentialIssuer: issuer(), credentialTypes: [vct] })
    .withCredentialEndpoint(client.getCredentialEndpoint())
    .withToken(accessToken.access_token)
    .build();
  const send = (nonce?: string) => {
    const proof = ProofOfPossessionBuilder.manual({
      callbacks: {
        signCallback: ({ header, payload }) =>
          new SignJWT(payload as JWTPayload).setProtectedHeader(header as JWTHeaderParameters).sign(key.privateKey),
      },
      version: client.version(),
      mode: 'pop',
    })
      .withIssuer(issuer())
      .withAlg('ES256')
      .withClientId('walk')
      .withJWK(key.publicJwk as never);
    return request.acquireCredentialsUsingProof({ proofInput: nonce ? proof.withAccessTokenNonce(nonce) : proof, format });
  };
  const refused = await send();
  const { error, c_nonce: nonce } = refused.errorBody as unknown as { error: string; c_nonce: string };
  assert.equal(error, 'invalid_proof');
  const { successBody, errorBody } = await send(nonce);
  assert.ok(successBody, JSON.stringify(errorBody));
  const credential = String(successBody?.credential);
  assert.equal(JSON.parse(Buffer.from(credential.split('.')[0] ?? '', 'base64url').toString()).typ, 'vc+sd-jwt');
  const claims = await verifySdJwtVc(credential, anchor());
  assert.equal((claims.cnf as { jwk: { x: string } }).jwk.x, key.publicJwk.x);
  assert.ok(successBody?.c_nonce && successBody.c_nonce !== nonce);
});

test('features B06, standards D-1, D-6, D-11: requests as Mimoto and Inji’s library write them are answered, each with its credential', async () => {
  const { credential_configurations_supported: configurations } = await read(appended());
  const { NationalIdentity: identity, FarmerCredential: farmer, DrivingLicence: licence } = configurations;
  assert.ok(identity && farmer && licence);
  const { type } = farmer.credential_definition as Members;
  for (const [id, alg, request] of [
    ['NationalIdentity', 'Ed25519', (proof: object) => mimotoRequest(identity, proof)],
    ['FarmerCredential', 'ES256', (proof: object) => mimotoRequest(farmer, proof)],
    ['FarmerCredential', 'Ed25519', (proof: object) => injiLdpRequest(type, proof)],
    ['DrivingLicence', 'ES256', (proof: object) => injiMdocRequest(licence, proof)],
  ] as const) {
    const [token, key] = [await tokenFor(id), mimotoKey(alg)];
    const proofWith = (nonce?: unknown) => mimotoProof(key, { issuer: issuer(), clientId: 'walk', nonce: nonce as string | undefined });
    const first = await ask(token, request(proofWith()));
    assert.deepEqual([first.status, first.body.error, first.body.c_nonce_expires_in], [400, 'invalid_proof', 300], id);
    const body = request(proofWith(first.body.c_nonce));
    const second = await ask(token, body);
    assert.equal(second.status, 200, JSON.stringify(second.body));
    assert.equal(second.body.credentials, undefined);
    const { credential } = second.body;
    assert.deepEqual((await ask(token, body)).body.credential, credential, 'a retry gets the same credential');
    if (id === 'FarmerCredential') await verifyFarmer(credential as object);
    else assert.equal(typeof credential, 'string');
    const spent = await ask(await tokenFor(id), body);
    assert.deepEqual([spent.body.error, typeof spent.body.c_nonce], ['invalid_proof', 'string'], 'a used nonce');
  }
  const others = await ask(
    await tokenFor('DrivingLicence'),
    mimotoRequest(identity, mimotoProof(mimotoKey('ES256'), { issuer: issuer(), clientId: 'walk' })),
  );
  assert.deepEqual([others.status, others.body.error], [403, 'insufficient_scope']);
});

async function verifyFarmer(credential: object): Promise<void> {
  const [, own = ''] = (credential as { '@context': string[] })['@context'];
  const loader = documentLoader((await read(`${issuer()}/did.json`)) as never, new Map([[own, (await read(own)) as never]]));
  await verifyDataIntegrity(credential as never, 'Ed25519Signature2020', loader);
}

test('features B02, B06: the library @openid4vc/openid4vci reads the older metadata and takes a credential by them', async () => {
  // It looks at the address of 1.0 first; here it finds nothing there, as with an issuer of the time.
  const onlyAppended = ((input: string, init?: RequestInit) =>
    String(input) === inserted() ? Promise.resolve(new Response('', { status: 404 })) : fetch(input, init)) as typeof fetch;
  const client = new Openid4vciClient({ callbacks: { ...callbacksOf('walk'), fetch: onlyAppended } });
  const issuerMetadata = await client.resolveIssuerMetadata(issuer());
  const identity = issuerMetadata.credentialIssuer.credential_configurations_supported.NationalIdentity as unknown as { vct: string };
  const accessToken = await tokenFor('NationalIdentity');
  const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata });
  const { jwt } = await client.createCredentialRequestJwtProof({
    issuerMetadata,
    credentialConfigurationId: 'NationalIdentity',
    nonce,
    clientId: 'walk',
    signer: { method: 'jwk', alg: 'ES256', publicJwk: await makeForeignKey() },
  });
  const answer = await client.retrieveCredentials({
    issuerMetadata,
    credentialConfigurationId: 'NationalIdentity',
    accessToken,
    proof: { proof_type: 'jwt', jwt },
  });
  assert.ok(answer.credentialResponse.credential, identity.vct);
  await verifySdJwtVc(String(answer.credentialResponse.credential), anchor());
});
