import assert from 'node:assert/strict';
import { createPublicKey, type webcrypto, X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { W3cJwtVerifiableCredential, W3cV2JwtVerifiableCredential } from '@credo-ts/core';
import { verifyCredential } from 'did-jwt-vc';
import type { Order } from '../../src/formats/format.ts';
import { jwtVcJson } from '../../src/formats/jwt-vc-json/jwt-vc-json.ts';
import { didWebOf, keyDocuments } from '../../src/issuer/key-documents.ts';
import { createFileKeyStore } from '../../src/keys/file/file-key-store.ts';
import { type KeyStore, type PublicJwk, type SigningAlgorithm, signingAlgorithms } from '../../src/keys/keys.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { didJwkOf } from '../../src/oauth/holder-key.ts';
import { verifyCompact } from '../support/judge-jws.ts';
import { trustedLeaf } from '../support/judge-sd-jwt.ts';
import { createCredoWallet } from './credo-agent.ts';

const issuer = 'https://issuer.example/issuers/one';
const issuerDid = didWebOf(issuer);
let folder: string;
let keys: KeyStore;
let didDocument: { readonly verificationMethod: readonly { readonly id: string; readonly publicKeyJwk: PublicJwk }[] };
let holder: NonNullable<Order['holder']>;
let agent: Awaited<ReturnType<typeof createCredoWallet>>;
/** did:web as did-jwt-vc asks for it, over the document that the issuer would serve. */
const resolver = {
  resolve: async () => ({ didDocument, didDocumentMetadata: {}, didResolutionMetadata: {} }) as never,
};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-format-'));
  const issuers = { one: { commonName: 'Office', organisation: 'Office', country: 'XO', identifier: issuer } };
  keys = await createFileKeyStore({ folder, keyEncryptionKey: Buffer.alloc(32, 1), clock: systemClock, issuers });
  for (const algorithm of signingAlgorithms) await keys.signer('credential:one', algorithm);
  const config = { name: 'one', identifier: issuer } as Parameters<typeof keyDocuments>[0]['config'];
  const document = keyDocuments({ config, keys, keyNames: () => [], clock: systemClock }).find(({ path }) => path === '/did.json');
  didDocument = JSON.parse(Buffer.from((await document?.read()) ?? []).toString());
  const { kty, crv, x, y } = (await keys.signer('wallet-client')).publicJwk;
  const jwk = { kty, crv, x, y } as PublicJwk;
  holder = { jwk, did: didJwkOf(jwk) };
  agent = await createCredoWallet(await keys.trustAnchor('one'), { readDidDocument: async () => didDocument });
});
after(async () => {
  await agent.shutdown();
  await rm(folder, { recursive: true, force: true });
});

const claims: JsonObject = {
  full_name: 'நூர் "نور" 😀',
  address: { locality: 'Orsana', lines: ['One', 'Two'] },
  nothing: null,
  portrait: `data:image/png;base64,${'A'.repeat(40_000)}`,
};
const status = { uri: `${issuer}/status-lists/7`, index: 94_567 };

async function issue(profile: JsonObject, changes: Partial<Order> = {}): Promise<string> {
  const rules = Object.keys(claims).map((name) => ({ path: [name], mandatory: true, disclosure: 'always' as const, display: [] }));
  const read = jwtVcJson.read({ types: ['Card'], ...profile }, { issuer, version: 1, rules, display: [] });
  const signer = await keys.signer('credential:one', jwtVcJson.algorithm(read));
  const [issuedAt, expiresAt] = [new Date('2026-01-01T00:00:00Z'), new Date('2046-01-01T00:00:00Z')];
  return String(await jwtVcJson.compile(read)({ issuer, issuerDid, claims, holder, issuedAt, expiresAt, signer, ...changes }));
}

/** jose, with the key that the header's `kid` names in the DID document and with the one the certificate chain leads to. */
async function verifyByJose(credential: string): Promise<JsonObject> {
  const [head, body] = credential.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  const header = JSON.parse(head ?? '') as { kid: string; x5c?: string[] };
  const method = didDocument.verificationMethod.find(({ id }) => id === header.kid);
  assert.ok(method, `${header.kid} is not in the DID document`);
  await verifyCompact(credential, trustedLeaf(header, new X509Certificate(await keys.trustAnchor('one'))).publicKey);
  await verifyCompact(credential, createPublicKey({ key: method.publicKeyJwk as webcrypto.JsonWebKey, format: 'jwk' }));
  return JSON.parse(body ?? '') as JsonObject;
}

