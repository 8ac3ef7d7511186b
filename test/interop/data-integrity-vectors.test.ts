import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createVerifyCryptosuite } from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import fc from 'fast-check';
import { createCanonicaliser } from '../../src/formats/ldp-vc/canonical.ts';
import { pinnedUrls } from '../../src/formats/ldp-vc/contexts.ts';
import { JsonLd } from '../../src/formats/ldp-vc/json-ld.ts';
import { createProofs, secure } from '../../src/formats/ldp-vc/proof.ts';
import { surveyDocument } from '../../src/formats/ldp-vc/shape.ts';
import { suites } from '../../src/formats/ldp-vc/suites.ts';
import type { PublicJwk } from '../../src/keys/keys.ts';
import { readBase58 } from '../../src/lib/base58.ts';
import { canonicalJson } from '../../src/lib/jcs.ts';
import type { Json, JsonObject } from '../../src/lib/json.ts';
import { multikeyOf } from '../../src/oauth/multikey.ts';

interface Vector {
  readonly suite: string;
  readonly algorithm?: string;
  readonly key: { readonly multibase: string; readonly privateMultibase: string };
  readonly signed: JsonObject & { readonly proof: JsonObject };
  readonly canonicalDocument: string;
  readonly documentHash: string;
  readonly canonicalProof: string;
  readonly proofHash: string;
  readonly combinedHash: string;
  readonly signature: string;
  readonly proofValue: string;
}
const file = new URL('vectors/data-integrity.json', import.meta.url);
const { contexts, vectors } = JSON.parse(await readFile(file, 'utf8')) as {
  readonly contexts: Record<string, JsonObject>;
  readonly vectors: readonly Vector[];
};
const jsonLd = new JsonLd(new Map(Object.entries(contexts)));

/** PKCS #8 up to the private key itself (RFC 8410, RFC 5915). */
const heads: Readonly<Record<string, string>> = {
  EdDSA: '302e020100300506032b657004220420',
  ES256: '3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420',
  ES384: '304e020100301006072a8648ce3d020106052b81040022043730350201010430',
};

/** The published private key, without its multicodec prefix. */
function privateKeyOf({ privateMultibase }: Vector['key'], algorithm: string) {
  const bytes = Buffer.from(readBase58(privateMultibase.slice(1)) ?? []).subarray(2, algorithm === 'ES384' ? 50 : 34);
  return createPrivateKey({ key: Buffer.concat([Buffer.from(heads[algorithm] ?? '', 'hex'), bytes]), format: 'der', type: 'pkcs8' });
}

for (const [index, { suite: name, algorithm, key, signed, ...expected }] of vectors.entries())
  test(`features B40, standards DI-2, DI-3, DI-4: the published vector of ${name} (${algorithm ?? 'its first curve'}, ${index}), byte for byte`, async () => {
    const suite = suites.find((entry) => entry.name === name && (!algorithm || entry.algorithm === algorithm)) ?? assert.fail();
    const hexDigest = (text: string) => createHash(suite.digest).update(text).digest('hex');
    const { proof, ...document } = signed;
    const { proofValue, ...options } = proof;
    const rdf = suite.canonicalisation === 'rdfc';
    const canonical = async (value: JsonObject) => (rdf ? jsonLd.canonical(value, suite.digest) : canonicalJson(value));
    const canonicalDocument = await canonical(document);
    assert.equal(canonicalDocument, expected.canonicalDocument);
    const canonicalProof = await canonical({ '@context': document['@context'] as Json, ...options });
    assert.equal(canonicalProof, expected.canonicalProof);
    assert.equal(hexDigest(canonicalDocument), expected.documentHash);
    assert.equal(hexDigest(canonicalProof), expected.proofHash);
    assert.equal(expected.proofHash + expected.documentHash, expected.combinedHash);
    assert.equal(Buffer.from(readBase58(String(proofValue).slice(1)) ?? []).toString('hex'), expected.signature);
    assert.equal(proofValue, expected.proofValue);
    if (rdf) {
      const canonicaliser = createCanonicaliser(jsonLd, suite.digest);
      for (const path of ['plain', 'compiled'])
        assert.equal(await canonicaliser.canonicalise(document, surveyDocument(document)), expected.canonicalDocument, path);
      assert.deepEqual(canonicaliser.counts, { compiled: 1, fallback: 1 });
    }
    const elliptic = suite.algorithm !== 'EdDSA';
    const privateKey = privateKeyOf(key, suite.algorithm);
    const publicKey = createPublicKey(privateKey);
    const publicJwk = publicKey.export({ format: 'jwk' }) as PublicJwk;
    assert.equal(multikeyOf(publicJwk), key.multibase, 'standards DI-7');
    const hash = elliptic ? suite.digest : null;
    const combined = Buffer.from(expected.combinedHash, 'hex');
    const dsaEncoding = 'ieee-p1363' as const;
    assert.ok(verify(hash, combined, { key: publicKey, dsaEncoding }, Buffer.from(expected.signature, 'hex')));
    if (elliptic || suite.proofType !== 'DataIntegrityProof') return;
    const order = {
      issuer: 'https://vc.example/issuers/5678',
      issuerDid: `did:key:${key.multibase}`,
      claims: {},
      issuedAt: new Date(String(proof.created)),
      signer: {
        algorithm: suite.algorithm,
        keyId: 'vector',
        publicJwk,
        certificates: [],
        sign: async (data: Uint8Array) => sign(null, data, privateKey),
      },
    };
    const made = await createProofs(suite, jsonLd)(order, document['@context'] as readonly string[]);
    assert.deepEqual(await secure(document, canonicalDocument, made, order.signer), signed, 'our own proof is the published one');
  });

test('quality Q35, R47: every pinned context is the published one by its hash, and no other file lies beside them', async () => {
  const folder = new URL('../../src/formats/ldp-vc/contexts/', import.meta.url);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  assert.equal(files.length, pinnedUrls.length);
  const readme = await readFile(new URL('README.md', folder), 'utf8');
  for (const name of files) {
    const hash = createHash('sha256')
      .update(await readFile(new URL(name, folder)))
      .digest('hex');
    assert.ok(readme.includes(`| \`${name}\` |`) && readme.includes(hash), `${name} ${hash} stands in the table`);
  }
  // As the W3C recommendations themselves print them: VCDM 2.0 appendix B.1.
  assert.match(readme, /59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734/);
  assert.match(readme, /ab4ddd9a531758807a79a5b450510d61ae8d147eab966cc9a200c07095b0cdcc/);
});

const value = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: 'grapheme' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'grapheme' }), tie('tree'), { maxKeys: 5 }),
  ) as fc.Arbitrary<Json>,
})).tree;

test('standards DI-6: our JSON canonicalisation gives the bytes of another (RFC 8785)', async () => {
  const judge = createVerifyCryptosuite();
  await fc.assert(
    fc.asyncProperty(value, async (json) => {
      assert.equal(canonicalJson(json), await judge.canonize(json));
    }),
    { numRuns: 2000, seed: 8785 },
  );
  const published =
    '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}';
  const expected =
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}';
  assert.equal(canonicalJson(JSON.parse(published) as Json), expected, 'RFC 8785 §3.2.3');
});
