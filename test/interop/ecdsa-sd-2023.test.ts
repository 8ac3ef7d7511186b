import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, sign, verify, type webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ClaimFault, type ClaimPath, type ClaimRule, type Order, ProfileFault } from '../../src/formats/format.ts';
import { JsonLd } from '../../src/formats/ldp-vc/json-ld.ts';
import { ldpVc } from '../../src/formats/ldp-vc/ldp-vc.ts';
import { createProofs } from '../../src/formats/ldp-vc/proof.ts';
import { secureSelectively, signedData } from '../../src/formats/ldp-vc/selective/base-proof.ts';
import { deriveSelection, verifyDerived } from '../../src/formats/ldp-vc/selective/derived-proof.ts';
import { PointerFault } from '../../src/formats/ldp-vc/selective/pointers.ts';
import {
  ProofValueFault,
  readBaseProof,
  readDerivedProof,
  writeBaseProof,
  writeDerivedProof,
} from '../../src/formats/ldp-vc/selective/proof-value.ts';
import { suites } from '../../src/formats/ldp-vc/suites.ts';
import type { PublicJwk } from '../../src/keys/keys.ts';
import type { Json, JsonObject } from '../../src/lib/json.ts';
import { didJwkOf } from '../../src/oauth/holder-key.ts';
import { multikeyBytes, multikeyOf, readMultikey } from '../../src/oauth/multikey.ts';
import { documentLoader } from '../support/judge-data-integrity.ts';
import { deriveByDigitalBazaar, issueByDigitalBazaar, verifyByDigitalBazaar } from '../support/judge-selective.ts';

interface Vector {
  readonly name: string;
  readonly mandatoryPointers: readonly string[];
  readonly selectivePointers: readonly string[];
  readonly mandatory: readonly string[];
  readonly nonMandatory: readonly string[];
  readonly proofHash: string;
  readonly mandatoryHash: string;
  readonly signed: JsonObject & { readonly proof: JsonObject };
  readonly revealed: JsonObject & { readonly proof: JsonObject };
}
type KeyPair = Readonly<Record<'publicKeyMultibase' | 'secretKeyMultibase', string>>;
const read = async (name: string) => JSON.parse(await readFile(new URL(`vectors/${name}.json`, import.meta.url), 'utf8')) as JsonObject;
const { keys, vectors } = (await read('ecdsa-sd-2023')) as unknown as {
  readonly keys: { readonly baseKeyPair: KeyPair; readonly proofKeyPair: KeyPair; readonly hmacKeyString: string };
  readonly vectors: readonly Vector[];
};
const published = new JsonLd(new Map(Object.entries((await read('data-integrity')).contexts as Record<string, JsonObject>)));
const suite = suites.find(({ selective }) => selective) ?? assert.fail();

const asKey = (jwk: PublicJwk | undefined) => createPublicKey({ key: (jwk ?? assert.fail()) as webcrypto.JsonWebKey, format: 'jwk' });
const keyOf = ({ publicKeyMultibase }: KeyPair) => asKey(readMultikey(publicKeyMultibase));
const bytes = (hex: string) => Buffer.from(hex, 'hex');
const options = { dsaEncoding: 'ieee-p1363' } as const;

