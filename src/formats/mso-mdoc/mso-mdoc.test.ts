import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { createFileKeyStore } from '../../keys/file/file-key-store.ts';
import type { Signer } from '../../keys/keys.ts';
import { movableClock } from '../../lib/clock.ts';
import type { Json, JsonObject } from '../../lib/json.ts';
import { ClaimFault, type ClaimPath, type Order, ProfileFault, type TypeContext } from '../format.ts';
import { compileIssue } from './compiled.ts';
import { type Encoding, type MdocAlgorithm, mdocAlgorithms, scalars } from './elements.ts';
import { msoMdoc } from './mso-mdoc.ts';
import { issuePlain } from './plain.ts';
import { drawNamespace, pooledRandom } from './shuffle.ts';

const issuer = 'https://issuer.example';
const clock = movableClock(new Date('2026-11-27T00:00:00Z'));
const type = (...paths: readonly ClaimPath[]): TypeContext => ({
  issuer,
  version: 1,
  display: [],
  rules: paths.map((path) => ({ path, mandatory: false, disclosure: 'selective', display: [] })),
});
const ec = {
  kty: 'EC',
  crv: 'P-256',
  x: 'ljE9bGPiTjNydCv9saM7osiX3NaKuMdT5PvUjcprf5o',
  y: 'H7Mmnt1BiFfeGzmk5KRLkvpITKpyLCKCiPAdDAOiw9Y',
} as const;
const okp = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } as const;

let folder: string;
let signer: Signer;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-mdoc-'));
  const issuers = { one: { commonName: 'Office', organisation: 'Office', country: 'XO', identifier: issuer } };
  const keys = await createFileKeyStore({ folder, keyEncryptionKey: Buffer.alloc(32, 1), clock, issuers });
  signer = await keys.signer('credential:one');
});
after(() => rm(folder, { recursive: true, force: true }));

/** A signer whose signature is a digest of what it was given, so that two paths can be compared to the last byte. */
const digestSigner = (length = 64): Signer => ({
  ...signer,
  sign: async (data) => createHash('shake256', { outputLength: length }).update(data).digest(),
});

const order = (claims: JsonObject, more: Partial<Order> = {}): Order => ({
  issuer,
  issuerDid: 'did:web:issuer.example',
  claims,
  holder: { jwk: ec, did: 'did:example:holder' },
  issuedAt: clock.now(),
  expiresAt: new Date('2027-06-01T00:00:00Z'),
  signer,
  ...more,
});

/** The same bytes for both paths, however often they are asked. */
const knownRandom = (seed: number) => {
  let count = 0;
  return (length: number) => {
    count += 1;
    return createHash('shake256', { outputLength: length }).update(`${seed} ${count}`).digest();
  };
};

const names = fc.constantFrom('a', 'b', 'family_name', 'x'.repeat(40), 'Z', 'member-of.list', '__proto__', 'constructor');
const depth = (count: number): fc.Arbitrary<Encoding> =>
  count === 0
    ? fc.constantFrom(...scalars).map((kind) => ({ kind }))
    : fc.oneof(
        { weight: 4, arbitrary: depth(0) },
        { weight: 1, arbitrary: depth(count - 1).map((element): Encoding => ({ kind: 'list', element })) },
        {
          weight: 1,
          arbitrary: fc
            .uniqueArray(fc.tuple(names, depth(count - 1)), { minLength: 1, maxLength: 4, selector: ([name]) => name })
            .map((list): Encoding => ({ kind: 'map', members: list.map(([name, encoding]) => ({ name, claim: [name], encoding })) })),
        },
      );

const day = fc.date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true });
const wrong: fc.Arbitrary<Json> = fc.constantFrom<Json>(
  null,
  '1988',
  '2026-02-30',
  '2026-02-30T10:00:00Z',
  'half \ud800',
  'a b=',
  'data:image/png,x',
  'AA A',
  1.5,
  2 ** 60,
  [],
  {},
);

