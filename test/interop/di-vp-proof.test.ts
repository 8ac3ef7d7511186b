import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { test } from 'node:test';
import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import { createSignCryptosuite as ecdsaJcs } from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import { cryptosuite as ecdsaRdfc } from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import { createSignCryptosuite as eddsaJcs } from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import { cryptosuite as eddsaRdfc } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import { signPresentation } from '@digitalbazaar/vc';
import type { IssuerConfig } from '../../src/config-schema.ts';
import { dataIntegrityPresentations } from '../../src/formats/ldp-vc/presentation.ts';
import type { CredentialType } from '../../src/issuer/credential-type.ts';
import { type RequestExpectation, verifyKeyProofs } from '../../src/issuer/key-proof.ts';
import { bindingMetadata, findBindingFault, type HolderBinding } from '../../src/issuer/proofs/holder-binding.ts';
import { openProofTrust } from '../../src/issuer/proofs/proof-trust.ts';
import type { PublicJwk } from '../../src/keys/keys.ts';
import { movableClock } from '../../src/lib/clock.ts';
import type { Json, JsonObject } from '../../src/lib/json.ts';
import { didJwkOf } from '../../src/oauth/holder-key.ts';
import { multikeyOf } from '../../src/oauth/multikey.ts';
import { mintNonce, type NonceMint } from '../../src/oauth/nonce.ts';
import { Refusal } from '../../src/oauth/refusal.ts';
import { documentLoader } from '../support/judge-data-integrity.ts';

const issuer = 'https://issuer.example/issuers/one';
const clock = movableClock(new Date());
const nonces: NonceMint = { secret: Buffer.alloc(32, 7), audience: issuer, clock, lifetimeSeconds: 300 };
const makers = {
  'eddsa-rdfc-2022': () => eddsaRdfc,
  'ecdsa-rdfc-2019': () => ecdsaRdfc,
  'eddsa-jcs-2022': () => eddsaJcs(),
  'ecdsa-jcs-2019': () => ecdsaJcs(),
} as const;
type SuiteName = keyof typeof makers;
const suites = Object.keys(makers) as SuiteName[];

const binding: HolderBinding = { methods: ['did:key', 'did:jwk'], proofs: { di_vp: { suites } } };
const trust = await openProofTrust({ name: 'one' } as IssuerConfig, clock, dataIntegrityPresentations);
const expectation: RequestExpectation = {
  type: { binding } as CredentialType,
  audience: issuer,
  clientId: 'wallet',
  nonces,
  trust,
  maximum: 3,
  clock,
};

interface Holder {
  readonly key: KeyObject;
  readonly jwk: PublicJwk;
}
function makeHolder(suite: SuiteName, namedCurve = 'P-256'): Holder {
  const pair = suite.startsWith('eddsa') ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve });
  return { key: pair.privateKey, jwk: pair.publicKey.export({ format: 'jwk' }) as unknown as PublicJwk };
}
const didKeyOf = ({ jwk }: Holder) => `did:key:${multikeyOf(jwk)}`;
const methodOf = (holder: Holder) => `${didKeyOf(holder)}#${multikeyOf(holder.jwk)}`;

interface Making {
  readonly context?: string;
  readonly method?: string;
  readonly document?: object;
  readonly domain?: string;
  readonly challenge?: string;
}

/** A presentation as @digitalbazaar/vc signs it for a wallet. */
async function present(suite: SuiteName, holder: Holder, making: Making = {}): Promise<JsonObject> {
  const { context = 'https://www.w3.org/ns/credentials/v2', method = methodOf(holder), document = {} } = making;
  const { domain = issuer, challenge = mintNonce(nonces) } = making;
  const algorithm = holder.jwk.crv;
  const hash = algorithm === 'Ed25519' ? null : algorithm === 'P-384' ? 'sha384' : 'sha256';
  const signer = {
    id: method,
    algorithm,
    sign: async ({ data }: { data: Uint8Array }) => new Uint8Array(sign(hash, data, { key: holder.key, dsaEncoding: 'ieee-p1363' })),
  };
  const contexts = context.includes('2018') ? [context, 'https://w3id.org/security/data-integrity/v2'] : [context];
  const presentation = { '@context': contexts, type: ['VerifiablePresentation'], holder: method.split('#')[0], ...document };
  const signed = await signPresentation({
    presentation: presentation,
    suite: new DataIntegrityProof({ cryptosuite: makers[suite](), signer }),
    domain,
    challenge,
    documentLoader: documentLoader({ id: 'did:example:nobody', verificationMethod: [] }, new Map()),
  });
  return JSON.parse(JSON.stringify(signed)) as JsonObject;
}

