import 'reflect-metadata';
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { deviceKey, issuerSigned, root } from '../../../test/support/iso-18013-5-annex-d.ts';
import { makeRoot, makeSigner } from '../../keys/file/certificates.ts';
import { createFileKeyStore } from '../../keys/file/file-key-store.ts';
import type { KeyStore, PublicJwk, Signer } from '../../keys/keys.ts';
import { type Cbor, embeddedCbor, encodeCbor, Tagged } from '../../lib/cbor.ts';
import { movableClock } from '../../lib/clock.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { Order } from '../format.ts';
import { msoMdoc } from '../mso-mdoc/mso-mdoc.ts';
import { CredentialFault, type Expectation } from './credential-reader.ts';
import { msoMdocReader } from './mso-mdoc.ts';
import { findReader } from './readers.ts';

const issuer = 'https://office.example/issuers/roads';
const clock = movableClock(new Date('2026-11-22T14:06:00Z'));
const namespace = 'org.example.card';
const profileOf = (algorithm: string) =>
  msoMdoc.read(
    {
      algorithm,
      doctype: 'org.example.card',
      namespaces: {
        [namespace]: {
          full_name: { claim: ['name'], encoding: 'text' },
          birth_date: { claim: ['born'], encoding: 'full-date' },
          portrait: { claim: ['portrait'], encoding: 'bytes' },
          rights: { claim: ['classes'], encoding: { list: { map: { code: { claim: [], encoding: 'text' } } } } },
          weight: { claim: ['weight'], encoding: 'number' },
          'seal-bytes': { claim: ['seal'], encoding: 'bytes' },
        },
        'org.example.more': { adult: { claim: ['adult'], encoding: 'boolean' } },
      },
    },
    {
      issuer,
      version: 1,
      display: [],
      rules: ['name', 'born', 'portrait', 'classes', 'weight', 'seal', 'adult'].map((name) => ({
        path: [name],
        mandatory: true,
        disclosure: 'selective',
        display: [],
      })),
    },
  );
const profile = profileOf('ES256');
const portrait = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==';
const claims: JsonObject = {
  name: 'Ælfrīc 𝒜',
  born: '1988-03-27',
  portrait,
  classes: ['A', 'B'],
  weight: 70.25,
  seal: 'AQID',
  adult: true,
};

let folder = '';
let keys: KeyStore;
let signer: Signer;
let holder: PublicJwk;
let expectation: Expectation;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-mdoc-reader-'));
  const name = (identifier: string) => ({ commonName: 'Roads', organisation: 'City', country: 'XO', identifier });
  const issuers = { roads: name(issuer), other: name('https://other.example') };
  keys = await createFileKeyStore({ folder, keyEncryptionKey: new Uint8Array(32).fill(1), clock, issuers });
  signer = await keys.signer('credential:roads');
  const { x, y } = (await keys.signer('wallet-client')).publicJwk;
  holder = { kty: 'EC', crv: 'P-256', x, y: String(y) };
  expectation = {
    issuer,
    configuration: msoMdoc.metadata(profile),
    holderKey: holder,
    trustAnchor: Uint8Array.from(await keys.trustAnchor('roads')),
    now: clock.now(),
  };
});
after(() => rm(folder, { recursive: true, force: true }));

const compiled = msoMdoc.compile(profile);
async function issue(more: Partial<Order> = {}, make = compiled): Promise<string> {
  const order = { issuer, issuerDid: 'did:web:office.example', claims, holder: { jwk: holder, did: 'did:example:holder' } };
  const issuedAt = new Date('2026-11-22T00:00:00Z');
  return String(await make({ ...order, issuedAt, expiresAt: new Date('2027-02-01T00:00:00Z'), signer, ...more }));
}

type Parts = Map<string, Cbor>;
const day = (text: string) => new Tagged(0, text);
const item = (digestID: number, name: string, value: Cbor, more: readonly (readonly [string, Cbor])[] = []) =>
  embeddedCbor(
    new Map<string, Cbor>([
      ['digestID', digestID],
      ['random', new Uint8Array(32).fill(digestID + 1)],
      ['elementIdentifier', name],
      ['elementValue', value],
      ...more,
    ]),
  );
const digestOf = async (entry: Cbor) => new Uint8Array(await crypto.subtle.digest('SHA-256', Buffer.from(encodeCbor(entry))));

