import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createFileKeyStore } from '../keys/file/file-key-store.ts';
import { movableClock } from '../lib/clock.ts';
import type { Json } from '../lib/json.ts';
import type { CredentialFormat, Lint, Order } from './format.ts';
import { jwtVcJson } from './jwt-vc-json/jwt-vc-json.ts';
import { jwtVcJsonLints } from './jwt-vc-json/lints.ts';
import { ldpVc } from './ldp-vc/ldp-vc.ts';
import { ldpVcLints } from './ldp-vc/lints.ts';
import { suites } from './ldp-vc/suites.ts';
import { createLinter, LintFault } from './lint.ts';
import { msoMdocLints } from './mso-mdoc/lints.ts';
import { msoMdoc } from './mso-mdoc/mso-mdoc.ts';
import { sdJwtVcLints } from './sd-jwt-vc/lints.ts';
import { sdJwtVc } from './sd-jwt-vc/sd-jwt-vc.ts';

/** As free as what comes out of a parser: a fixture breaks what the types forbid. */
type Breakable = ReturnType<typeof JSON.parse>;
/** Breaks one thing in an order and a draft that are sound. */
type Break = (order: Breakable, draft: Breakable) => void;
type Breaks = Readonly<Record<string, Break>>;

const issuer = 'https://issuer.example/issuers/civil';
const issuerDid = 'did:web:issuer.example:issuers:civil';
const did = 'did:jwk:eyJrdHkiOiJFQyJ9';
const uri = `${issuer}/status-lists/a`;
const [x, y] = ['x'.repeat(43), 'y'.repeat(43)];
const [begin, end] = [new Date('2026-03-01T00:00:00Z'), new Date('2027-03-01T00:00:00Z')];
const [iat, exp] = [begin.getTime() / 1000, end.getTime() / 1000];
const certificate = Uint8Array.from({ length: 300 }, () => 0x30);

const makeOrder = (): Order => ({
  issuer,
  issuerDid,
  claims: { name: 'A' },
  holder: { jwk: { kty: 'EC', crv: 'P-256', x, y }, did },
  issuedAt: new Date(begin),
  expiresAt: new Date(end),
  status: { uri, index: 7 },
  signer: {
    algorithm: 'ES256',
    keyId: 'key',
    publicJwk: { kty: 'EC', crv: 'P-256', x: 'k'.repeat(43), y },
    certificates: [certificate],
    sign: async () => new Uint8Array(64),
  },
});

const orderBreaks: Breaks = {
  'order/issuer-is-an-address': (order) => Object.assign(order, { issuer: `${issuer}?tenant=1` }),
  'order/issuer-did': (order) => Object.assign(order, { issuerDid: 'did:key:z6Mk' }),
  'order/begins': (order) => Object.assign(order, { issuedAt: new Date(Number.NaN) }),
  'order/begins-on-a-whole-second': (order) => order.issuedAt.setMilliseconds(1),
  'order/ends': (order) => Object.assign(order, { expiresAt: new Date(Number.NaN) }),
  'order/ends-on-a-whole-second': (order) => order.expiresAt.setMilliseconds(1),
  'order/ends-after-it-begins': (order) => Object.assign(order, { expiresAt: order.issuedAt }),
  'order/lasts-a-lifetime-at-most': (order) => order.expiresAt.setUTCFullYear(2200),
  'order/status-index': (order) => Object.assign(order.status, { index: -1 }),
  'order/status-index-in-range': (order) => Object.assign(order.status, { index: 2 ** 31 }),
  'order/status-address': (order) => Object.assign(order.status, { uri: `${uri}#7` }),
  'order/status-of-this-issuer': (order) => Object.assign(order.status, { uri: 'https://other.example/list' }),
  'order/holder-curve': (order) => Object.assign(order.holder.jwk, { crv: 'P-521' }),
  'order/holder-key-is-whole': (order) => Object.assign(order.holder.jwk, { x: 'short' }),
  'order/holder-key-has-both-coordinates': (order) => delete order.holder.jwk.y,
  'order/holder-key-is-public': (order) => Object.assign(order.holder.jwk, { d: 'secret' }),
  'order/holder-did': (order) => Object.assign(order.holder, { did: 'https://somebody.example' }),
  'order/holder-is-not-the-issuer': (order) => Object.assign(order.signer.publicJwk, { x }),
  'order/signer-algorithm': (order) => Object.assign(order.signer, { algorithm: 'EdDSA' }),
  'order/signer-key-id': (order) => Object.assign(order.signer, { keyId: '' }),
  'order/signer-certificates': (order) => Object.assign(order.signer, { certificates: [new Uint8Array(300)] }),
};

