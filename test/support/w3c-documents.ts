import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { PublicJwk } from '../../src/keys/keys.ts';
import { base58 } from '../../src/lib/base58.ts';
import { canonicalJson } from '../../src/lib/jcs.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/lib/json.ts';
import { multikeyOf } from '../../src/oauth/multikey.ts';

// What the suites of the W3C (vc-data-model-2.0, vc-di-eddsa, vc-di-ecdsa) ask of an issuer and a verifier, as documents of our own.

/** Contexts of the issuer's own types. */
export const ownContext = 'https://issuer.example/issuers/one/contexts/member/v1';
export const nameContext = 'https://issuer.example/issuers/one/contexts/name/v1';

const v2 = 'https://www.w3.org/ns/credentials/v2';
const v1 = 'https://www.w3.org/2018/credentials/v1';
const term = (name: string) => ({ [name]: `https://example.org/examples#${name}` });
const subject = { id: 'did:example:alice', name: 'Alice' };

export const credential = (): JsonObject => ({
  '@context': [v2],
  id: 'urn:uuid:3e6a4b4c-2f7d-4f3c-9f0b-0d9f1f6b5a11',
  type: ['VerifiableCredential'],
  credentialSubject: subject,
});
export const olderCredential = (): JsonObject => ({
  ...credential(),
  '@context': [v1, 'https://w3id.org/security/data-integrity/v2', nameContext],
  issuanceDate: '2026-01-01T00:00:00Z',
});
export const presentation = (): JsonObject => ({ '@context': [v2], type: ['VerifiablePresentation'] });

/** The issuer as it comes back: in the place it was left in, by the DID it has here. */
export const withId = (issuer: Json, did: string): Json => (isJsonObject(issuer) ? { ...issuer, id: did } : did);

const having = (more: JsonObject, ...contexts: readonly Json[]): JsonObject => ({
  ...credential(),
  '@context': [v2, ...contexts],
  ...more,
});
const without = (name: string): JsonObject => {
  const { [name]: _, ...rest } = credential();
  return rest;
};
const named = (entry: Json) => ({ name: entry, description: entry });
const english = { '@value': 'Example', '@language': 'en', '@direction': 'ltr' };
const arabic = { '@value': 'مثال', '@language': 'ar', '@direction': 'rtl' };
const did = 'did:web:issuer.example:issuers:one';
const typed = ['termsOfUse', 'evidence', 'refreshService', 'credentialSchema', 'credentialStatus'];
const idOf = (name: string) => (name === 'credentialSchema' ? { id: 'https://example.org/schema.json' } : {});

/** Documents that an issuer takes (VCDM 2.0 §4.3 to §4.13). */
export const accepted: readonly (readonly [string, JsonObject])[] = [
  ['the least there can be', { '@context': [v2], type: ['VerifiableCredential'], credentialSubject: { id: 'did:example:alice' } }],
  ['§4.3 a context in the document', having({ type: ['VerifiableCredential', 'Thing'] }, term('Thing'))],
  [
    '§4.3 a context by its address',
    having({ type: ['VerifiableCredential', 'Member'] }, 'https://issuer.example/issuers/one/contexts/member/v1'),
  ],
  ['§4.3 both', having({ type: ['VerifiableCredential', 'Member', 'Thing'] }, ownContext, term('Thing'))],
  ['§4.4 an id', having({ id: 'https://example.org/credentials/1' })],
  ['§4.4 no id', without('id')],
  ['§4.4 an id of the subject', having({ credentialSubject: { id: 'https://example.org/people/1' } })],
  ['§4.5 one type and no list', having({ type: 'VerifiableCredential' })],
  ['§4.5 a type that is a URL', having({ type: ['VerifiableCredential', 'https://example.org/examples#Thing'] })],
  ['§4.5 its own type last', having({ type: ['Thing', 'VerifiableCredential'] }, term('Thing'))],
  ['§4.5 its own type in the middle', having({ type: ['Thing', 'VerifiableCredential', 'Other'] }, { ...term('Thing'), ...term('Other') })],
  ...[...typed].map((name) => [`§4.5 ${name} with a type`, having({ [name]: { type: 'Thing', ...idOf(name) } }, term('Thing'))] as const),
  ...['termsOfUse', 'evidence', 'refreshService'].map(
    (name) =>
      [`§4.5 several of ${name}`, having({ [name]: [{ type: 'Thing' }, { type: 'Thing', id: 'urn:uuid:2' }] }, term('Thing'))] as const,
  ),
  ['§4.6 name and description', having(named('Example'))],
  ['§4.6 with a language and a direction', having(named(english))],
  ['§4.6 with a language alone', having(named({ '@value': 'Example', '@language': 'en' }))],
  ['§4.6 in several languages', having(named([english, arabic]))],
  ['§4.6 of the issuer', having({ issuer: { id: did, ...named('Example') } })],
  ['§4.6 of the issuer, in several languages', having({ issuer: { id: did, ...named([english, arabic]) } })],
  ['§4.7 an issuer by its URL', having({ issuer: did })],
  ['§4.7 an issuer that is an object', having({ issuer: { id: did } })],
  ['§4.8 several subjects', having({ credentialSubject: [{ id: 'did:example:a' }, { id: 'did:example:b', name: 'B' }] })],
  ['§4.9 milliseconds', having({ validFrom: '2023-07-15T12:30:45.123Z', validUntil: '2033-07-15T12:30:45.123Z' })],
  ['§4.9 a zone', having({ validFrom: '2023-07-15T12:30:45-04:00', validUntil: '2033-07-15T12:30:45+05:30' })],
  ['§4.9 one moment', having({ validFrom: '2026-01-01T00:00:00Z', validUntil: '2026-01-01T00:00:00Z' })],
  ['§4.9 far in the future', having({ validFrom: '2075-07-15T12:30:45Z' })],
  ['§4.10 a status without an id', having({ credentialStatus: { type: 'Thing' } }, term('Thing'))],
  [
    '§4.10 a status list of others',
    having({
      credentialStatus: {
        type: 'BitstringStatusListEntry',
        statusPurpose: 'revocation',
        statusListIndex: '5',
        statusListCredential: 'https://example.org/list',
      },
    }),
  ],
  [
    '§5.3 related resources',
    having({
      relatedResource: [
        { id: 'https://example.org/a.png', digestSRI: 'sha384-AAAA' },
        { id: 'https://example.org/b.png', digestMultibase: 'uEiAAAA' },
      ],
    }),
  ],
];

