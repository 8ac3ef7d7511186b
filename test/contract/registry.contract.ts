import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Challenge, Evidence, FactorName, OneTimeCodes, Registry } from '../../src/registry/registry.ts';

export interface KnownPerson {
  readonly id: string;
  readonly password?: string;
  /** Every form of the full name. */
  readonly names: readonly string[];
  readonly birthdate: string;
}

/** What a connector's own test hands to the kit; any connector must pass all of it (features D01). */
export interface RegistryUnderTest {
  readonly name: string;
  readonly ordinary: KnownPerson & { readonly password: string };
  readonly someoneElse: KnownPerson;
  readonly withoutPassword: string;
  readonly locked: KnownPerson & { readonly password: string };
  readonly deceased: KnownPerson & { readonly password: string };
  readonly minor: KnownPerson & { readonly password: string };
  readonly pending: KnownPerson & { readonly password: string };
  /** Only the year of birth is on record. */
  readonly yearOnly: KnownPerson;
  readonly unknownId: string;
  /** Claims of the ordinary person, and their values. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** A claim the ordinary person has no value for. */
  readonly emptyClaim: string;
  open(t: TestContext, codes: OneTimeCodes, hashed: () => void): Promise<Registry>;
}

export const calm = () => new AbortController().signal;

/** One-time codes that remember what was sent to whom. */
export class RecordedCodes implements OneTimeCodes {
  readonly sent: { person: string; to: string | undefined }[] = [];
  readonly redeemed: string[] = [];
  readonly #codes = new Map<string, string>();
  async send(person: string, address: { readonly to: string } | undefined): Promise<void> {
    this.sent.push({ person, to: address?.to });
    if (address) this.#codes.set(person, '314159');
  }
  async redeem(person: string, code: string): Promise<boolean> {
    this.redeemed.push(person);
    return this.#codes.get(person) === code && this.#codes.delete(person);
  }
}

async function begin(registry: Registry, individualId: string, factor: FactorName): Promise<Challenge> {
  const challenge = await registry.begin({ individualId }, factor, calm());
  if (challenge === 'unavailable') throw new Error('The registry is unavailable.');
  return challenge;
}

async function prove(registry: Registry, individualId: string, evidence: Evidence): Promise<unknown> {
  return registry.verify(await begin(registry, individualId, evidence.factor), evidence, calm());
}

const known = (name: string, birthdate: string): Evidence => ({ factor: 'knowledge', name, birthdate });
const secret = (password: string): Evidence => ({ factor: 'password', password });