interface Forgery {
  readonly items?: readonly Cbor[];
  /** The items whose digests are signed, when they are others. */
  readonly digested?: readonly Cbor[];
  readonly object?: readonly (readonly [string, Cbor])[];
  readonly header?: ReadonlyMap<number, Cbor>;
  readonly beside?: Cbor;
  readonly payload?: (payload: Uint8Array) => Uint8Array;
  readonly by?: Signer;
}

/** Signs any object over any items with a real document signer. */
async function forge(forgery: Forgery = {}): Promise<string> {
  const { items = [item(0, 'full_name', 'Amina')], digested = items, by = signer } = forgery;
  const digests = new Map<number, Cbor>();
  for (const [index, entry] of digested.entries()) digests.set(index, await digestOf(entry));
  const key = new Map<number, Cbor>([
    [1, 2],
    [-1, 1],
    [-2, Buffer.from(holder.x, 'base64url')],
    [-3, Buffer.from(String(holder.y), 'base64url')],
  ]);
  const times = new Map([
    ['signed', day('2026-11-22T00:00:00Z')],
    ['validFrom', day('2026-11-22T00:00:00Z')],
    ['validUntil', day('2027-01-01T00:00:00Z')],
  ]);
  const object: Parts = new Map<string, Cbor>([
    ['version', '1.0'],
    ['digestAlgorithm', 'SHA-256'],
    ['docType', 'org.example.card'],
    ['valueDigests', new Map([[namespace, digests]])],
    ['deviceKeyInfo', new Map([['deviceKey', key]])],
    ['validityInfo', times],
    ...(forgery.object ?? []),
  ]);
  const payload = (forgery.payload ?? ((bytes) => bytes))(encodeCbor(embeddedCbor(object)));
  const header = encodeCbor(forgery.header ?? new Map([[1, -7]]));
  const signature = await by.sign(encodeCbor(['Signature1', header, new Uint8Array(), payload]));
  const beside = forgery.beside ?? new Map<number, Cbor>([[33, by.certificates[0] ?? null]]);
  const whole = new Map<string, Cbor>([
    ['nameSpaces', new Map([[namespace, items]])],
    ['issuerAuth', [header, beside, payload, signature]],
  ]);
  return Buffer.from(encodeCbor(whole)).toString('base64url');
}

const refused = (credential: unknown, why: RegExp, more: Partial<Expectation> = {}) =>
  assert.rejects(msoMdocReader.read(credential, { ...expectation, ...more }), (fault: unknown) => {
    assert.ok(fault instanceof CredentialFault, String(fault));
    assert.match(fault.message, why);
    return true;
  });

test('features A24, B46: a good credential is read: dates as texts, images as data addresses, structures as they are', async () => {
  const read = await msoMdocReader.read(await issue(), expectation);
  assert.deepEqual(read.claims, {
    [namespace]: {
      full_name: claims.name,
      birth_date: '1988-03-27',
      portrait,
      rights: [{ code: 'A' }, { code: 'B' }],
      weight: 70.25,
      'seal-bytes': 'data:application/octet-stream;base64,AQID',
    },
    'org.example.more': { adult: true },
  });
  assert.deepEqual([read.format, read.type, read.groups], ['mso_mdoc', 'org.example.card', [namespace, 'org.example.more']]);
  assert.deepEqual(
    [read.issuedAt?.toISOString(), read.validUntil?.toISOString()],
    ['2026-11-22T00:00:00.000Z', '2027-02-01T00:00:00.000Z'],
  );
  assert.equal(findReader(expectation.configuration), msoMdocReader);
  await msoMdocReader.read(await forge(), expectation);
});

test('features B48, standards MD-7: a document of a type that asks for ES384 or EdDSA is read, and none by a key of another curve', async () => {
  for (const [algorithm, label] of [
    ['ES384', -35],
    ['EdDSA', -8],
  ] as const) {
    const by = await keys.signer('credential:roads', algorithm);
    const document = await issue({ signer: by }, msoMdoc.compile(profileOf(algorithm)));
    assert.equal((await msoMdocReader.read(document, expectation)).algorithm, algorithm);
    await refused(await forge({ header: new Map([[1, label]]) }), /the key does not fit/);
    await refused(await forge({ by }), /the key does not fit/);
  }
});