const header = (typ: string, kid: string) => ({ alg: 'ES256', typ, kid, x5c: ['MII'] });
const digest = (letter: string) => letter.repeat(43);
const sdJwtDraft = () => ({
  profile: { vct: `${issuer}/types/card/v1`, integrity: `sha256-${'a'.repeat(43)}=`, decoys: 1 },
  name: 'dc+sd-jwt',
  header: header('dc+sd-jwt', 'key'),
  payload: {
    iss: issuer,
    iat,
    exp,
    vct: `${issuer}/types/card/v1`,
    'vct#integrity': `sha256-${'a'.repeat(43)}=`,
    cnf: { jwk: { kty: 'EC', crv: 'P-256', x, y } },
    status: { status_list: { idx: 7, uri } },
    _sd_alg: 'sha-256',
    _sd: [digest('a'), digest('b'), digest('c')],
  },
  disclosures: [`WyJ${'a'.repeat(40)}`, `WyJ${'b'.repeat(40)}`],
});
const payload =
  (change: object): Break =>
  (_, draft) =>
    Object.assign(draft.payload, change);
const head =
  (change: object): Break =>
  (_, draft) =>
    Object.assign(draft.header, change);
const cnf =
  (change: object): Break =>
  (_, draft) =>
    Object.assign(draft.payload.cnf.jwk, change);
const disclosures =
  (...changed: string[]): Break =>
  (_, draft) =>
    Object.assign(draft, { disclosures: changed });

const sdJwtBreaks: Breaks = {
  ...orderBreaks,
  'sd-jwt/alg': head({ alg: 'none' }),
  'sd-jwt/typ': head({ typ: 'vc+sd-jwt' }),
  'sd-jwt/kid': head({ kid: 'another' }),
  'sd-jwt/x5c': head({ x5c: [] }),
  'sd-jwt/no-key-in-header': head({ jwk: {} }),
  'sd-jwt/no-critical-extension': head({ crit: ['b64'] }),
  'sd-jwt/iss': payload({ iss: 'https://other.example' }),
  'sd-jwt/iat': payload({ iat: iat + 1 }),
  'sd-jwt/exp': payload({ exp: undefined }),
  'sd-jwt/vct': payload({ vct: 'another' }),
  'sd-jwt/vct-integrity': payload({ 'vct#integrity': 'another' }),
  'sd-jwt/vct-integrity-form': (_, draft) => Object.assign(draft.profile, { integrity: 'md5-x' }),
  'sd-jwt/cnf-key': cnf({ x: 'z' }),
  'sd-jwt/cnf-key-second-coordinate': cnf({ y: 'z' }),
  'sd-jwt/cnf-key-type': cnf({ kty: 'OKP' }),
  'sd-jwt/cnf-key-curve': cnf({ crv: 'P-384' }),
  'sd-jwt/cnf-holds-a-key-alone': payload({ cnf: { kid: 'did:jwk:x' } }),
  'sd-jwt/cnf-key-is-minimal': cnf({ kid: 'name' }),
  'sd-jwt/status-index': (_, draft) => Object.assign(draft.payload.status.status_list, { idx: 8 }),
  'sd-jwt/status-address': (_, draft) => Object.assign(draft.payload.status.status_list, { uri: 'another' }),
  'sd-jwt/status-holds-a-list-alone': (_, draft) => Object.assign(draft.payload.status, { other: 1 }),
  'sd-jwt/no-nbf': payload({ nbf: iat }),
  'sd-jwt/no-audience': payload({ aud: 'x' }),
  'sd-jwt/no-nonce': payload({ nonce: 'x' }),
  'sd-jwt/no-hash-of-presentation': payload({ sd_hash: 'x' }),
  'sd-jwt/no-element-digest-at-top': payload({ '...': 'x' }),
  'sd-jwt/sd-alg': payload({ _sd_alg: 'sha-512' }),
  'sd-jwt/sd-is-never-empty': payload({ _sd: [] }),
  'sd-jwt/digest-length': payload({ _sd: ['a'] }),
  'sd-jwt/digests-in-no-telling-order': payload({ _sd: [digest('b'), digest('a')] }),
  'sd-jwt/digests-differ': payload({ _sd: [digest('a'), digest('a')] }),
  'sd-jwt/decoys': (_, draft) => Object.assign(draft.profile, { decoys: 4 }),
  'sd-jwt/disclosure-is-an-array': disclosures('e30'),
  'sd-jwt/salt-of-128-bits': disclosures('WyJhIl0'),
  'sd-jwt/salts-differ': disclosures(`WyJ${'a'.repeat(40)}`, `WyJ${'a'.repeat(41)}`),
};