/** Documents that an issuer and a verifier refuse. */
export const refused: readonly (readonly [string, JsonObject])[] = [
  ['§4.3 no context', without('@context')],
  ['§4.3 a context that is no list', { ...credential(), '@context': v2 }],
  ['§4.3 another context first', { ...credential(), '@context': [term('Thing'), v2] }],
  ['§4.3 an empty context', { ...credential(), '@context': [] }],
  ['§4.3 a context that is a number', having({}, 7)],
  ['§4.3 a context that nobody pinned', having({}, 'https://example.org/unknown/v1')],
  ['§4.3 a context that makes all names mean something', having({ surprise: 1 }, { '@vocab': 'https://example.org/' })],
  ['§4.3 a context that hides a name', having({ Thing: 'lost' }, { Thing: null })],
  ['§4.3 a context that means another thing by a protected name', having({}, { VerifiableCredential: 'https://example.org/Other' })],
  ['§4.3 a context that means another thing by type', having({}, { type: 'https://example.org/type' })],
  ['§4.3 a name that nobody defined', having({ surprise: 'lost' })],
  ['§4.3 such a name inside', having({ credentialSubject: { ...subject, surprise: { inner: 1 } } })],
  ['§4.4 several ids', having({ id: ['urn:uuid:1', 'urn:uuid:2'] })],
  ['§4.4 an id that is no URL', having({ id: 'not a url' })],
  ['§4.4 an id that is relative', having({ id: '/credentials/1' })],
  ['§4.4 an id that is null', having({ id: null })],
  ['§4.4 several ids of a subject', having({ credentialSubject: { id: ['did:example:a', 'did:example:b'] } })],
  ['§4.5 no type', without('type')],
  ['§4.5 without the type of all', having({ type: ['Thing'] }, term('Thing'))],
  ['§4.5 an empty type', having({ type: [] })],
  ['§4.5 a type that nobody defined', having({ type: ['VerifiableCredential', 'Unknown'] })],
  ['§4.5 a type that means no URL', having({ type: ['VerifiableCredential', 'Thing'] }, { Thing: 'https ://not-a-url#Thing' })],
  ['§4.5 a type that is a number', having({ type: ['VerifiableCredential', 7] })],
  ...typed.map((name) => [`§4.5 ${name} without a type`, having({ [name]: { id: 'urn:uuid:1' } })] as const),
  ...typed.map((name) => [`§4.5 ${name} of an unknown type`, having({ [name]: { type: 'Unknown', ...idOf(name) } })] as const),
  ...typed.map((name) => [`§4.5 ${name} that is a text`, having({ [name]: 'text' })] as const),
  ['§4.6 a name with more', having({ name: { ...english, url: 'did:example:rubbish' } })],
  ['§4.6 a description with more', having({ description: { ...english, url: 'did:example:rubbish' } })],
  ['§4.6 a name of the issuer with more', having({ issuer: { id: did, name: { ...english, url: 'did:example:rubbish' } } })],
  ['§4.6 a description of the issuer with more', having({ issuer: { id: did, description: [arabic, { ...english, url: 'x' }] } })],
  ['§4.6 a name that is a number', having({ name: 7 })],
  ['§4.7 an issuer that is no URL', having({ issuer: 'not a url' })],
  ['§4.7 an issuer that is null', having({ issuer: null })],
  ['§4.7 an issuer whose id is null', having({ issuer: { id: null } })],
  ['§4.7 an issuer whose id is no URL', having({ issuer: { id: 'not a url' } })],
  ['§4.7 several issuers', having({ issuer: [did, 'did:example:b'] })],
  ['§4.8 no subject', without('credentialSubject')],
  ['§4.8 a subject of which nothing is said', having({ credentialSubject: {} })],
  ['§4.8 no subjects', having({ credentialSubject: [] })],
  ['§4.8 several, and nothing of one', having({ credentialSubject: [subject, {}] })],
  ['§4.8 a subject that is a text', having({ credentialSubject: 'did:example:alice' })],
  ['§4.9 no time', having({ validFrom: '2023-07-15' })],
  ['§4.9 no zone', having({ validUntil: '2023-07-15T12:30:45' })],
  ['§4.9 a day that is none', having({ validFrom: '2023-13-45T12:30:45Z' })],
  ['§4.9 ends before it begins', having({ validFrom: '2027-01-01T00:00:00Z', validUntil: '2026-01-01T00:00:00Z' })],
  ['§4.10 several ids of a status', having({ credentialStatus: { id: ['urn:uuid:1', 'urn:uuid:2'], type: 'Thing' } }, term('Thing'))],
  ['§4.10 an id of a status that is no URL', having({ credentialStatus: { id: 'not a url', type: 'Thing' } }, term('Thing'))],
  ['§4.11 a schema without an id', having({ credentialSchema: { type: 'Thing' } }, term('Thing'))],
  ['§4.11 a schema whose id is no URL', having({ credentialSchema: { id: 'not a url', type: 'Thing' } }, term('Thing'))],
  ['§5.3 a resource without an id', having({ relatedResource: { digestSRI: 'sha384-AAAA' } })],
  ['§5.3 a resource without a digest', having({ relatedResource: { id: 'https://example.org/a.png' } })],
  ['§5.3 a resource twice', having({ relatedResource: [1, 2].map(() => ({ id: 'https://example.org/a.png', digestSRI: 'sha384-AAAA' })) })],
  ['JSON-LD: null', having({ description: null })],
  ['JSON-LD: a number that readers round', having({ credentialSubject: { ...subject, height: 1e21 } }, term('height'))],
  ['JSON-LD: a blank node by name', having({ credentialSubject: { id: '_:b0' } })],
  ['VCDM 1.1 without issuanceDate', { ...credential(), '@context': [v1] }],
];

