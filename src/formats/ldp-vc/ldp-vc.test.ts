import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../lib/json.ts';
import { ClaimFault, type Order, ProfileFault, type TypeContext } from '../format.ts';
import { ldpVc } from './ldp-vc.ts';

const type: TypeContext = {
  issuer: 'https://issuer.example/one',
  version: 3,
  display: [],
  rules: [{ path: ['name'], mandatory: true, disclosure: 'always', display: [] }],
};
const terms = { '@protected': true, Card: 'https://issuer.example/terms#Card', label: 'https://issuer.example/terms#label' };
const raw = { dataModel: '2.0', suite: 'eddsa-rdfc-2022', types: ['Card'], contexts: [{ name: 'card', '@context': terms }] };
const read = (change: JsonObject = {}) => ldpVc.read({ ...raw, ...change }, type);
const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } as const;
const signer = (keyId = 'one'): Order['signer'] => ({
  algorithm: 'EdDSA',
  keyId,
  publicJwk: jwk,
  certificates: [],
  sign: async (data) => Buffer.alloc(64, data[0]),
});
const order: Order = {
  issuer: type.issuer,
  issuerDid: 'did:web:issuer.example:one',
  claims: { label: 'a' },
  holder: { jwk, did: 'did:example:holder' },
  issuedAt: new Date('2026-11-22T00:00:00Z'),
  expiresAt: new Date('2027-11-22T00:00:00Z'),
  status: { uri: 'https://issuer.example/one/status/7', index: 94_567 },
  signer: signer(),
};
const issue = async (change: JsonObject = {}, more: Partial<Order> = {}) =>
  (await ldpVc.compile(read(change))({ ...order, ...more })) as JsonObject & { readonly proof: JsonObject };
const own = 'https://issuer.example/one/contexts/card/v3';