test('features B46: the published example of ISO/IEC 18013-5 annex D is read, its chain, signature and digests verified', async () => {
  const published: Expectation = {
    issuer,
    configuration: { doctype: 'org.iso.18013.5.1.mDL' },
    holderKey: deviceKey,
    trustAnchor: Uint8Array.from(Buffer.from(root, 'base64url')),
    now: new Date('2021-01-01T00:00:00Z'),
  };
  const { claims: read, validUntil } = await msoMdocReader.read(issuerSigned, published);
  const { portrait: picture, ...elements } = read['org.iso.18013.5.1'] as Record<string, unknown>;
  assert.match(String(picture), /^data:image\/jpeg;base64,/);
  assert.deepEqual(elements, {
    family_name: 'Doe',
    issue_date: '2019-10-20',
    expiry_date: '2024-10-20',
    document_number: '123456789',
    driving_privileges: [
      { vehicle_category_code: 'A', issue_date: '2018-08-09', expiry_date: '2024-10-20' },
      { vehicle_category_code: 'B', issue_date: '2017-02-23', expiry_date: '2024-10-20' },
    ],
  });
  assert.equal(validUntil?.toISOString(), '2021-10-01T13:30:02.000Z');
  await refused(issuerSigned, /outside its time/, { ...published, now: new Date('2022-01-01') });
  await refused(issuerSigned, /another key/, { ...published, holderKey: holder });
});

test('features E12: every flipped bit of a document is noticed', async () => {
  const bytes = Buffer.from(await issue(), 'base64url');
  const chain = signer.certificates[0]?.length ?? 0;
  for (let place = 0; place < bytes.length; place += place > 20 && place < chain ? 29 : 7) {
    const changed = Buffer.from(bytes);
    changed[place] = (changed[place] ?? 0) ^ (1 << (place % 8));
    await refused(changed.toString('base64url'), /./);
  }
});

test('features E12: an item that was altered, exchanged, doubled, renamed or added is noticed', async () => {
  const [name, rank] = [item(0, 'full_name', 'Amina'), item(1, 'rank', 'clerk')];
  await refused(await forge({ items: [item(0, 'full_name', 'Eve')], digested: [name] }), /did not sign/);
  await refused(await forge({ items: [item(1, 'full_name', 'Amina'), item(0, 'rank', 'clerk')], digested: [name, rank] }), /did not sign/);
  await refused(await forge({ items: [name, name] }), /good id/);
  await refused(await forge({ items: [name, item(1, 'full_name', 'Eve')] }), /twice/);
  await refused(await forge({ items: [name, rank], digested: [name] }), /did not sign/);
  await refused(await forge({ items: [item(0, 'full_name', 'Amina', [['more', 1]])] }), /other members/);
  await refused(await forge({ items: [] }), /without elements/);
  await refused(await forge({ items: ['Amina'] }), /tag 24/);
  const short = embeddedCbor(
    new Map<string, Cbor>([
      ['digestID', 0],
      ['random', new Uint8Array(15)],
      ['elementIdentifier', 'a'],
      ['elementValue', 1],
    ]),
  );
  await refused(await forge({ items: [short] }), /random/);
});

test('features E12, standards WL-6: another doctype, version, hash, key or time is refused', async () => {
  await refused(await issue(), /another type/, { configuration: { doctype: 'org.example.other' } });
  await refused(await issue(), /another type/, { configuration: {} });
  await refused(await forge({ object: [['docType', 'org.example.other']] }), /another type/);
  await refused(await forge({ object: [['version', '2.0']] }), /another version/);
  await refused(await forge({ object: [['digestAlgorithm', 'SHA-1']] }), /another hash/);
  await refused(await issue({ holder: { jwk: (await keys.signer('access-token')).publicJwk, did: 'd' } }), /another key/);
  await refused(await forge({ object: [['deviceKeyInfo', new Map()]] }), /device key is no map/);
  const times = (signed: Cbor, from: Cbor, until: Cbor) => ({
    object: [
      [
        'validityInfo',
        new Map([
          ['signed', signed],
          ['validFrom', from],
          ['validUntil', until],
        ]),
      ] as const,
    ],
  });
  const [early, today, late] = [day('2026-11-01T00:00:00Z'), day('2026-11-22T00:00:00Z'), day('2027-01-01T00:00:00Z')];
  await refused(await forge(times(today, today, today)), /wrong order/);
  await refused(await forge(times(late, today, late)), /wrong order/);
  await refused(await forge(times(early, early, late)), /outside the time of its certificate/);
  await refused(await forge(times(day('2026-12-01T00:00:00Z'), late, day('2027-02-01T00:00:00Z'))), /future/);
  for (const wrong of ['2026-11-22T00:00:00Z', day('2026-11-22'), day('2026-11-22T00:00:00.5Z'), new Tagged(1, 1)])
    await refused(await forge(times(wrong, today, late)), /no time/);
  await refused(await issue(), /no longer valid/, { now: new Date('2027-02-02') });
});