/** vc-di-eddsa and vc-di-ecdsa, "Data Integrity (issuers)": the members of a proof. */
export function assertProof(secured: JsonObject, { name, issuerDid }: { readonly name: string; readonly issuerDid: string }): void {
  const proof = secured.proof as JsonObject;
  assert.ok(isJsonObject(proof), 'proof is one object');
  assert.equal(proof.type, name === 'Ed25519Signature2020' ? name : 'DataIntegrityProof');
  assert.equal(proof.cryptosuite, name === 'Ed25519Signature2020' ? undefined : name);
  assert.match(String(proof.created), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.ok(String(proof.verificationMethod).startsWith(`${issuerDid}#`));
  assert.equal(proof.proofPurpose, 'assertionMethod');
  assert.match(String(proof.proofValue), name === 'ecdsa-sd-2023' ? /^u[\w-]+$/ : /^z[1-9A-HJ-NP-Za-km-z]+$/);
  assert.equal(proof.id, undefined);
}

const drop = (object: JsonObject, name: string): JsonObject => Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));

/** vc-di-eddsa and vc-di-ecdsa, "Data Integrity (verifiers)": what no verifier takes. */
export function spoiltProofs(secured: JsonObject): readonly (readonly [string, JsonObject])[] {
  const proof = secured.proof as JsonObject;
  const withProof = (changed: Json) => ({ ...secured, proof: changed });
  const value = String(proof.proofValue);
  const middle = Math.floor(value.length / 3);
  const flipped = value.slice(0, middle) + (value[middle] === '2' ? '3' : '2') + value.slice(middle + 1);
  return [
    ['no proof', drop(secured, 'proof')],
    ['a proof that is a text', withProof('proof')],
    ['no proofs', withProof([])],
    ...['type', 'verificationMethod', 'proofPurpose', 'proofValue', 'created']
      .filter((name) => name !== 'created')
      .map((name) => [`no ${name}`, withProof(drop(proof, name))] as const),
    ['created is another', withProof({ ...proof, created: '2020-01-01T00:00:00Z' })],
    ['created is no time', withProof({ ...proof, created: 'yesterday' })],
    ['created is still to come', withProof({ ...proof, created: '2050-01-01T00:00:00Z' })],
    ['expired', withProof({ ...proof, expires: '2020-01-01T00:00:00Z' })],
    ['expires is no time', withProof({ ...proof, expires: 'tomorrow' })],
    ['another type', withProof({ ...proof, type: 'UnknownProof' })],
    ['an unknown suite', withProof({ ...proof, cryptosuite: 'unknown-suite-2020' })],
    ['another purpose', withProof({ ...proof, proofPurpose: 'authentication' })],
    ['an unknown key', withProof({ ...proof, verificationMethod: 'did:example:nobody#key' })],
    [
      'a key of somebody else',
      withProof({
        ...proof,
        verificationMethod: 'did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2#z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2',
      }),
    ],
    ['no key of the DID', withProof({ ...proof, verificationMethod: String(proof.verificationMethod).split('#')[0] ?? '' })],
    ['a previous proof', withProof({ ...proof, previousProof: 'urn:uuid:1' })],
    ['another multibase', withProof({ ...proof, proofValue: `m${value.slice(1)}` })],
    ['a proof value that is cut', withProof({ ...proof, proofValue: value.slice(0, -6) })],
    ['a proof value that is longer', withProof({ ...proof, proofValue: `${value}AAAA` })],
    ['a proof value with one other letter', withProof({ ...proof, proofValue: flipped })],
    ['a member more in the proof', withProof({ ...proof, domain: 'other.example' })],
    ['one good proof and one bad', withProof([proof, { ...proof, proofValue: flipped }])],
    ['another subject', { ...secured, credentialSubject: { id: 'did:example:eve' } }],
    ['a member more', { ...secured, name: 'More' }],
    ['another issuer', { ...secured, issuer: 'did:example:eve' }],
  ];
}

