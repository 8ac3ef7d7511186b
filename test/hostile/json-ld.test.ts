import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { ClaimFault, type Order, ProfileFault, type TypeContext } from '../../src/formats/format.ts';
import { createCanonicaliser } from '../../src/formats/ldp-vc/canonical.ts';
import { JsonLd } from '../../src/formats/ldp-vc/json-ld.ts';
import { ldpVc } from '../../src/formats/ldp-vc/ldp-vc.ts';
import { surveyDocument } from '../../src/formats/ldp-vc/shape.ts';
import { type PublicJwk, signingAlgorithms } from '../../src/keys/keys.ts';
import type { Json, JsonObject } from '../../src/lib/json.ts';
import { context, designs, documentOf, url } from '../support/json-ld-designs.ts';
import { suiteKeys, suiteNames } from '../support/judge-data-integrity.ts';

let connections = 0;
for (const channel of ['net.client.socket', 'undici:request:create', 'http.client.request.start'])
  subscribe(channel, () => {
    connections += 1;
  });
after(() => assert.equal(connections, 0, 'quality T8: nothing was fetched'));

async function outcomeOf(canonical: () => Promise<string>): Promise<string> {
  try {
    return await canonical();
  } catch (fault) {
    assert.ok(fault instanceof ClaimFault, String(fault));
    return `refused: ${fault.message}`;
  }
}

const rounds = process.env.CHANCERY_LONG ? 5000 : 60;

test('design D5, performance C-01, C-02, C-03, C-04, C-05, C-06, C-07, C-08, C-09, C-10, C-11, C-12, features B40: the compiled path gives the bytes of jsonld and rdf-canonize, for 20 designs of a type', async (t) => {
  const own = new Map([[url, context]]);
  const seen = { compiled: 0, fallback: 0, refused: 0 };
  for (const [index, [name, design]] of designs.entries()) {
    const jsonLd = new JsonLd(own);
    // P-384 has RDFC-1.0 label blank nodes by SHA-384.
    const digest = index % 3 === 1 ? 'sha384' : 'sha256';
    const canonicaliser = createCanonicaliser(jsonLd, digest);
    await fc.assert(
      fc.asyncProperty(design, fc.boolean(), async (claims, bound) => {
        const document = documentOf(claims, bound);
        const canonicalise = () => Promise.resolve().then(() => canonicaliser.canonicalise(document, surveyDocument(document)));
        const first = await outcomeOf(canonicalise);
        // The first credential of a shape goes the plain way; the second is what its plan makes.
        const second = await outcomeOf(canonicalise);
        assert.equal(second, first, name);
        if (!first.startsWith('refused')) assert.equal(first, await outcomeOf(() => jsonLd.canonical(document, digest)), name);
        else seen.refused += 1;
      }),
      { numRuns: rounds, seed: 20_261_127 + index },
    );
    seen.compiled += canonicaliser.counts.compiled;
    seen.fallback += canonicaliser.counts.fallback;
  }
  t.diagnostic(JSON.stringify(seen));
  assert.ok(seen.compiled > rounds * 10 && seen.refused > rounds, JSON.stringify(seen));
});

test('performance C-08: whole numbers and others have plans of their own, and what JSON-LD would round is refused', async () => {
  const jsonLd = new JsonLd(new Map([[url, context]]));
  const canonicaliser = createCanonicaliser(jsonLd);
  for (const number of [1, 2, 0.5, -0.25, 1.5e300, 2 ** 53 - 1, -7, -0, 1e15, 12.5, 1e20 + 0.5, 1e-7, 1e21, 2 ** 53]) {
    const document = documentOf({ text: number, double: number, whole: number }, true);
    const made = await outcomeOf(() => Promise.resolve().then(() => canonicaliser.canonicalise(document, surveyDocument(document))));
    const rounded = !String(number).includes('.') && !Number.isSafeInteger(number);
    assert.equal(made.startsWith('refused'), rounded, String(number));
    if (!rounded) assert.equal(made, await jsonLd.canonical(document), String(number));
  }
  assert.deepEqual(canonicaliser.counts, { compiled: 8, fallback: 2 });
});

