import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import type { PublicJwk } from '../../src/keys/keys.ts';
import { judgeByOwf } from '../support/judge-mdoc-owf.ts';
import { licenceClaims, licencePortrait, type MdocOffice, openMdocOffice } from '../support/mdoc-office.ts';

// In a file of its own, hence a process of its own: what judges of mdoc teach cbor-x holds for the whole process.
let office: MdocOffice;
const holders: PublicJwk[] = [];
before(async () => {
  for (const algorithm of ['ES256', 'Ed25519']) holders.push((await exportJWK((await generateKeyPair(algorithm)).publicKey)) as PublicJwk);
  office = await openMdocOffice(holders[0] as PublicJwk);
});
after(() => office.close());

const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, entry]) => [key, plain(entry)]));
  return value instanceof Date || value?.constructor.name === 'DateOnly' ? String((value as Date).toISOString()) : value;
};

for (const [index, name] of ['P-256', 'Ed25519'].entries())
  for (const status of [undefined, { uri: 'https://issuer.example/status/1', index: 70_000 }])
    test(`features B46, quality R40, standards MD-3, MD-4: @owf/mdoc verifies signature, chain and every digest, holder on ${name}, ${status ? 'with' : 'without'} status`, async () => {
      const holder = holders[index] as PublicJwk;
      const credential = await office.issue({ holder: { jwk: holder, did: 'did:example:holder' }, ...(status ? { status } : {}) });
      const { issuerSigned, faults, passed } = await judgeByOwf(credential, office.root);
      assert.deepEqual(faults, []);
      assert.ok(passed >= 16 + 6, `${passed} checks`);
      const { mobileSecurityObject: object } = issuerSigned.issuerAuth;
      assert.deepEqual([object.version, object.digestAlgorithm, object.docType], ['1.0', 'SHA-256', 'org.iso.18013.5.1.mDL']);
      const { kty, crv, x, y } = object.deviceKeyInfo.deviceKey.jwk;
      assert.deepEqual([kty, crv, x, y], [holder.kty, holder.crv, holder.x, holder.y]);
      const { signed, validFrom, validUntil } = object.validityInfo;
      assert.ok(signed <= validFrom && validFrom < validUntil && signed.getTime() % 86_400_000 === 0);
    });

test('features B48, standards MD-7: @owf/mdoc verifies ours signed with EdDSA (it reads no certificate of a P-384 key)', async () => {
  const { credential } = await office.issueWith('EdDSA');
  const { faults, passed } = await judgeByOwf(credential, office.root);
  assert.deepEqual(faults, []);
  assert.ok(passed >= 16 + 6, `${passed} checks`);
});

test('features B53, standards MD-8, MD-10: every value comes back equal, in the type the standard has for it', async () => {
  const { issuerSigned } = await judgeByOwf(await office.issue(), office.root);
  const values = plain(new Map(Object.entries(issuerSigned.getPrettyClaims('org.iso.18013.5.1') ?? {}))) as Record<string, unknown>;
  const { portrait, ...rest } = values;
  assert.equal(
    createHash('sha256')
      .update(portrait as Uint8Array)
      .digest('hex'),
    createHash('sha256').update(licencePortrait).digest('hex'),
  );
  assert.deepEqual(rest, {
    family_name: licenceClaims.family_name,
    given_name: licenceClaims.given_name,
    birth_date: '1988-03-27',
    issue_date: '2026-01-02',
    expiry_date: '2036-01-02T21:59:59.000Z',
    issuing_country: 'XO',
    issuing_authority: 'Office',
    document_number: 'OR204517482',
    driving_privileges: [
      { vehicle_category_code: 'A1', issue_date: '2010-05-06', expiry_date: '2036-01-02' },
      { vehicle_category_code: 'B', codes: [{ code: '01' }, { code: '95' }] },
    ],
    un_distinguishing_sign: 'XO',
    age_over_18: true,
    height: 178,
    resident_city: 'Orsana City',
  });
  assert.deepEqual(issuerSigned.getPrettyClaims('org.example.1'), { ratio: 0.1, debt: -70_000 });
});

test('features B46: one altered byte in an item, the object or the signature is noticed by @owf/mdoc', async () => {
  const credential = Buffer.from(await office.issue({ claims: { ...licenceClaims, portrait: 'AAAA' } }), 'base64url');
  for (const [what, mark, before] of [
    ['an item', 'Orsana City', 0],
    ['the object', 'SHA-256', 0],
    // The signature ends where the head of this name begins.
    ['the signature', '', -2],
  ] as const) {
    const altered = Buffer.from(credential);
    const at = before === 0 ? altered.indexOf(mark) + mark.length - 1 : altered.indexOf('nameSpaces') + before;
    altered[at] = (altered[at] ?? 0) ^ 1;
    const { faults } = await judgeByOwf(altered.toString('base64url'), office.root).catch((fault: unknown) => ({
      faults: [String(fault)],
    }));
    assert.ok(faults.length > 0, what);
  }
});