for (const { name, signed, revealed, ...vector } of vectors)
  test(`features B43, standards DI-5: the published vector of ecdsa-sd-2023 (${name}), byte for byte`, async () => {
    const { proof, ...document } = signed;
    const issued = readBaseProof(proof.proofValue);
    assert.equal(writeBaseProof(issued), proof.proofValue);
    assert.deepEqual(Buffer.from(issued.hmacKey), bytes(keys.hmacKeyString));
    const [publicKey, proofKey] = [keyOf(keys.baseKeyPair), keyOf(keys.proofKeyPair)];
    const { proofValue: _, ...unsigned } = proof;
    const statements: string[] = [];
    // A signature has chance in it: ours are the published ones, for exactly what they sign.
    const secrets = {
      hmacKey: bytes(keys.hmacKeyString),
      publicKey: multikeyBytes(proofKey.export({ format: 'jwk' }) as PublicJwk),
      sign: (statement: string) => issued.signatures[statements.push(statement) - 1] ?? assert.fail(),
    };
    const signer = {
      algorithm: 'ES256' as const,
      keyId: 'vector',
      publicJwk: publicKey.export({ format: 'jwk' }) as PublicJwk,
      certificates: [],
      async sign(data: Uint8Array) {
        assert.equal(Buffer.from(data.subarray(0, 32)).toString('hex'), vector.proofHash);
        assert.equal(Buffer.from(data.subarray(-32)).toString('hex'), vector.mandatoryHash);
        assert.deepEqual(data, signedData(bytes(vector.proofHash), secrets.publicKey, vector.mandatory));
        assert.ok(verify('sha256', data, { key: publicKey, ...options }, issued.baseSignature));
        return issued.baseSignature;
      },
    };
    const order = { issuer: '', issuerDid: String(proof.verificationMethod).split('#')[0] ?? '', claims: {}, signer };
    const made = await createProofs(suite, published)(
      { ...order, issuedAt: new Date(String(proof.created)) },
      document['@context'] as readonly string[],
    );
    assert.deepEqual(made.proof, unsigned);
    const { mandatoryPointers } = vector;
    assert.deepEqual(await secureSelectively(published, { document, mandatoryPointers, options: made, signer }, secrets), signed);
    assert.deepEqual(statements, vector.nonMandatory);
    for (const [index, statement] of statements.entries())
      assert.ok(verify('sha256', Buffer.from(statement), { key: proofKey, ...options }, issued.signatures[index] ?? Buffer.of()));
    assert.deepEqual(await deriveSelection(published, signed, vector.selectivePointers), revealed);
    const { proof: shown, ...part } = revealed;
    const judged = { document: part, proofValue: shown.proofValue, proofHash: made.hash, key: publicKey };
    assert.equal(await verifyDerived(published, judged), true);
    const { credentialSubject } = part;
    const altered = { ...part, credentialSubject: { ...(credentialSubject as JsonObject), birthCountry: 'Elsewhere' } };
    assert.equal(await verifyDerived(published, { ...judged, document: altered }), false);
    assert.equal(await verifyDerived(published, { ...judged, proofHash: Buffer.alloc(32) }), false);
  });

const issuer = 'https://issuer.example/issuers/one';
const issuerDid = 'did:web:issuer.example:issuers:one';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicJwk = publicKey.export({ format: 'jwk' }) as PublicJwk;
const signer = {
  algorithm: 'ES256' as const,
  keyId: 'one',
  publicJwk,
  certificates: [],
  sign: async (data: Uint8Array) => sign('sha256', data, { key: privateKey, ...options }),
};
const method = `${issuerDid}#${multikeyOf(publicJwk)}`;
const term = (name: string) => `${issuer}/terms#${name}`;
const terms = {
  '@protected': true,
  ResidenceCredential: term('ResidenceCredential'),
  full_name: term('fullName'),
  birthdate: { '@id': term('birthdate'), '@type': 'http://www.w3.org/2001/XMLSchema#date' },
  address: { '@id': term('address'), '@context': { town: term('town'), street: term('street'), 'floor~': term('floor') } },
  crops: term('crops'),
  marks: { '@id': term('marks'), '@container': '@set' },
};
const claims: JsonObject = {
  full_name: 'நூர் "Noor" \\ 😀\n',
  birthdate: '1988-03-27',
  address: [
    { town: 'Orsana', street: 'Well Lane', 'floor~': 3 },
    { town: 'Orsana', street: 'Hill', 'floor~': 1 },
  ],
  crops: ['rice', 'millet', 'rye'],
  marks: [3, 1, 2],
};
const rule = (path: ClaimPath, disclosure: ClaimRule['disclosure'] = 'selective'): ClaimRule => ({
  path,
  disclosure,
  mandatory: false,
  display: [],
});
const profileOf = (rules: readonly ClaimRule[], dataModel = '2.0', more: JsonObject = {}) =>
  ldpVc.read(
    { dataModel, suite: 'ecdsa-sd-2023', types: ['ResidenceCredential'], contexts: [{ name: 'residence', '@context': terms }], ...more },
    { issuer, version: 1, display: [], rules },
  );
const rules = [rule(['full_name'], 'always'), rule(['birthdate']), rule(['address']), rule(['crops', null], 'always'), rule(['marks'])];
const loaderOf = (profile: ReturnType<typeof profileOf>) =>
  documentLoader(
    {
      '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
      id: issuerDid,
      verificationMethod: [{ id: method, type: 'Multikey', controller: issuerDid, publicKeyMultibase: multikeyOf(publicJwk) }],
      assertionMethod: [method],
    },
    new Map(ldpVc.documents(profile).map(({ path, body }) => [issuer + path, JSON.parse(Buffer.from(body).toString()) as JsonObject])),
  );
const holder = { jwk: publicJwk, did: didJwkOf(publicJwk) };
const order: Order = {
  issuer,
  issuerDid,
  claims,
  holder,
  issuedAt: new Date('2026-01-01T00:00:00Z'),
  expiresAt: new Date('2046-01-01T00:00:00Z'),
  status: { uri: `${issuer}/status/1`, index: 94_567 },
  signer,
};