const verify = async (presentations: readonly JsonObject[], more: Partial<RequestExpectation> = {}) =>
  (await verifyKeyProofs({ kind: 'di_vp', presentations }, { ...expectation, ...more })).holders;
async function errorOf(presentations: readonly JsonObject[], more: Partial<RequestExpectation> = {}): Promise<string> {
  const fault = await verify(presentations, more).then(
    () => 'taken',
    (fault: unknown) => fault,
  );
  return fault instanceof Refusal ? fault.error : String(fault);
}
const proofOf = ({ proof }: JsonObject) => proof as JsonObject;
const withProof = (presentation: JsonObject, change: JsonObject): JsonObject => ({
  ...presentation,
  proof: { ...proofOf(presentation), ...change },
});
const without = (object: JsonObject, name: string) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name)) as JsonObject;

for (const suite of suites)
  test(`standards V-75, DI-8: presentations of @digitalbazaar/vc under ${suite} prove a key, and any change of one is noticed`, async () => {
    const holder = makeHolder(suite);
    for (const context of ['https://www.w3.org/ns/credentials/v2', 'https://www.w3.org/2018/credentials/v1']) {
      const [proven] = await verify([await present(suite, holder, { context })]);
      assert.deepEqual([proven?.did, proven?.jwk.x], [didKeyOf(holder), holder.jwk.x]);
    }
    const byJwk = didJwkOf(holder.jwk);
    assert.equal((await verify([await present(suite, holder, { method: `${byJwk}#0` })]))[0]?.did, byJwk);
    const good = await present(suite, holder);
    assert.equal((await verify([{ ...good, proof: [proofOf(good)] }])).length, 1, 'a list of one proof');
    const other = makeHolder(suite);
    const bad: Record<string, JsonObject> = {
      'another signer': withProof(good, { verificationMethod: methodOf(other) }),
      'another holder': { ...good, holder: didKeyOf(other) },
      'another id': { ...good, id: 'urn:uuid:4f2d5cfe-2f0c-4c9d-9f2c-0a2f6b1e7c11' },
      'another nonce': withProof(good, { challenge: mintNonce(nonces) }),
      'another time': withProof(good, { created: '2020-01-01T00:00:00Z' }),
      'another suite': withProof(good, {
        cryptosuite: suite.includes('rdfc') ? suite.replace('rdfc', 'jcs') : suite.replace('jcs', 'rdfc'),
      }),
      'another value': withProof(good, { proofValue: proofOf(await present(suite, holder))['proofValue'] as Json }),
    };
    for (const [name, presentation] of Object.entries(bad)) assert.equal(await errorOf([presentation]), 'invalid_proof', name);
  });