/** A value that fits an encoding, now and then one that does not. */
function valueFor(encoding: Encoding): fc.Arbitrary<Json> {
  const fitting: Readonly<Record<Encoding['kind'], () => fc.Arbitrary<Json>>> = {
    text: () => fc.string({ unit: 'binary', maxLength: 300 }).map((text) => text.toWellFormed()),
    'full-date': () => day.map((date) => date.toISOString().slice(0, 10)),
    tdate: () => fc.tuple(day, fc.constantFrom('Z', '.5Z', '+05:30', 'z')).map(([date, zone]) => date.toISOString().slice(0, 19) + zone),
    bytes: () =>
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 600 }), fc.constantFrom('', 'data:image/png;base64,'))
        .map(([bytes, prefix]) => prefix + Buffer.from(bytes).toString('base64')),
    boolean: () => fc.boolean(),
    integer: () => fc.oneof(fc.integer(), fc.maxSafeInteger()),
    number: () =>
      fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
        fc.integer(),
        fc.float({ noNaN: true, noDefaultInfinity: true, min: -9999, max: 9999 }),
      ),
    list: () => (encoding.kind === 'list' ? fc.array(valueFor(encoding.element), { maxLength: 30 }) : wrong),
    map: () =>
      encoding.kind === 'map'
        ? fc.tuple(...encoding.members.map((member) => fc.option(valueFor(member.encoding), { nil: undefined }))).map((values) =>
            // `Object.fromEntries` makes members of their own even of names that objects have already.
            Object.fromEntries(
              encoding.members.flatMap((member, index) => (values[index] === undefined ? [] : [[member.name, values[index] as Json]])),
            ),
          )
        : wrong,
  };
  return fc.oneof({ weight: 60, arbitrary: fitting[encoding.kind]() }, { weight: 1, arbitrary: wrong });
}

const writtenAs = (encoding: Encoding): Json => {
  if (encoding.kind === 'list') return { list: writtenAs(encoding.element) };
  if (encoding.kind !== 'map') return encoding.kind;
  return {
    map: Object.fromEntries(encoding.members.map(({ name, claim, encoding: inner }) => [name, { claim, encoding: writtenAs(inner) }])),
  };
};

/** A type of up to thirty elements in up to three namespaces, and claims for it. */
const drawn = fc
  .array(fc.tuple(fc.constantFrom('org.example', 'org.example.more', 'z'), depth(2)), { minLength: 1, maxLength: 30 })
  .chain((elements) =>
    fc.tuple(
      fc.constant(elements),
      fc.tuple(...elements.map(([, encoding]) => fc.option(valueFor(encoding), { nil: undefined, freq: 8 }))),
      fc.record({ key: fc.constantFrom(ec, okp), status: fc.option(fc.nat()), seed: fc.nat() }),
    ),
  );

async function outcomeOf(issue: () => Promise<string>): Promise<string> {
  try {
    return await issue();
  } catch (fault) {
    assert.ok(fault instanceof ClaimFault, String(fault));
    return `refused: ${fault.message}`;
  }
}

test('design D5, features B46: the compiled path gives the bytes of the plain path for any type, any claims and the same randomness', async () => {
  const seen = { written: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(drawn, async ([elements, values, { key, status, seed }]) => {
      const namespaces: Record<string, Record<string, Json>> = {};
      for (const [index, [namespace, encoding]] of elements.entries())
        namespaces[namespace] = { ...namespaces[namespace], [`e${index}`]: { claim: [`c${index}`], encoding: writtenAs(encoding) } };
      const algorithm = mdocAlgorithms[seed % 3] as MdocAlgorithm;
      const profile = msoMdoc.read(
        { doctype: 'org.example.card', algorithm, namespaces },
        type(...elements.map((_, index) => [`c${index}`])),
      );
      const claims = Object.fromEntries(values.flatMap((value, index) => (value === undefined ? [] : [[`c${index}`, value]])));
      const given = order(claims, {
        holder: { jwk: key, did: 'did:example:holder' },
        signer: digestSigner(algorithm === 'ES384' ? 96 : 64),
        ...(status === null ? {} : { status: { uri: `${issuer}/lists/1`, index: status } }),
      });
      const compiled = await outcomeOf(() => compileIssue(profile)(given, knownRandom(seed)));
      assert.equal(
        compiled,
        await outcomeOf(async () => Buffer.from(await issuePlain(profile, given, knownRandom(seed))).toString('base64url')),
      );
      if (compiled.startsWith('refused')) seen.refused += 1;
      else seen.written += 1;
    }),
    { numRuns: 400, seed: 20_261_127 },
  );
  assert.ok(seen.written > 150 && seen.refused > 40, JSON.stringify(seen));
});