/** A holder who signs by eddsa-jcs-2022, made of node:crypto and RFC 8785 alone. */
export function makeHolder() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const multikey = multikeyOf(publicKey.export({ format: 'jwk' }) as PublicJwk);
  return {
    did: `did:key:${multikey}`,
    method: `did:key:${multikey}#${multikey}`,
    sign: (data: Uint8Array) => sign(null, data, privateKey),
  };
}

const hash = (value: Json) => createHash('sha256').update(canonicalJson(value)).digest();

export async function presentSigned(holder: ReturnType<typeof makeHolder>, document: JsonObject, more: JsonObject): Promise<JsonObject> {
  const proof: JsonObject = {
    type: 'DataIntegrityProof',
    cryptosuite: 'eddsa-jcs-2022',
    created: '2026-06-01T11:00:00Z',
    verificationMethod: holder.method,
    proofPurpose: 'authentication',
    '@context': document['@context'] as Json,
    ...more,
  };
  const proofValue = `z${base58(holder.sign(Buffer.concat([hash(proof), hash(document)])))}`;
  return { ...document, proof: { ...proof, proofValue } };
}

/** VCDM 2.0 §4.13: presentations that are none. */
export function spoiltPresentations(signed: JsonObject): readonly (readonly [string, JsonObject])[] {
  return [
    ['§4.3 no context', drop(signed, '@context')],
    ['§4.3 another context first', { ...signed, '@context': ['https://www.w3.org/ns/credentials/status/v1', v2] }],
    ['§4.5 no type', drop(signed, 'type')],
    ['§4.5 without the type of all', { ...signed, type: ['Thing'] }],
    ['§4.13 a credential that is a text', { ...signed, verifiableCredential: ['text'] }],
    ['§4.13 a credential without its type', { ...signed, verifiableCredential: [{ ...credential(), type: ['Thing'] }] }],
    ['§4.13 a holder that is no URL', { ...signed, holder: 'not a url' }],
    ['§4.13 a holder without an id', { ...signed, holder: { name: 'Alice' } }],
    ['§4.4 several ids', { ...signed, id: ['urn:uuid:1', 'urn:uuid:2'] }],
    ['§4.13 a proof that is a text', { ...signed, proof: 'proof' }],
  ];
}