/** A credential whose shape becomes a plan, and others of the same shape that the plan cannot tell, or must refuse. */
const sameShape: readonly (readonly [string, ...JsonObject[]])[] = [
  [
    'C-06',
    ...['a', 'b'].map((inner) => ({ node: ['P', 'Q'].map((text) => ({ text, node: { node: { text: text === 'P' ? 'a' : inner } } })) })),
  ],
  ['C-06, twins', { node: [{ text: 'a' }, { text: 'b' }] }, { node: [{ text: 'a' }, { text: 'a' }] }],
  ['C-07', { link: 'urn:x:y' }, { link: 'p:a' }, { link: 'text:a' }, { link: 'relative' }, { link: 'urn:x> <y' }, { link: '_:b0' }],
  [
    'C-07, names',
    { node: { id: 'urn:x:y', text: 'a' } },
    { node: { id: 'p:a', text: 'a' } },
    { node: { id: 'did:example:holder', text: 'a' } },
  ],
  ['C-09', { text: ['a', 'b'] }, { text: ['a', 'a'] }],
  ['C-09, two ways', { whole: [1, '2'] }, { whole: [1, '1'] }],
  ['C-10', { text: ['a', 'b'] }, { text: ['😀', '\uffff'] }, { text: ['😀', '\ud7ff'] }],
  ['C-11', { text: 'a' }, { text: '\ud800' }],
];

test('performance C-06, C-07, C-09, C-10, C-11: what a plan cannot tell goes the plain way, value for value', async () => {
  for (const [rule, ...claims] of sameShape) {
    const jsonLd = new JsonLd(new Map([[url, context]]));
    const canonicaliser = createCanonicaliser(jsonLd);
    for (const each of claims) {
      const document = documentOf(each, true);
      const plain = async () => {
        surveyDocument(document);
        return jsonLd.canonical(document);
      };
      const made = () => Promise.resolve().then(() => canonicaliser.canonicalise(document, surveyDocument(document)));
      assert.equal(await outcomeOf(made), await outcomeOf(plain), `${rule} ${JSON.stringify(each)}`);
    }
  }
});

const terms = context['@context'] as JsonObject;
const type: TypeContext = { issuer: 'https://issuer.example', version: 1, display: [], rules: [] };
const good = { dataModel: '2.0', suite: 'eddsa-rdfc-2022', types: ['Card'], contexts: [{ name: 'card', '@context': terms }] };
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const jwk = publicKey.export({ format: 'jwk' }) as PublicJwk;
/** quality R39: every suite with every key that is not its own, ES256K among them. */
const foreignKeys = suiteNames.flatMap((suite) =>
  [...signingAlgorithms, 'P-256', '', null]
    .filter((algorithm) => !suiteKeys.some(([name, own]) => name === suite && own === algorithm))
    .map((algorithm) => [suite, algorithm] as const),
);
assert.equal(foreignKeys.length, suiteNames.length * (signingAlgorithms.length + 3) - suiteKeys.length);

const order = (claims: JsonObject): Order => ({
  issuer: type.issuer,
  issuerDid: 'did:web:issuer.example',
  claims,
  holder: { jwk, did: 'did:example:holder' },
  issuedAt: new Date('2026-01-01'),
  signer: { algorithm: 'EdDSA', keyId: 'one', publicJwk: jwk, certificates: [], sign: async (data) => sign(null, data, privateKey) },
});