const w3cProfile = {
  dataModel: '2.0',
  contexts: ['https://www.w3.org/ns/credentials/v2', 'https://issuer.example/context'],
  types: ['VerifiableCredential', 'Card'],
  statusPurposes: ['revocation'],
};
const entry = { id: `${uri}/es256/revocation#7`, type: 'BitstringStatusListEntry', statusPurpose: 'revocation', statusListIndex: '7' };
const credential = () => ({
  '@context': [...w3cProfile.contexts],
  id: 'urn:uuid:00000000-0000-4000-8000-000000000000',
  type: [...w3cProfile.types],
  issuer: issuerDid,
  validFrom: '2026-03-01T00:00:00Z',
  validUntil: '2027-03-01T00:00:00Z',
  credentialSubject: { id: did, name: 'A' },
  credentialStatus: { ...entry, statusListCredential: `${uri}/es256/revocation` },
});
const change =
  (changes: object): Break =>
  (_, draft) =>
    Object.assign(draft.credential, changes);
const inStatus =
  (changes: object): Break =>
  (_, draft) =>
    Object.assign(draft.credential.credentialStatus, changes);
const w3cBreaks: Breaks = {
  'w3c/base-context-first': change({ '@context': ['https://issuer.example/context'] }),
  'w3c/one-data-model': (_, draft) => draft.credential['@context'].push('https://www.w3.org/2018/credentials/v1'),
  'w3c/contexts-of-the-type': change({ '@context': w3cProfile.contexts.slice(0, 1) }),
  'w3c/contexts-are-addresses': (_, draft) => draft.credential['@context'].push({}),
  'w3c/id': change({ id: 'urn:uuid:1' }),
  'w3c/type-first': change({ type: ['Card', 'VerifiableCredential'] }),
  'w3c/types-of-the-type': change({ type: ['VerifiableCredential'] }),
  'w3c/issuer': change({ issuer: { id: 'did:web:other.example' } }),
  'w3c/begins': change({ validFrom: '2026-03-01T00:00:00.000Z' }),
  'w3c/ends': change({ validUntil: undefined }),
  'w3c/no-times-of-the-other-model': change({ issuanceDate: '2026-03-01T00:00:00Z' }),
  'w3c/one-subject': change({ credentialSubject: [] }),
  'w3c/subject-says-something': change({ credentialSubject: {} }),
  'w3c/subject-is-the-holder': change({ credentialSubject: { id: 'did:jwk:other' } }),
  'w3c/no-proof-yet': change({ proof: {} }),
  'w3c/status-purposes': inStatus({ statusPurpose: 'message' }),
  'w3c/status-type': inStatus({ type: 'StatusList2021Entry' }),
  'w3c/status-index': inStatus({ statusListIndex: 7 }),
  'w3c/status-address': inStatus({ statusListCredential: 'https://other.example/list' }),
  'w3c/status-id-is-not-the-list': inStatus({ id: `${uri}/es256/revocation` }),
};