test('standards V-75, ER-2, E-3, quality R20: purpose, domain, challenge, suite, times and contexts are what they must be', async () => {
  const suite = 'eddsa-jcs-2022';
  const holder = makeHolder(suite);
  const good = await present(suite, holder);
  assert.equal(await errorOf([good]), 'taken');
  const proof = proofOf(good);
  const cases: Record<string, JsonObject> = {
    'no proof': without(good, 'proof'),
    'two proofs': { ...good, proof: [proof, proof] },
    'no challenge': { ...good, proof: without(proof, 'challenge') },
    'no domain': { ...good, proof: without(proof, 'domain') },
    'no suite': { ...good, proof: without(proof, 'cryptosuite') },
    'an assertion': withProof(good, { proofPurpose: 'assertionMethod' }),
    'an old type': withProof(good, { type: 'Ed25519Signature2020' }),
    'a proof before it': withProof(good, { previousProof: 'urn:uuid:1' }),
    'a time without zone': withProof(good, { created: '2026-01-01T00:00:00' }),
    'a time to come': withProof(good, { created: '2096-01-01T00:00:00Z' }),
    expired: withProof(good, { expires: '2020-01-01T00:00:00Z' }),
    'no value': withProof(good, { proofValue: 'z' }),
    'a value of zeros': withProof(good, { proofValue: `z${'1'.repeat(64)}` }),
    'a method elsewhere': withProof(good, { verificationMethod: 'did:web:wallet.example#key' }),
    'a method without fragment': withProof(good, { verificationMethod: didKeyOf(holder) }),
    'a context of its own': { ...good, '@context': ['https://www.w3.org/ns/credentials/v2', { x: 'https://x.example/x' }] },
    'a context elsewhere': { ...good, '@context': ['https://www.w3.org/ns/credentials/v2', 'https://attacker.example/context'] },
    'no context': without(good, '@context'),
    'a credential': { ...good, type: ['VerifiableCredential'] },
    'too long': { ...good, note: 'x'.repeat(20_000) },
  };
  for (const [name, presentation] of Object.entries(cases)) assert.equal(await errorOf([presentation]), 'invalid_proof', name);
  assert.equal(await errorOf([await present(suite, holder, { domain: 'https://other.example' })]), 'invalid_proof');
  assert.equal(await errorOf([await present(suite, holder, { challenge: 'made up' })]), 'invalid_nonce');
  const otherSuites = { binding: { ...binding, proofs: { di_vp: { suites: ['ecdsa-jcs-2019'] } } } } as unknown as CredentialType;
  assert.equal(await errorOf([good], { type: otherSuites }), 'invalid_proof');
  assert.equal(
    await errorOf([good], { type: { binding: { ...binding, methods: ['did:jwk'] } } as unknown as CredentialType }),
    'invalid_proof',
  );
});

test('standards V-75, DI-4: a key on P-384 proves itself with the hashes of its curve', async () => {
  for (const suite of ['ecdsa-rdfc-2019', 'ecdsa-jcs-2019'] as const) {
    const holder = makeHolder(suite, 'P-384');
    const did = didJwkOf(holder.jwk);
    const good = await present(suite, holder, { method: `${did}#0` });
    assert.equal((await verify([good]))[0]?.did, did);
    assert.equal(await errorOf([withProof(good, { challenge: mintNonce(nonces) })]), 'invalid_proof');
  }
});

test('standards V-75, X-8, VX-8: several presentations over one nonce give their keys in order; a key twice or a second nonce refuses', async () => {
  const suite = 'ecdsa-jcs-2019';
  const challenge = mintNonce(nonces);
  const holders = [makeHolder(suite), makeHolder(suite)] as const;
  const [first, second] = [await present(suite, holders[0], { challenge }), await present(suite, holders[1], { challenge })];
  assert.deepEqual(
    (await verify([second, first])).map((holder) => holder?.jwk.x),
    [holders[1].jwk.x, holders[0].jwk.x],
  );
  assert.equal(await errorOf([first, await present(suite, holders[0], { challenge })]), 'invalid_proof');
  assert.equal(await errorOf([first, await present(suite, holders[1])]), 'invalid_proof');
});

test('standards V-75, quality Q27: the metadata name the suites of a type, and it may name none that nobody here reads', async () => {
  assert.deepEqual(bindingMetadata(binding).proof_types_supported, { di_vp: { proof_signing_alg_values_supported: suites } });
  assert.equal(findBindingFault(binding, trust), undefined);
  assert.equal(findBindingFault(binding, { ...trust, presentations: undefined })?.pointer, '/binding/proofs/di_vp/suites/0');
  const old = { ...binding, proofs: { di_vp: { suites: ['eddsa-jcs-2022', 'Ed25519Signature2020'] } } };
  assert.equal(findBindingFault(old, trust)?.pointer, '/binding/proofs/di_vp/suites/1');
  assert.equal(findBindingFault({ ...binding, methods: ['jwk'] }, trust)?.pointer, '/binding/methods');
});