const card = (encoding: Json, ...paths: readonly ClaimPath[]) =>
  msoMdoc.read({ doctype: 'org.example.card', namespaces: { 'org.example': { it: { claim: ['it'], encoding } } } }, type(...paths));

test('features B46, quality R40: a value its encoding cannot carry is refused by its place, and never told', async () => {
  const refusals: readonly (readonly [Json, Json])[] = [
    ['text', 'canary \ud800'],
    ['text', 12_345_678],
    ['full-date', '1988'],
    ['full-date', '1988-02-30'],
    ['full-date', '1988-03-27T00:00:00Z'],
    ['tdate', '1988-03-27'],
    ['tdate', '1988-03-27T25:00:00Z'],
    ['bytes', 'data:image/png;base64,canary!='],
    ['bytes', 'data:text/plain,canary'],
    ['boolean', 'canary'],
    ['integer', 1.5],
    ['integer', 2 ** 53],
    ['number', 2 ** 60],
    [{ list: 'text' }, 'canary'],
    [{ list: { map: { inner: { claim: ['inner'], encoding: 'text' } } } }, [{ inner: ['canary'] }]],
  ];
  for (const [encoding, value] of refusals)
    await assert.rejects(msoMdoc.compile(card(encoding, ['it']))(order({ it: value })), (fault: unknown) => {
      assert.ok(fault instanceof ClaimFault, String(fault));
      assert.match(fault.message, /^org\.example\/it(?:\/inner)? is /);
      assert.doesNotMatch(fault.message, /canary|1988|12345678/);
      return true;
    });
});

test('features B46: what is absent is left out; a credential of nothing, without a holder or past its end is refused', async () => {
  const issue = msoMdoc.compile(card('text', ['it']));
  await assert.rejects(issue(order({})), /no element/);
  const { holder: _, ...unbound } = order({ it: 'x' });
  await assert.rejects(issue(unbound), /bound to a key/);
  await assert.rejects(issue(order({ it: 'x' }, { expiresAt: clock.now() })), /end before/);
  await assert.rejects(issue(order({ it: 'x' }, { holder: { jwk: { ...ec, crv: 'P-384' }, did: 'd' } })), /curve/);
});

test('features B46: a fault in a profile is named by its place', () => {
  const good = { doctype: 'd', namespaces: { n: { e: { claim: ['a'], encoding: 'text' } } } };
  const element = (entry: Json) => ({ doctype: 'd', namespaces: { n: { e: entry } } });
  const refused = (raw: Json, pointer: string, ...paths: readonly ClaimPath[]) =>
    assert.throws(
      () => msoMdoc.read(raw, type(...(paths.length > 0 ? paths : [['a']]))),
      (fault: unknown) => fault instanceof ProfileFault && fault.pointer === pointer,
      pointer,
    );
  msoMdoc.read(good, type(['a']));
  refused([], '/profile');
  refused({ ...good, vct: 'x' }, '/profile/vct');
  refused({ ...good, doctype: 1 }, '/profile/doctype');
  for (const algorithm of ['PS256', 'ES256K', 'ES512', -7, null]) refused({ ...good, algorithm }, '/profile/algorithm');
  refused({ ...good, doctype: 'a/b' }, '/profile/doctype');
  refused({ ...good, namespaces: {} }, '/profile/namespaces');
  refused({ ...good, namespaces: { n: {} } }, '/profile/namespaces/n');
  refused(element('a'), '/profile/namespaces/n/e');
  refused(element({ claim: ['a'], encoding: 'text', more: 1 }), '/profile/namespaces/n/e/more');
  for (const claim of [undefined, 'a', [], [null], [-1], [0.5]])
    refused(element({ ...(claim === undefined ? {} : { claim }), encoding: 'text' }), '/profile/namespaces/n/e/claim');
  for (const encoding of ['date', null, { list: 'text', map: {} }, {}])
    refused(element({ claim: ['a'], encoding }), '/profile/namespaces/n/e/encoding');
  refused(element({ claim: ['a'], encoding: { list: 'x' } }), '/profile/namespaces/n/e/encoding/list');
  refused(
    element({ claim: ['a'], encoding: { map: { m: { claim: [], encoding: 'x' } } } }),
    '/profile/namespaces/n/e/encoding/map/m/encoding',
  );
  refused(element({ claim: ['b'], encoding: 'text' }), '/profile/namespaces/n/e/claim');
  refused(good, '/claims/1/path', ['a'], ['b']);
  refused(good, '/claims/1/path', ['a'], ['a', 'inner']);
});