test('features E12, standards MD-3: another algorithm, header, chain or signer is refused before anything is believed', async () => {
  for (const label of [-9, -36, -47, 5, '-7']) await refused(await forge({ header: new Map<number, Cbor>([[1, label]]) }), /algorithm/);
  await refused(
    await forge({
      header: new Map<number, Cbor>([
        [1, -7],
        [2, [1]],
      ]),
    }),
    /algorithm/,
  );
  await refused(await forge({ beside: new Map() }), /document signer/);
  await refused(await forge({ beside: new Map<number, Cbor>([[33, 'text']]) }), /document signer/);
  await refused(await forge({ beside: new Map<number, Cbor>([[33, [await keys.trustAnchor('roads')]]]) }), /another purpose/);
  await refused(await forge({ by: await keys.signer('credential:other') }), /another issuer|wrong signature/);
  await refused(await issue(), /certificate of another issuer/, { issuer: `${issuer}/more` });
  await refused(await issue(), /outside its time/, { now: new Date('2040-01-01') });
});

test('standards MD-9: a certificate of the root that is for other things than documents signs none', async () => {
  const subtle = webcrypto.subtle as SubtleCrypto;
  const pair = () => subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;
  const [authority, other] = [await pair(), await pair()];
  const exported = async (format: 'pkcs8' | 'spki', key: CryptoKey) => new Uint8Array(await subtle.exportKey(format, key));
  const key = { pkcs8: await exported('pkcs8', authority.privateKey), spki: await exported('spki', authority.publicKey) };
  const name = { commonName: 'Roads', organisation: 'City', country: 'XO', identifier: issuer };
  const certificate = await makeRoot(key, name, clock.now());
  const sign = async (data: Uint8Array) =>
    new Uint8Array(await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, other.privateKey, Uint8Array.from(data)));
  const signerOf = (der: Uint8Array): Signer => ({ ...signer, certificates: [der], sign });
  const good = await makeSigner({ certificate, key }, await exported('spki', other.publicKey), name, clock.now());
  const trustAnchor = Uint8Array.from(certificate);
  await msoMdocReader.read(await forge({ by: signerOf(good) }), { ...expectation, trustAnchor });
  const elsewhere = await X509CertificateGenerator.create({
    serialNumber: '4c01',
    subject: 'CN=Web server, C=XO',
    issuer: new X509Certificate(Buffer.from(certificate)).subject,
    notBefore: new Date(clock.now().getTime() - 86_400_000),
    notAfter: new Date(clock.now().getTime() + 86_400_000),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    publicKey: other.publicKey,
    signingKey: authority.privateKey,
    extensions: [
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth], true),
    ],
  });
  await refused(await forge({ by: signerOf(new Uint8Array(elsewhere.rawData)) }), /signs no documents/, { trustAnchor });
});

test('features E12: what is no IssuerSigned, or stands in anything else, is refused', async () => {
  const good = Buffer.from(await forge(), 'base64url');
  for (const garbage of [undefined, {}, '', 'AA==', `${good.toString('base64url')}=`, 'A'.repeat(2 * 1024 * 1024 + 1)])
    await refused(garbage, /./);
  const wrapped = (...parts: readonly (Uint8Array | string)[]) =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part))).toString('base64url');
  await refused(wrapped(good, '00'), /behind it/);
  await refused(wrapped('d818', encodeCbor(good)), /no map/);
  await refused(wrapped('81', good), /no map/);
  await refused(wrapped(good.subarray(0, -1)), /cut off/);
  await refused(await forge({ payload: (payload) => payload.subarray(2) }), /tag 24/);
  await refused(await forge({ payload: (payload) => Buffer.concat([payload, Buffer.of(0)]) }), /behind it/);
});