const jwtDraft = () => {
  const made = credential();
  return { profile: { ...w3cProfile }, header: { ...header('vc+jwt', `${issuerDid}#key`), cty: 'vc' }, payload: made, credential: made };
};
/** The same of VCDM 1.1, whose JWT has claims beside the credential, broken by one of them. */
const old =
  (changes: object): Break =>
  (_, draft) => {
    draft.profile.dataModel = '1.1';
    draft.payload = { iss: issuerDid, sub: did, nbf: iat, exp, jti: draft.credential.id, vc: draft.credential, ...changes };
  };
const jwtBreaks: Breaks = {
  ...orderBreaks,
  ...w3cBreaks,
  'jwt-vc/alg': head({ alg: 'none' }),
  'jwt-vc/typ': head({ typ: 'JWT' }),
  'jwt-vc/cty': head({ cty: 'json' }),
  'jwt-vc/kid': head({ kid: 'key' }),
  'jwt-vc/x5c': head({ x5c: [] }),
  'jwt-vc/no-key-in-header': head({ jku: 'x' }),
  'jwt-vc/no-critical-extension': head({ b64: false }),
  'jwt-vc/no-audience': payload({ aud: 'x' }),
  'jwt-vc/no-presentation': payload({ vp: {} }),
  'jwt-vc/no-claim-beside-the-credential': payload({ vc: {} }),
  'jwt-vc/iss': old({ iss: issuer }),
  'jwt-vc/sub': old({ sub: undefined }),
  'jwt-vc/nbf': old({ nbf: iat + 1 }),
  'jwt-vc/exp': old({ exp: undefined }),
  'jwt-vc/jti': old({ jti: 'urn:uuid:other' }),
};

const suite = suites.find(({ name }) => name === 'ecdsa-rdfc-2019');
const jcs = suites.find(({ name }) => name === 'ecdsa-jcs-2019');
const legacy = suites.find(({ name }) => name === 'Ed25519Signature2020');
const ldpDraft = () => ({
  profile: { ...w3cProfile },
  credential: credential(),
  suite,
  proof: {
    type: 'DataIntegrityProof',
    cryptosuite: 'ecdsa-rdfc-2019',
    created: '2026-03-01T00:00:00Z',
    verificationMethod: `${issuerDid}#zDn${'a'.repeat(40)}`,
    proofPurpose: 'assertionMethod',
  },
  canonical: `<${credential().id}> <issuer> <${issuerDid}> .\n<${credential().id}> <subject> <${did}> .\n`,
});
const inProof =
  (changes: object): Break =>
  (_, draft) =>
    Object.assign(draft.proof, changes);
const draftIs =
  (changes: object): Break =>
  (_, draft) =>
    Object.assign(draft, changes);