const own = (change: JsonObject) => ({ contexts: [{ name: 'card', '@context': { ...terms, ...change } }] });
const poisonedProfiles: readonly (readonly [JsonObject, JsonObject, string])[] = [
  [{ dataModel: '3.0' }, {}, '/profile/dataModel'],
  [{ suite: 'ecdsa-rdfc-2022' }, {}, '/profile/suite'],
  [{ suite: 'RsaSignature2018' }, {}, '/profile/suite'],
  ...foreignKeys.map(([suite, algorithm]) => [{ suite, algorithm }, {}, '/profile/algorithm'] as const),
  [{ types: [] }, {}, '/profile/types'],
  [{ types: ['Cart'] }, {}, '/profile/types/0'],
  [{ types: ['Card', 'Card'] }, {}, '/profile/types/1'],
  [{ types: ['VerifiableCredential'] }, {}, '/profile/types/0'],
  [{ types: ['relative/type'] }, {}, '/profile/types/0'],
  [{ contexts: ['https://evil.example/context'] }, {}, '/profile/contexts/0'],
  [{ contexts: ['https://www.w3.org/ns/credentials/v2'] }, {}, '/profile/contexts/0'],
  [{ contexts: [terms] }, {}, '/profile/contexts/0/@protected'],
  [{ contexts: [{ name: 'A card', '@context': terms }] }, {}, '/profile/contexts/0/name'],
  [{ surprise: true }, {}, '/profile/surprise'],
  [own({ '@vocab': 'https://evil.example/' }), {}, '/profile/contexts/0/@context/@vocab'],
  [own({ '@base': 'https://evil.example/' }), {}, '/profile/contexts/0/@context/@base'],
  [own({ '@import': 'https://evil.example/' }), {}, '/profile/contexts/0/@context/@import'],
  [own({ '@propagate': false }), {}, '/profile/contexts/0/@context/@propagate'],
  [own({ '@language': 'ta' }), {}, '/profile/contexts/0/@context/@language'],
  [own({ '@version': 1.0 }), {}, '/profile/contexts/0/@context/@version'],
  [own({ text: { '@id': 'https://x.example/', '@context': 'https://evil.example/' } }), {}, '/profile/contexts/0/@context/text/@context'],
  [
    own({ text: { '@id': 'https://x.example/', '@context': { '@vocab': 'urn:x:' } } }),
    {},
    '/profile/contexts/0/@context/text/@context/@vocab',
  ],
  [own({ text: { '@reverse': 'https://x.example/' } }), {}, '/profile/contexts/0/@context/text/@reverse'],
  [own({ text: { '@id': 'https://x.example/', '@container': '@graph' } }), {}, '/profile/contexts/0/@context/text/@container'],
  [own({ text: { '@id': 'https://x.example/', '@nest': 'a' } }), {}, '/profile/contexts/0/@context/text/@nest'],
  [own({ text: null }), {}, '/profile/contexts/0/@context/text'],
  [own({ text: 'relative' }), {}, '/profile/contexts/0/@context/text'],
  [own({ text: '@type' }), {}, '/profile/contexts/0/@context/text'],
  [own({ text: '@id' }), {}, '/profile/contexts/0/@context/text'],
  [own({ text: { '@id': '@graph' } }), {}, '/profile/contexts/0/@context/text/@id'],
  [own({ 'a:b': 'https://x.example/' }), {}, '/profile/contexts/0/@context/a:b'],
  [own({ issuer: 'https://evil.example/issuer' }), {}, '/profile/contexts/0'],
  [own({ credentialSubject: 'https://evil.example/subject' }), {}, '/profile/contexts/0'],
  [own({ id: 'https://evil.example/id' }), {}, '/profile/contexts/0'],
  [own({ type: 'https://evil.example/type' }), {}, '/profile/contexts/0'],
  [own({ VerifiableCredential: 'https://evil.example/credential' }), {}, '/profile/contexts/0'],
  [{}, { txet: { $claim: 'a' } }, '/mapping/txet'],
  [{}, { node: { town: { $claim: 'a' } } }, '/mapping/node/town'],
  [{}, { node: [{ text: { $claim: 'a' } }, { 'to~wn/': { $claim: 'a' } }] }, '/mapping/node/1/to~0wn~1'],
  [{}, { node: { type: 'Persona', text: { $claim: 'a' } } }, '/mapping/node/type'],
  [{}, { node: { type: 'Card', born: { $claim: 'a' } } }, '/mapping/node/born'],
  [{}, { '@id': { $claim: 'a' } }, '/mapping/@id'],
  [{}, { '@context': { text: 'https://evil.example/' } }, '/mapping/@context'],
  [{}, { node: { '@graph': { $claim: 'a' } } }, '/mapping/node/@graph'],
  [{}, { node: { 'text:x': { $claim: 'a' } } }, '/mapping/node/text:x'],
  [{}, { 'https://evil.example/term': { $claim: 'a' } }, '/mapping/https:~1~1evil.example~1term'],
  [{}, { id: { $claim: 'a' } }, '/mapping/id'],
];

test('quality T8, Q35, R39, standards LD-5: a poisoned type is refused when it is read, with the place of the fault', async () => {
  const check = async (profile: JsonObject, mapping: JsonObject) => {
    const read = ldpVc.read({ ...good, ...profile }, type);
    await ldpVc.check?.(read, { mapping, rules: [] });
  };
  await check(
    {},
    { text: { $claim: 'a' }, node: [{ type: 'Person', born: { $claim: 'a' } }], names: { $claim: 'a' }, double: { $claim: 'a' } },
  );
  for (const [profile, mapping, pointer] of poisonedProfiles)
    await assert.rejects(check(profile, mapping), (fault: unknown) => {
      assert.ok(fault instanceof ProfileFault, String(fault));
      assert.equal(fault.pointer, pointer);
      return true;
    });
});