function signInTests(label: string, under: RegistryUnderTest): void {
  const open = (t: TestContext, codes = new RecordedCodes(), hashed = () => {}) => under.open(t, codes, hashed);
  const proven = (id: string) => ({ registry: under.name, id });

  test(`${label}, features A08: right evidence proves exactly the person it belongs to`, async (t) => {
    const registry = await open(t);
    const { id, password, names, birthdate } = under.ordinary;
    assert.deepEqual(await prove(registry, id, secret(password)), proven(id));
    for (const name of names) assert.deepEqual(await prove(registry, id, known(name, birthdate)), proven(id));
    assert.equal(await prove(registry, under.someoneElse.id, secret(password)), 'refused');
    assert.equal(await prove(registry, under.someoneElse.id, known(names[0] ?? '', birthdate)), 'refused');
  });

  test(`${label}: a one-time code goes to the address on record, works once and only for its person`, async (t) => {
    const codes = new RecordedCodes();
    const registry = await open(t, codes);
    const challenge = await begin(registry, under.ordinary.id, 'otp');
    const address = codes.sent[0]?.to ?? '';
    assert.ok(address.length > 3);
    assert.ok(!JSON.stringify(challenge).includes(address), 'the address stands in the challenge in clear');
    assert.equal(await prove(registry, under.someoneElse.id, { factor: 'otp', otp: '271828' }), 'refused');
    assert.deepEqual(await registry.verify(challenge, { factor: 'otp', otp: '314159' }, calm()), proven(under.ordinary.id));
    assert.equal(await registry.verify(challenge, { factor: 'otp', otp: '314159' }, calm()), 'refused');
  });

  test(`${label}, quality Q31: unknown, locked, dead and wrong are one answer after the same number of hash runs`, async (t) => {
    let runs = 0;
    const registry = await open(t, new RecordedCodes(), () => {
      runs += 1;
    });
    const { locked, deceased, ordinary, unknownId, withoutPassword } = under;
    const tries: readonly (readonly [string, string, Evidence])[] = [
      ['wrong', ordinary.id, secret('wrong')],
      ['unknown', unknownId, secret('wrong')],
      ['unknown, with a password of somebody', unknownId, secret(ordinary.password)],
      ['no password set', withoutPassword, secret('')],
      ['locked, right password', locked.id, secret(locked.password)],
      ['dead, right password', deceased.id, secret(deceased.password)],
    ];
    for (const [what, id, evidence] of tries) {
      runs = 0;
      assert.equal(await prove(registry, id, evidence), 'refused', what);
      assert.equal(runs, 1, what);
    }
    runs = 0;
    await prove(registry, ordinary.id, secret(ordinary.password));
    assert.equal(runs, 1);
    for (const { id, names, birthdate } of [locked, deceased])
      assert.equal(await prove(registry, id, known(names[0] ?? '', birthdate)), 'refused');
    assert.equal(await prove(registry, unknownId, known('', '')), 'refused');
  });

  test(`${label}, quality Q31: the challenge of an unknown person looks like any other, stays the same and is never met`, async (t) => {
    const codes = new RecordedCodes();
    const registry = await open(t, codes);
    const real = await begin(registry, under.ordinary.id, 'otp');
    const { id } = under.locked;
    for (const person of [under.unknownId, id]) {
      const challenge = await begin(registry, person, 'otp');
      assert.deepEqual(Object.keys(challenge).sort(), Object.keys(real).sort());
      assert.deepEqual(await begin(registry, person, 'otp'), challenge);
      assert.equal(codes.sent.at(-1)?.to, undefined, 'a code was sent');
      assert.equal(await registry.verify(challenge, { factor: 'otp', otp: '314159' }, calm()), 'refused');
      assert.equal(codes.redeemed.at(-1), person, 'the code was not looked up');
    }
  });

  test(`${label}: a minor and a person whose record is not finished may sign in`, async (t) => {
    const registry = await open(t);
    for (const { id, password } of [under.minor, under.pending]) assert.deepEqual(await prove(registry, id, secret(password)), proven(id));
  });

  test(`${label}: names are compared whatever their case, spaces and compatibility forms; a missing field proves nothing`, async (t) => {
    const registry = await open(t);
    const { id, names, birthdate } = under.ordinary;
    const name = names[0] ?? '';
    for (const form of [name.toUpperCase(), name.toLowerCase(), `  ${name.replaceAll(' ', ' \u00a0 ')}\u200b`, name.normalize('NFD')])
      assert.deepEqual(await prove(registry, id, known(form, birthdate)), proven(id), form);
    for (const evidence of [
      known('', birthdate),
      known(' \u200d', birthdate),
      known(name, ''),
      known(name, birthdate.slice(0, 4)),
      known(name, '0000-00-00'),
    ])
      assert.equal(await prove(registry, id, evidence), 'refused', JSON.stringify(evidence));
  });

  test(`${label}: where only the year of birth is on record, the year decides`, async (t) => {
    const registry = await open(t);
    const { id, names, birthdate } = under.yearOnly;
    const name = names[0] ?? '';
    assert.deepEqual(await prove(registry, id, known(name, birthdate)), proven(id));
    assert.deepEqual(await prove(registry, id, known(name, `${birthdate}-05-17`)), proven(id));
    for (const wrong of [String(Number(birthdate) + 1), birthdate.slice(0, 3), `${birthdate}-99-99`, ''])
      assert.equal(await prove(registry, id, known(name, wrong)), 'refused', wrong);
  });
}

function claimsTests(label: string, under: RegistryUnderTest): void {
  const open = (t: TestContext) => under.open(t, new RecordedCodes(), () => {});
  const subject = (id: string) => ({ registry: under.name, id });

  test(`${label}: claims are exactly the names asked for, and a name without a value is absent`, async (t) => {
    const registry = await open(t);
    for (const [name, value] of Object.entries(under.claims))
      assert.deepEqual(await registry.claims(subject(under.ordinary.id), [name], calm()), { outcome: 'known', claims: { [name]: value } });
    const all = Object.keys(under.claims);
    const strange = [under.emptyClaim, 'no_such_claim', '__proto__', 'constructor', 'password_hash'];
    assert.deepEqual(await registry.claims(subject(under.ordinary.id), [...all, ...strange], calm()), {
      outcome: 'known',
      claims: under.claims,
    });
    assert.deepEqual(await registry.claims(subject(under.ordinary.id), [], calm()), { outcome: 'known', claims: {} });
  });

  test(`${label}, quality R51: an unfinished record is pending; unknown, dead and locked people are unknown`, async (t) => {
    const registry = await open(t);
    const names = Object.keys(under.claims);
    assert.deepEqual(await registry.claims(subject(under.pending.id), names, calm()), { outcome: 'pending' });
    for (const id of [under.unknownId, under.locked.id, under.deceased.id, ''])
      assert.deepEqual(await registry.claims(subject(id), names, calm()), { outcome: 'unknown' });
    assert.deepEqual(await registry.claims({ registry: 'another', id: under.ordinary.id }, names, calm()), { outcome: 'unknown' });
  });

  test(`${label}: a caller who has gone away gets no answer`, async (t) => {
    const registry = await open(t);
    const gone = AbortSignal.abort();
    assert.deepEqual(await registry.claims(subject(under.ordinary.id), Object.keys(under.claims), gone), { outcome: 'unavailable' });
    assert.equal(await registry.begin({ individualId: under.ordinary.id }, 'password', gone), 'unavailable');
  });

  test(`${label}: is ready when it can be asked`, async (t) => {
    assert.equal(await (await open(t)).check(calm()), 'ready');
  });
}

/** The contract of a registry of people, run against every implementation. */
export function registryContract(label: string, under: RegistryUnderTest): void {
  signInTests(label, under);
  claimsTests(label, under);
}
