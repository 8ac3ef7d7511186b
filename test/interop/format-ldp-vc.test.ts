import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { JsonTransformer, W3cJsonLdVerifiableCredential } from '@credo-ts/core';
import type { IssuerConfig } from '../../src/config-schema.ts';
import type { Order, TypeContext } from '../../src/formats/format.ts';
import { ldpVc } from '../../src/formats/ldp-vc/ldp-vc.ts';
import { didWebOf, keyDocuments } from '../../src/issuer/key-documents.ts';
import { createFileKeyStore } from '../../src/keys/file/file-key-store.ts';
import type { KeyStore } from '../../src/keys/keys.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { didJwkOf } from '../../src/oauth/holder-key.ts';
import { documentLoader, type SuiteName, suiteKeys, verifyDataIntegrity } from '../support/judge-data-integrity.ts';
import { createCredoWallet } from './credo-agent.ts';

const identifier = 'https://issuer.example/issuers/one';
const issuerDid = didWebOf(identifier);
const terms = {
  '@protected': true,
  FarmerCredential: 'https://issuer.example/terms#FarmerCredential',
  full_name: { '@id': 'https://issuer.example/terms#fullName', '@language': 'en' },
  birthdate: { '@id': 'https://issuer.example/terms#birthdate', '@type': 'http://www.w3.org/2001/XMLSchema#date' },
  holding: {
    '@id': 'https://issuer.example/terms#holding',
    '@context': {
      hectares: 'https://issuer.example/terms#hectares',
      parcels: 'https://issuer.example/terms#parcels',
      irrigated: 'https://issuer.example/terms#irrigated',
    },
  },
  crops: 'https://issuer.example/terms#crops',
};
const claims: JsonObject = {
  full_name: 'நூர் "Noor" 😀\u0007',
  birthdate: '1988-03-27',
  holding: { hectares: 12.5, parcels: 3, irrigated: true },
  crops: ['rice', 'millet'],
};
const mapping = { full_name: { $claim: 'n' }, birthdate: { $claim: 'b' }, holding: { $claim: 'h' }, crops: { $claim: 'c' } };
const type: TypeContext = {
  issuer: identifier,
  version: 1,
  display: [],
  rules: [['full_name'], ['holding', 'hectares'], ['crops', null]].map((path) => ({
    path,
    mandatory: false,
    disclosure: 'always',
    display: [],
  })),
};

let folder = '';
let keys: KeyStore;
let didDocument: JsonObject;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-ldp-'));
  const issuers = { one: { commonName: 'Office', organisation: 'Office', country: 'XO', identifier } };
  keys = await createFileKeyStore({ folder, keyEncryptionKey: Buffer.alloc(32, 1), clock: systemClock, issuers });
  for (const algorithm of ['EdDSA', 'ES384'] as const) await keys.signer('credential:one', algorithm);
  const documents = keyDocuments({ config: { name: 'one', identifier } as IssuerConfig, keys, keyNames: () => [], clock: systemClock });
  const did = documents.find(({ path }) => path === '/did.json') ?? assert.fail();
  didDocument = JSON.parse(Buffer.from(await did.read()).toString()) as JsonObject;
});
after(() => rm(folder, { recursive: true, force: true }));

async function setUp(dataModel: string, suite: SuiteName, more: JsonObject = {}) {
  const raw = { ...more, dataModel, suite, types: ['FarmerCredential'], contexts: [{ name: 'farmer', '@context': terms }] };
  const profile = ldpVc.read(raw, type);
  await ldpVc.check?.(profile, { mapping, rules: type.rules });
  const own = ldpVc
    .documents(profile)
    .map(({ path, body }) => [identifier + path, JSON.parse(Buffer.from(body).toString()) as JsonObject] as const);
  const signer = await keys.signer('credential:one', ldpVc.algorithm(profile));
  const { kty, crv, x, y } = (await keys.signer('wallet-client')).publicJwk;
  const jwk = { kty, crv, x, ...(y ? { y } : {}) };
  const order: Order = {
    issuer: identifier,
    issuerDid,
    claims,
    holder: { jwk, did: didJwkOf(jwk) },
    issuedAt: new Date('2026-01-01T00:00:00Z'),
    expiresAt: new Date('2046-01-01T00:00:00Z'),
    status: { uri: `${identifier}/status/1`, index: 94_567 },
    signer,
  };
  return { profile, order, issue: ldpVc.compile(profile), loader: documentLoader(didDocument, new Map(own)) };
}

for (const dataModel of ['2.0', '1.1'])
  for (const [suite, algorithm] of suiteKeys)
    test(`features B39, B40, B48, quality R39, standards DI-7: @digitalbazaar/vc verifies ours, VCDM ${dataModel} with ${suite} by ${algorithm}, and notices any change`, async () => {
      const { profile, order, issue, loader } = await setUp(dataModel, suite, { algorithm });
      assert.deepEqual(ldpVc.metadata(profile).credential_signing_alg_values_supported, [suite]);
      assert.equal(order.signer.algorithm, algorithm);
      // The second and third are made by the compiled path.
      for (const holder of [order.holder, order.holder, undefined]) {
        const { holder: _, ...unbound } = order;
        const credential = (await issue(holder ? { ...unbound, holder } : unbound)) as JsonObject;
        await verifyDataIntegrity(credential, suite, loader);
        const subject = credential.credentialSubject as JsonObject;
        const changed = { ...credential, credentialSubject: { ...subject, full_name: 'Somebody' } };
        await assert.rejects(verifyDataIntegrity(changed, suite, loader), /not verified/);
        const later = { ...credential, [dataModel === '2.0' ? 'validUntil' : 'expirationDate']: '2050-01-01T00:00:00Z' };
        await assert.rejects(verifyDataIntegrity(later, suite, loader), /not verified/);
      }
    });

test('features B39, B41, standards DI-9: Credo verifies ours, VCDM 1.1 with Ed25519Signature2020, and notices a change', async () => {
  const { issue, order, loader } = await setUp('1.1', 'Ed25519Signature2020', { statusPurposes: ['revocation'] });
  const agent = await createCredoWallet(await keys.trustAnchor('one'), { loader: loader as never });
  // Credo's canonicalisation is that of 2017, which leaves control characters as they are.
  const plain = { ...claims, full_name: 'நூர் "Noor" 😀' };
  const credential = (await issue({ ...order, claims: plain })) as JsonObject;
  const judged = async (document: JsonObject) =>
    agent.w3cCredentials.verifyCredential({
      credential: JsonTransformer.fromJSON(document, W3cJsonLdVerifiableCredential),
      verifyCredentialStatus: false,
    });
  const { isValid, error } = await judged(credential);
  assert.ok(isValid, [error, ...((error as { errors?: Error[] })?.errors ?? [])].map(String).join('; '));
  const subject = { ...(credential.credentialSubject as JsonObject), crops: ['rice'] };
  assert.equal((await judged({ ...credential, credentialSubject: subject })).isValid, false);
  await agent.shutdown();
});