for (const dataModel of ['2.0', '1.1'])
  test(`features B43, B48, standards DI-5: VCDM ${dataModel}: what @digitalbazaar or we derive of ours, the other verifies`, async () => {
    const profile = profileOf(rules, dataModel);
    assert.deepEqual(ldpVc.metadata(profile).credential_signing_alg_values_supported, ['ecdsa-sd-2023']);
    const loader = loaderOf(profile);
    const credential = (await ldpVc.compile(profile)(order)) as JsonObject;
    const { mandatoryPointers } = readBaseProof((credential.proof as JsonObject).proofValue);
    const period = dataModel === '2.0' ? ['/validFrom', '/validUntil'] : ['/issuanceDate', '/expirationDate'];
    const own = ['/credentialSubject/full_name', '/credentialSubject/crops'];
    assert.deepEqual(mandatoryPointers, ['/issuer', ...period, '/credentialStatus', '/credentialSubject/id', ...own]);
    const made = await createProofs(profile.suite, profile.jsonLd)(order, credential['@context'] as readonly string[]);
    const weVerify = ({ proof, ...document }: JsonObject) =>
      verifyDerived(profile.jsonLd, { document, proofValue: (proof as JsonObject).proofValue, proofHash: made.hash, key: publicKey });
    for (const pointers of [
      [],
      ['/credentialSubject/birthdate'],
      ['/credentialSubject/address/1/street', '/credentialSubject/address/0'],
      ['/credentialSubject/address/0/floor~0', '/id', '/credentialSubject/crops'],
      ['/credentialSubject'],
    ]) {
      const [theirs, ours] = [
        await deriveByDigitalBazaar(credential, pointers, loader),
        await deriveSelection(profile.jsonLd, credential, pointers),
      ];
      for (const [by, shown] of [
        ['@digitalbazaar', theirs],
        ['us', ours],
      ] as const) {
        await verifyByDigitalBazaar(shown, loader);
        assert.equal(await weVerify(shown), true, `${by} ${pointers}`);
        const { credentialSubject: subject, credentialStatus: status, issuer: shownIssuer } = shown as Record<string, JsonObject>;
        assert.deepEqual(
          [shownIssuer, status, subject?.id, subject?.crops],
          [issuerDid, credential.credentialStatus, holder.did, claims.crops],
        );
        assert.equal(subject?.birthdate, pointers.some((pointer) => /birthdate|Subject$/.test(pointer)) ? '1988-03-27' : undefined, by);
        const forged = { ...shown, credentialSubject: { ...subject, full_name: 'Somebody' } };
        await assert.rejects(verifyByDigitalBazaar(forged, loader), /not verified/);
        assert.equal(await weVerify(forged), false);
      }
      const { proof: _theirs, ...seenByThem } = theirs;
      const { proof: _ours, ...seenByUs } = ours;
      assert.deepEqual(seenByUs, seenByThem, 'the same document is shown');
    }
    for (const hidden of [
      '/credentialSubject/crops/7',
      '/nothing',
      'text',
      '/credentialSubject/~2',
      '/__proto__/x',
      '/constructor/prototype',
    ])
      await assert.rejects(deriveSelection(profile.jsonLd, credential, [hidden]), PointerFault);
    assert.ok(!('x' in {}));
  });

test('features B43: what @digitalbazaar issues, we derive and verify', async () => {
  const profile = profileOf(rules);
  const loader = loaderOf(profile);
  const { proof: _, ...document } = (await ldpVc.compile(profile)({ ...order, claims })) as JsonObject;
  const by = { id: method, sign: ({ data }: { readonly data: Uint8Array }) => signer.sign(data) };
  const credential = await issueByDigitalBazaar(document, ['/issuer', '/credentialSubject/address/0'], by, loader);
  const shown = await deriveSelection(profile.jsonLd, credential, ['/credentialSubject/crops/1', '/credentialSubject/address/1/town']);
  await verifyByDigitalBazaar(shown, loader);
  const { address, crops } = shown.credentialSubject as Record<string, Json>;
  assert.deepEqual([address, crops], [[(claims.address as Json[])[0], { town: 'Orsana' }], ['millet']]);
});