async function credoJudges(dataModel: string, credential: string): Promise<boolean> {
  if (dataModel === '2.0') {
    const { isValid } = await agent.w3cV2Credentials.verifyCredential({ credential: W3cV2JwtVerifiableCredential.fromCompact(credential) });
    return isValid;
  }
  const parsed = W3cJwtVerifiableCredential.fromSerializedJwt(credential);
  // Credo knows no status list for these; that it reads the entry is judged with the data model.
  return (await agent.w3cCredentials.verifyCredential({ credential: parsed, verifyCredentialStatus: false })).isValid;
}

/** The same credential with another payload under the old signature. */
function forged(credential: string, change: (payload: JsonObject) => JsonObject): string {
  const [head, body = '', signature] = credential.split('.');
  const payload = change(JSON.parse(Buffer.from(body, 'base64url').toString()) as JsonObject);
  return [head, Buffer.from(JSON.stringify(payload)).toString('base64url'), signature].join('.');
}

const algorithms: readonly SigningAlgorithm[] = ['ES256', 'EdDSA'];

for (const algorithm of algorithms)
  test(`features B47, standards JV-1, JV-3: Credo, did-jwt-vc and jose verify our VCDM 1.1 signed with ${algorithm}`, async () => {
    const credential = await issue({ dataModel: '1.1', algorithm, issuerName: 'Office', statusPurposes: ['revocation'] }, { status });
    assert.equal(await credoJudges('1.1', credential), true);
    const { vc, sub, iss } = (await verifyByJose(credential)) as JsonObject & { vc: JsonObject };
    assert.deepEqual([sub, iss], [holder.did, issuerDid]);
    assert.deepEqual(vc['credentialSubject'], { id: holder.did, ...claims });
    const { verifiableCredential: seen, issuer: seenIssuer } = await verifyCredential(credential, resolver);
    assert.equal(seenIssuer, issuerDid);
    assert.deepEqual(seen.credentialSubject, { id: holder.did, ...claims });
    assert.deepEqual(seen.type, ['VerifiableCredential', 'Card']);
    const { credentialStatus } = W3cJwtVerifiableCredential.fromSerializedJwt(credential);
    assert.equal(credentialStatus?.type, 'BitstringStatusListEntry');
    const other = forged(credential, (payload) => ({ ...payload, exp: 4_000_000_000 }));
    await assert.rejects(verifyCredential(other, resolver));
    await assert.rejects(verifyByJose(other));
  });

for (const algorithm of algorithms)
  test(`features B47, standards JV-2, JV-3, BSL-1: Credo and jose verify our VCDM 2.0 signed with ${algorithm}`, async () => {
    const credential = await issue({ dataModel: '2.0', algorithm, issuerName: 'Office' }, { status });
    assert.equal(await credoJudges('2.0', credential), true);
    const { resolvedCredential: seen } = W3cV2JwtVerifiableCredential.fromCompact(credential);
    assert.deepEqual([seen.issuerId, seen.credentialSubjectIds], [issuerDid, [holder.did]]);
    const entries = [seen.credentialStatus ?? []].flat();
    assert.deepEqual(
      entries.map(({ type }) => type),
      ['BitstringStatusListEntry', 'BitstringStatusListEntry'],
    );
    const payload = await verifyByJose(credential);
    assert.deepEqual(payload['credentialSubject'], { id: holder.did, ...claims });
    assert.deepEqual(payload['cnf'], { kid: `${holder.did}#0` });
    const other = forged(credential, (body) => ({ ...body, validUntil: '2096-01-01T00:00:00Z' }));
    assert.equal(await credoJudges('2.0', other), false);
    await assert.rejects(verifyByJose(other));
  });

for (const algorithm of signingAlgorithms)
  for (const dataModel of ['1.1', '2.0'])
    test(`features B48, standards JV-1, JV-2: a foreign library verifies our VCDM ${dataModel} signed with ${algorithm}, which the metadata names`, async () => {
      const profile = jwtVcJson.read({ dataModel, types: ['Card'], algorithm }, { issuer, version: 1, rules: [], display: [] });
      assert.deepEqual(jwtVcJson.metadata(profile).credential_signing_alg_values_supported, [algorithm]);
      const credential = await issue({ dataModel, algorithm });
      assert.equal(JSON.parse(Buffer.from(credential.split('.')[0] ?? '', 'base64url').toString()).alg, algorithm);
      await verifyByJose(credential);
      await assert.rejects(verifyByJose(forged(credential, (body) => ({ ...body, id: 'urn:other' }))));
      // did-jwt knows these by did:web, and none of the others.
      if (dataModel === '1.1' && ['ES256', 'ES256K', 'EdDSA'].includes(algorithm)) await verifyCredential(credential, resolver);
    });

test('features B53: a type saved once gives equal values in both data models', async () => {
  const [older, newer] = [await verifyByJose(await issue({ dataModel: '1.1' })), await verifyByJose(await issue({ dataModel: '2.0' }))];
  assert.deepEqual((older['vc'] as JsonObject)['credentialSubject'], newer['credentialSubject']);
});
