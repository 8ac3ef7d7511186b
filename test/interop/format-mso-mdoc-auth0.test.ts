import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import type { PublicJwk } from '../../src/keys/keys.ts';
import { judgeByAuth0 } from '../support/judge-mdoc-auth0.ts';
import { licence, licenceClaims, type MdocOffice, openMdocOffice } from '../support/mdoc-office.ts';

// In a file of its own, hence a process of its own: what judges of mdoc teach cbor-x holds for the whole process.
let office: MdocOffice;
const holders: PublicJwk[] = [];
before(async () => {
  for (const algorithm of ['ES256', 'Ed25519']) holders.push((await exportJWK((await generateKeyPair(algorithm)).publicKey)) as PublicJwk);
  office = await openMdocOffice(holders[0] as PublicJwk);
});
after(() => office.close());

for (const [index, name] of ['P-256', 'Ed25519'].entries())
  for (const status of [undefined, { uri: 'https://issuer.example/status/1', index: 3 }])
    test(`features B46, quality R40, standards MD-3, MD-4, MD-6: @auth0/mdl verifies signature, chain and every digest, holder on ${name}, ${status ? 'with' : 'without'} status`, async () => {
      const holder = { jwk: holders[index] as PublicJwk, did: 'did:example:holder' };
      const credential = await office.issue({ holder, ...(status ? { status } : {}) });
      const { faults, passed, document } = await judgeByAuth0(credential, licence.doctype, office.root);
      assert.deepEqual(faults, []);
      assert.ok(passed >= 16 + 8, `${passed} checks`);
      const values = document?.getIssuerNameSpace('org.iso.18013.5.1') as Record<string, unknown>;
      assert.deepEqual([values.family_name, values.height, values.age_over_18], [licenceClaims.family_name, 178, true]);
    });

for (const [algorithm, label] of [
  ['ES384', -35],
  ['EdDSA', -8],
] as const)
  test(`features B48, standards MD-7, MD-12: @auth0/mdl verifies ours signed with ${algorithm}, which the metadata names by its number`, async () => {
    const { credential, metadata } = await office.issueWith(algorithm);
    assert.deepEqual(metadata.credential_signing_alg_values_supported, [label]);
    const { faults, passed } = await judgeByAuth0(credential, licence.doctype, office.root);
    assert.deepEqual(faults, []);
    assert.ok(passed >= 16 + 8, `${passed} checks`);
  });

test('features B46: one altered byte in an item, the object or the signature is noticed by @auth0/mdl', async () => {
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
    const judged = judgeByAuth0(altered.toString('base64url'), licence.doctype, office.root);
    const { faults } = await judged.catch((fault: unknown) => ({ faults: [String(fault)] }));
    assert.ok(faults.length > 0, what);
  }
});