test('standards LD-1, LD-2, LD-3, LD-6, V-72: a credential of VCDM 2.0 is an object with everything the model asks for', async () => {
  const { id, proof: _, credentialStatus: __, ...rest } = await issue();
  assert.deepEqual(rest, {
    '@context': ['https://www.w3.org/ns/credentials/v2', own],
    type: ['VerifiableCredential', 'Card'],
    issuer: 'did:web:issuer.example:one',
    validFrom: '2026-11-22T00:00:00Z',
    validUntil: '2027-11-22T00:00:00Z',
    credentialSubject: { id: 'did:example:holder', label: 'a' },
  });
  assert.match(String(id), /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual((await issue()).id, id, 'no two copies share it');
});

test('standards LD-1, LD-7: VCDM 1.1 has its own times, and contexts for the proof and for the status it does not know', async () => {
  const { '@context': contexts, issuanceDate, expirationDate, validFrom } = await issue({ dataModel: '1.1' });
  const base = 'https://www.w3.org/2018/credentials/v1';
  const integrity = 'https://w3id.org/security/data-integrity/v2';
  assert.deepEqual(contexts, [base, own, integrity, 'https://www.w3.org/ns/credentials/status/v1']);
  assert.deepEqual([issuanceDate, expirationDate, validFrom], ['2026-11-22T00:00:00Z', '2027-11-22T00:00:00Z', undefined]);
  const { status: _, ...without } = order;
  const bare = (await ldpVc.compile(read({ dataModel: '1.1' }))(without)) as JsonObject;
  assert.deepEqual([bare['@context'], bare.credentialStatus], [[base, own, integrity], undefined]);
  const suite2020 = 'https://w3id.org/security/suites/ed25519-2020/v1';
  for (const [dataModel, first] of [
    ['2.0', 'https://www.w3.org/ns/credentials/v2'],
    ['1.1', base],
  ] as const)
    assert.deepEqual(ldpVc.metadata(read({ dataModel, suite: 'Ed25519Signature2020' })).credential_definition, {
      '@context': [first, own, suite2020],
      type: ['VerifiableCredential', 'Card'],
    });
});

test('standards BSL-1, LD-4: one entry of a Bitstring Status List for each purpose, its index a text, its name not that of the list', async () => {
  const entry = (purpose: string) => ({
    id: `https://issuer.example/one/status/7/eddsa-rdfc-2022/${purpose}#94567`,
    type: 'BitstringStatusListEntry',
    statusPurpose: purpose,
    statusListIndex: '94567',
    statusListCredential: `https://issuer.example/one/status/7/eddsa-rdfc-2022/${purpose}`,
  });
  assert.deepEqual((await issue()).credentialStatus, [entry('revocation'), entry('suspension')]);
  assert.deepEqual((await issue({ statusPurposes: ['revocation'] })).credentialStatus, entry('revocation'));
});

test('standards DI-1, DI-6, DI-9: the proof names suite, purpose, time and key; a jcs proof its contexts, one of 2020 no suite', async () => {
  const { proofValue, ...proof } = (await issue()).proof;
  const common = { created: '2026-11-22T00:00:00Z', proofPurpose: 'assertionMethod' };
  const multikey = 'did:web:issuer.example:one#z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw';
  const integrity = { type: 'DataIntegrityProof', verificationMethod: multikey };
  assert.deepEqual(proof, { ...common, ...integrity, cryptosuite: 'eddsa-rdfc-2022' });
  assert.match(String(proofValue), /^z[1-9A-HJ-NP-Za-km-z]{80,90}$/);
  const { proofValue: _, ...jcs } = (await issue({ suite: 'eddsa-jcs-2022' })).proof;
  const contexts = ['https://www.w3.org/ns/credentials/v2', own];
  assert.deepEqual(jcs, { ...common, ...integrity, cryptosuite: 'eddsa-jcs-2022', '@context': contexts });
  const { proofValue: __, ...old } = (await issue({ suite: 'Ed25519Signature2020' })).proof;
  const key2020 = 'did:web:issuer.example:one#ed25519-2020-one';
  assert.deepEqual(old, { ...common, type: 'Ed25519Signature2020', verificationMethod: key2020 });
});

test('performance L-12: what is remembered of a proof is of its key and its day', async () => {
  const compiled = ldpVc.compile(read({ suite: 'Ed25519Signature2020' }));
  const proofs = [];
  const next = signer('two');
  for (const more of [{}, {}, { signer: next }, { signer: next, issuedAt: new Date('2026-11-23') }])
    proofs.push(((await compiled({ ...order, ...more })) as { proof: JsonObject }).proof);
  assert.deepEqual(
    proofs.map(({ verificationMethod, created }) => [String(verificationMethod).split('-').at(-1), String(created).slice(8, 10)]),
    [
      ['one', '22'],
      ['one', '22'],
      ['two', '22'],
      ['two', '23'],
    ],
  );
});

test('standards V-73, features B50: the metadata names types, contexts and suite, and the context of the type is served', () => {
  const profile = read();
  assert.deepEqual(ldpVc.metadata(profile), {
    format: 'ldp_vc',
    credential_definition: { '@context': ['https://www.w3.org/ns/credentials/v2', own], type: ['VerifiableCredential', 'Card'] },
    credential_signing_alg_values_supported: ['eddsa-rdfc-2022'],
  });
  const [document] = ldpVc.documents(profile);
  assert.equal(type.issuer + String(document?.path), own);
  assert.deepEqual(JSON.parse(Buffer.from(document?.body ?? []).toString()), { '@context': terms });
  assert.deepEqual(ldpVc.claimPath(profile, ['label', null]), ['credentialSubject', 'label', null]);
  assert.deepEqual([ldpVc.algorithm(profile), ldpVc.algorithm(read({ suite: 'ecdsa-rdfc-2019' }))], ['EdDSA', 'ES256']);
});

test('standards LD-6: neither type nor registry can name the subject', async () => {
  for (const path of [['id'], ['@id'], ['deep', '@context'], ['text:x']])
    assert.throws(
      () => ldpVc.read(raw, { ...type, rules: [{ path, mandatory: true, disclosure: 'always', display: [] }] }),
      (fault: unknown) => fault instanceof ProfileFault && fault.pointer === '/claims/0/path',
    );
  await assert.rejects(issue({}, { claims: { id: 'did:example:other', label: 'a' } }), ClaimFault);
  for (const statusPurposes of [[], ['message'], ['revocation', 'revocation'], 'revocation'])
    assert.throws(() => read({ statusPurposes }), /\/profile\/statusPurposes/);
});

test('features B39: null is left out, at every depth, because no signature over RDF would cover it', async () => {
  const { credentialSubject } = await issue({ suite: 'eddsa-jcs-2022' }, { claims: { label: ['a', null], other: null } });
  assert.deepEqual(credentialSubject, { id: 'did:example:holder', label: ['a'] });
});