test('features B43: two copies of one credential share no label, no key and no signature', async () => {
  const issue = ldpVc.compile(profileOf(rules));
  const [one, other] = [await issue(order), await issue(order)].map((credential) =>
    readBaseProof(((credential as JsonObject).proof as JsonObject).proofValue),
  );
  const hex = (value: Uint8Array | undefined) => Buffer.from(value ?? []).toString('hex');
  assert.notEqual(hex(one?.hmacKey), hex(other?.hmacKey));
  assert.notEqual(hex(one?.publicKey), hex(other?.publicKey));
  const all = [...(one?.signatures ?? []), ...(other?.signatures ?? [])].map(hex);
  assert.equal(new Set(all).size, all.length);
});

test('features B43: what pointers cannot say is refused when the type is read, by its place', () => {
  const refused = (faulty: readonly ClaimRule[], pointer: string) =>
    assert.throws(
      () => profileOf(faulty),
      (fault: unknown) => fault instanceof ProfileFault && fault.pointer === pointer,
    );
  refused([rule(['birthdate']), rule(['crops', 1], 'always')], '/claims/1/path');
  refused([rule(['address', null, 'town'], 'always')], '/claims/0/path');
  refused([rule(['address'], 'always'), rule(['address', null, 'town'])], '/claims/0/path');
  refused([rule(['address']), rule(['address', 'town'], 'always')], '/claims/1/path');
  refused([rule(['crops', null], 'always'), rule(['crops', 2])], '/claims/0/path');
  assert.throws(() => profileOf(rules, '2.0', { algorithm: 'ES384' }), /\/profile\/algorithm/);
  const list = { name: 'x', '@context': { inner: { '@id': term('a'), '@context': { l: { '@id': term('l'), '@container': '@list' } } } } };
  assert.throws(() => profileOf(rules, '2.0', { contexts: [list] }), /\/profile\/contexts\/0\/@context\/inner\/@context\/l\/@container/);
  assert.deepEqual(profileOf([rule(['address', 'a/b~'], 'always'), rule(['address', 'c'])]).mandatory, [
    '/credentialSubject/address/a~1b~0',
  ]);
});

test('features B43: a text in which libraries would see a blank node is refused, not signed', async () => {
  const issue = ldpVc.compile(profileOf(rules));
  for (const full_name of ['_:c14n0', 'see _:b1 there', `a _:u${'x'.repeat(43)}`])
    await assert.rejects(issue({ ...order, claims: { ...claims, full_name } }), ClaimFault, full_name);
  await issue({ ...order, claims: { ...claims, full_name: 'a_b: c _ : d' } });
});

test('features B43, standards DI-5: a proof value that is cut, of the other kind, or counts wrongly verifies nothing', async () => {
  const profile = profileOf(rules);
  const credential = (await ldpVc.compile(profile)(order)) as JsonObject;
  const { proof, ...document } = await deriveSelection(profile.jsonLd, credential, ['/credentialSubject/birthdate']);
  const { hash } = await createProofs(profile.suite, profile.jsonLd)(order, credential['@context'] as readonly string[]);
  const judge = (proofValue: Json, shown: JsonObject = document) =>
    verifyDerived(profile.jsonLd, { document: shown, proofValue, proofHash: hash, key: publicKey });
  const good = String((proof as JsonObject).proofValue);
  assert.equal(await judge(good), true);
  const base = (credential.proof as JsonObject).proofValue as string;
  const raw = Buffer.from(good.slice(1), 'base64url');
  const changed = (change: (copy: Buffer) => Buffer) => `u${change(Buffer.from(raw)).toString('base64url')}`;
  const values: readonly Json[] = [
    base,
    '',
    'u',
    `z${good.slice(1)}`,
    good.slice(0, -4),
    `${good}AAAA`,
    7,
    changed((copy) => copy.fill(0x9f, 3, 4)),
  ];
  for (const value of values) await assert.rejects(judge(value), ProofValueFault, String(value).slice(0, 20));
  const parts = readDerivedProof(good);
  for (const signatures of [[...parts.signatures, parts.baseSignature], parts.signatures.slice(1), []])
    await assert.rejects(judge(writeDerivedProof({ ...parts, signatures })), ProofValueFault);
  for (const mandatoryIndexes of [
    [...parts.mandatoryIndexes, 99],
    [...parts.mandatoryIndexes, parts.mandatoryIndexes[0] ?? 0],
  ])
    await assert.rejects(judge(writeDerivedProof({ ...parts, mandatoryIndexes })), ProofValueFault);
  const { credentialSubject, ...withoutSubject } = document;
  const { birthdate: _, ...lessShown } = credentialSubject as JsonObject;
  await assert.rejects(judge(good, { ...withoutSubject, credentialSubject: lessShown }), ProofValueFault);
  await assert.rejects(deriveSelection(profile.jsonLd, { ...document, proof: proof as JsonObject }, []), ProofValueFault);
});