test('standards VX-1, features B53: a claim of the type is found as namespace and element, inside structures too', () => {
  const profile = msoMdoc.read(
    {
      doctype: 'd',
      namespaces: {
        n: {
          town: { claim: ['address', 'locality'], encoding: 'text' },
          first: { claim: ['tongues', 0], encoding: 'text' },
          rights: { claim: ['classes'], encoding: { list: { map: { code: { claim: [], encoding: 'text' } } } } },
          home: { claim: ['home'], encoding: { map: { road: { claim: ['street'], encoding: 'text' } } } },
        },
      },
    },
    type(
      ['address'],
      ['address', 'locality'],
      ['tongues'],
      ['tongues', null],
      ['classes'],
      ['classes', null],
      ['home'],
      ['home', 'street'],
    ),
  );
  const place = (path: ClaimPath) => msoMdoc.claimPath(profile, path);
  assert.deepEqual(place(['address', 'locality']), ['n', 'town']);
  assert.equal(place(['address']), undefined, 'its members are elements of their own');
  assert.deepEqual(place(['tongues', null]), ['n', 'first']);
  assert.deepEqual(place(['classes']), ['n', 'rights']);
  assert.deepEqual(place(['classes', null]), ['n', 'rights', null, 'code']);
  assert.deepEqual(place(['home', 'street']), ['n', 'home', 'road']);
  const twice = { doctype: 'd', namespaces: { n: { e: { claim: ['a', 0], encoding: 'text' } } } };
  assert.throws(() => msoMdoc.read(twice, type(['a'], ['a', null], ['a', 0])), /\/claims\/2\/path: is carried where another claim is/);
});

test('standards MD-10: a driving licence lacks nothing its standard asks for, written as it asks', () => {
  const names = ['family_name', 'given_name', 'issuing_country', 'issuing_authority', 'document_number', 'un_distinguishing_sign'];
  const kinds: Record<string, Json> = {
    birth_date: 'full-date',
    issue_date: 'full-date',
    expiry_date: 'tdate',
    portrait: 'bytes',
    driving_privileges: { list: 'text' },
  };
  const all = { ...Object.fromEntries(names.map((name) => [name, 'text'])), ...kinds };
  const profileOf = (elements: Record<string, Json>) => ({
    doctype: 'org.iso.18013.5.1.mDL',
    namespaces: {
      'org.iso.18013.5.1': Object.fromEntries(Object.entries(elements).map(([name, encoding]) => [name, { claim: [name], encoding }])),
    },
  });
  const context = type(...Object.keys(all).map((name) => [name]));
  msoMdoc.read(profileOf(all), context);
  for (const name of Object.keys(all)) {
    const { [name]: _, ...rest } = all;
    assert.throws(() => msoMdoc.read(profileOf(rest), context), new RegExp(`lacks ${name}`));
  }
  assert.throws(() => msoMdoc.read(profileOf({ ...all, birth_date: 'text' }), context), /birth_date\/encoding: must be full-date/);
});

test('standards V-73, MD-12: the metadata names the doctype, and the algorithm by its number', () => {
  assert.deepEqual(msoMdoc.metadata(card('text', ['it'])), {
    format: 'mso_mdoc',
    doctype: 'org.example.card',
    credential_signing_alg_values_supported: [-7],
  });
});

test('standards MD-2, quality R54: every order of elements is as likely as another, and no random comes twice', () => {
  const places = new Map<string, number>();
  const randoms = new Set<string>();
  const rounds = 6000;
  for (let round = 0; round < rounds; round += 1) {
    const { order: positions, random } = drawNamespace(4, pooledRandom);
    places.set(positions.join(), (places.get(positions.join()) ?? 0) + 1);
    for (let item = 0; item < 4; item += 1) randoms.add(Buffer.from(random.subarray(item * 32, item * 32 + 32)).toString('hex'));
  }
  assert.equal(places.size, 24);
  assert.equal(randoms.size, rounds * 4);
  // 24 orders, 250 each: seven standard deviations either way.
  for (const count of places.values()) assert.ok(count > 140 && count < 360, String(count));
});