const ldpBreaks: Breaks = {
  ...orderBreaks,
  ...w3cBreaks,
  'ldp-vc/suite': draftIs({ suite: { ...suite } }),
  'ldp-vc/suite-algorithm': (order) => Object.assign(order.signer, { algorithm: 'EdDSA' }),
  'ldp-vc/proof-type': inProof({ type: 'Ed25519Signature2020' }),
  'ldp-vc/cryptosuite': inProof({ cryptosuite: 'eddsa-rdfc-2022' }),
  'ldp-vc/created': inProof({ created: '2026-03-02T00:00:00Z' }),
  'ldp-vc/verification-method': inProof({ verificationMethod: `did:web:other.example#${'a'.repeat(40)}` }),
  'ldp-vc/verification-method-names-a-key': inProof({ verificationMethod: `${issuerDid}#k` }),
  'ldp-vc/proof-purpose': inProof({ proofPurpose: 'authentication' }),
  'ldp-vc/no-proof-value-yet': inProof({ proofValue: 'z' }),
  'ldp-vc/proof-contexts': draftIs({ suite: jcs }),
  'ldp-vc/suite-context': draftIs({ suite: legacy }),
  'ldp-vc/something-is-signed': draftIs({ canonical: '' }),
  'ldp-vc/id-is-signed': draftIs({ canonical: `<${issuerDid}> <${did}> .\n` }),
  'ldp-vc/issuer-is-signed': draftIs({ canonical: `<${credential().id}> <${did}> .\n` }),
  'ldp-vc/holder-is-signed': draftIs({ canonical: `<${credential().id}> <${issuerDid}> .\n` }),
  'ldp-vc/canonical-form': draftIs({ canonical: `${credential().id} ${issuerDid} ${did}` }),
};

const mdocDraft = () => ({
  profile: { algorithm: 'ES256', doctype: 'org.iso.18013.5.1.mDL', namespaces: [{ name: 'n', elements: [{}, {}] }] },
  statement: {
    deviceKey: new Map<number, number | Uint8Array>([
      [1, 2],
      [-1, 1],
      [-2, new Uint8Array(32)],
      [-3, new Uint8Array(32)],
    ]),
    signed: new Date(begin),
    validUntil: new Date(end),
    status: { uri, index: 7 },
  },
  digested: [{ name: new Uint8Array(), digests: ['a'.repeat(32), 'b'.repeat(32)] }],
  input: Uint8Array.from([0x84, 0x6a]),
});
const says =
  (changes: object): Break =>
  (_, draft) =>
    Object.assign(draft.statement, changes);
const inKey =
  (label: number, value?: number | Uint8Array): Break =>
  (_, draft) =>
    value === undefined ? draft.statement.deviceKey.delete(label) : draft.statement.deviceKey.set(label, value);
const digests =
  (...changed: string[]): Break =>
  (_, draft) =>
    Object.assign(draft.digested[0], { digests: changed });
const mdocBreaks: Breaks = {
  ...orderBreaks,
  'mdoc/doctype': (_, draft) => Object.assign(draft.profile, { doctype: '' }),
  'mdoc/bound-to-a-key': (order) => delete order.holder,
  'mdoc/algorithm': (order) => Object.assign(order.signer, { algorithm: 'EdDSA' }),
  'mdoc/signer-certificate': (order) => Object.assign(order.signer, { certificates: [] }),
  'mdoc/signed-when-issued': says({ signed: new Date(begin.getTime() + 1000) }),
  'mdoc/valid-until-after-signed': says({ validUntil: begin }),
  'mdoc/valid-no-longer-than-ordered': says({ validUntil: new Date(end.getTime() + 1000) }),
  'mdoc/valid-for-a-day-at-least': says({ validUntil: new Date(begin.getTime() + 1000) }),
  'mdoc/no-fraction-of-a-second': says({ validUntil: new Date(end.getTime() - 1) }),
  'mdoc/device-key-type': inKey(1, 1),
  'mdoc/device-key-curve': inKey(-1, 8),
  'mdoc/device-key-x': inKey(-2, new Uint8Array(31)),
  'mdoc/device-key-y': inKey(-3),
  'mdoc/device-key-is-minimal': inKey(3, -7),
  'mdoc/status-index': says({ status: { uri, index: 8 } }),
  'mdoc/status-address': says({ status: { uri: 'another', index: 7 } }),
  'mdoc/some-namespace': draftIs({ digested: [] }),
  'mdoc/no-foreign-namespace': (_, draft) => draft.digested.push(draft.digested[0]),
  'mdoc/no-empty-namespace': digests(),
  'mdoc/no-more-digests-than-elements': digests('a', 'b', 'c'),
  'mdoc/digest-length': digests('short'),
  'mdoc/digests-differ': digests('a'.repeat(32), 'a'.repeat(32)),
  'mdoc/signed-structure': draftIs({ input: new Uint8Array(2) }),
};