const poisonedClaims: readonly Json[] = [
  { '@context': { text: 'https://evil.example/text' } },
  { '@context': 'https://evil.example/context' },
  { node: { '@context': { '@vocab': 'https://evil.example/' }, anything: 1 } },
  { '@id': 'did:example:other' },
  { id: 'did:example:other' },
  { node: { '@id': 'did:example:holder' } },
  { node: { '@type': 'Card' } },
  { text: { '@value': 'a', '@type': 'https://evil.example/type' } },
  { text: { '@value': 'a', '@language': 'en' } },
  { text: { '@json': {} } },
  { node: { '@graph': [{ text: 'a' }] } },
  { node: { '@reverse': { text: { id: 'urn:x:y' } } } },
  { node: { '@included': [{ id: 'urn:x:y', text: 'a' }] } },
  { text: { '@list': ['a'] } },
  { text: { '@set': ['a'] } },
  { '@nest': { text: 'a' } },
  { node: { '@index': 'a', text: 'a' } },
  { txet: 'a' },
  { node: { town: 'a' } },
  { node: { type: 'Persona' } },
  { node: { type: 'relative/type' } },
  { node: { type: 7 } },
  { 'text:x': 'a' },
  { 'https://evil.example/term': 'a' },
  { node: { '': 'a' } },
  { node: { __proto__: null, constructor: 'a' } },
  JSON.parse('{"node": {"__proto__": "a"}}') as Json,
  { node: { id: '_:b0', text: 'a' } },
  { node: { id: 'relative', text: 'a' } },
  { node: { id: '', text: 'a' } },
  { node: { id: 'urn:x:y> <urn:p> <urn:o', text: 'a' } },
  { node: { id: 'https://a.example/\n', text: 'a' } },
  { node: { id: 7, text: 'a' } },
  { link: '_:c14n0' },
  { link: 'relative' },
  { link: 'https://a.example/{x}' },
  { kind: 'nothing' },
  { text: 'half \ud800' },
  { node: { text: ['fine', '\udc00'] } },
  { text: 1e-7 },
  { text: 1e21 },
  { text: 2 ** 60 },
  { whole: [1, '1'] },
  { text: ['😀', '\uffff'] },
  { node: { text: ['a😀', 'a\ue000'] } },
  { names: { 'no language!': 'a' } },
  { names: { '@none': { text: 'a' } } },
  { place: { text: { town: ['a'] }, town: { nowhere: 'a' } } },
  { data: { '@value': 'a' } },
  { double: '12 acres' },
  { double: 'NaN' },
];

for (const suite of suiteNames)
  test(`quality T8, features B50: a poisoned value of the registry is not signed under ${suite}, and takes nothing with it`, async () => {
    const profile = ldpVc.read({ ...good, suite }, type);
    const issue = ldpVc.compile(profile);
    for (const claims of poisonedClaims) {
      // Twice: the second of a shape may take another path.
      for (const _ of [1, 2])
        await assert.rejects(
          issue(order(claims as JsonObject)),
          (fault: unknown) => {
            assert.ok(fault instanceof ClaimFault, `${JSON.stringify(claims)}: ${fault}`);
            assert.doesNotMatch(fault.message, /evil|relative\/|nothing!/);
            return true;
          },
          JSON.stringify(claims),
        );
    }
    const fine = { node: { id: 'https://a.example/', text: 'a' }, link: 'urn:x:y' };
    for (const claims of [fine, { ...fine, link: 'urn:x:z' }]) assert.ok(await issue(order(claims)));
    await assert.rejects(issue(order({ ...fine, link: 'relative' })), ClaimFault, 'by the compiled path');
  });

test('standards DI-6, quality T8: a graph made to be costly is refused, or done, before the test runs out of time', async () => {
  const issue = ldpVc.compile(ldpVc.read(good, type));
  const alike = Array.from({ length: 40 }, () => ({ node: [{ node: {} }, { node: {} }, { node: {} }] }));
  await issue(order({ node: alike as unknown as Json })).catch((fault: unknown) => assert.ok(fault instanceof ClaimFault, String(fault)));
});