const formats = {
  'SD-JWT VC': [sdJwtVcLints, sdJwtDraft, sdJwtBreaks, 56],
  jwt_vc_json: [jwtVcJsonLints, jwtDraft, jwtBreaks, 56],
  ldp_vc: [ldpVcLints, ldpDraft, ldpBreaks, 57],
  mso_mdoc: [msoMdocLints, mdocDraft, mdocBreaks, 44],
} as unknown as Readonly<Record<string, readonly [readonly Lint<unknown>[], () => unknown, Breaks, number]>>;

for (const [format, [lints, makeDraft, breaks, count]] of Object.entries(formats)) {
  test(`quality T18, Q20, R42, R54: every lint of ${format} takes what is sound, and has a fixture that it refuses`, () => {
    assert.equal(lints.length, count);
    assert.deepEqual(lints.map(({ id }) => id).sort(), Object.keys(breaks).sort());
    const check = createLinter(lints);
    check(makeDraft(), makeOrder());
    for (const { id, clause, holds } of lints) {
      assert.notEqual(clause, '', id);
      const [draft, order] = [makeDraft(), makeOrder()];
      breaks[id]?.(order, draft);
      let held = false;
      try {
        held = holds(draft, order);
      } catch {
        // A rule that cannot look refuses: that is how the linter takes it.
      }
      assert.equal(held, false, id);
      assert.throws(() => check(draft, order), LintFault, id);
    }
  });
}

/** A signer with a certificate, as production has it. */
async function office() {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-lints-'));
  after(() => rm(folder, { recursive: true, force: true }));
  const names = { commonName: 'Office', organisation: 'Office', country: 'XO', identifier: issuer };
  const clock = movableClock(new Date('2026-03-01T12:00:00Z'));
  const keys = await createFileKeyStore({ folder, keyEncryptionKey: Buffer.alloc(32, 1), clock, issuers: { civil: names } });
  return keys.signer('credential:civil');
}

const rules = [{ path: ['name'], mandatory: true, disclosure: 'selective' as const, display: [] }];
const typeContext = { issuer, version: 1, rules, display: [] };
const profiles = [
  [sdJwtVc, { vct: 'card' }],
  [jwtVcJson, { dataModel: '2.0', types: ['Card'] }],
  [jwtVcJson, { dataModel: '1.1', types: ['Card'] }],
  [ldpVc, { dataModel: '2.0', suite: 'ecdsa-jcs-2019', types: [], contexts: [] }],
  [msoMdoc, { doctype: 'a', namespaces: { n: { name: { claim: ['name'], encoding: 'text' } } } }],
] as unknown as readonly (readonly [CredentialFormat<unknown>, Json])[];

for (const [format, raw] of profiles) {
  test(`quality Q20: ${format.identifier} ${JSON.stringify(raw).slice(0, 20)} shows what it is about to sign, and signs nothing that is refused`, async () => {
    const types = format === ldpVc ? { ...(raw as object), types: ['urn:example:Card'] } : raw;
    const profile = format.read(types as Json, format === ldpVc ? { ...typeContext, rules: [] } : typeContext);
    let shown = 0;
    const issue = format.compile(profile, () => {
      shown += 1;
      throw new LintFault('test/never');
    });
    let signed = 0;
    const sign = async () => {
      signed += 1;
      return new Uint8Array(64);
    };
    const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
    const order = { ...makeOrder(), signer: { ...(await office()), sign }, holder: { jwk, did } } as unknown as Order;
    await assert.rejects(issue(format === ldpVc ? { ...order, claims: {} } : order), LintFault);
    assert.deepEqual([shown, signed], [1, 0]);
  });
}
