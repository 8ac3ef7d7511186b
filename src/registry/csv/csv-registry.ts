import { access, constants } from 'node:fs/promises';
import { equalBytes, sha256, utf8 } from '../../lib/bytes.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Json } from '../../lib/json.ts';
import { withDeadline } from '../deadline.ts';
import type { Challenge, ClaimsAnswer, Evidence, FactorName, OneTimeCodes, Registry, SubjectReference } from '../registry.ts';
import { type ClaimColumns, type ClaimReader, createClaimReader, isDate, type NeededColumn, type ReadColumn } from './claim-columns.ts';
import { createHashLine, type HashInLine } from './hash-line.ts';
import { meetsBirthdate, meetsName } from './knowledge.ts';
import { type Address, keyedChoice, maskAddress } from './masked-delivery.ts';
import { type HashPassword, hashWithScrypt, type PasswordHash, readPasswordHash, unmeetableHash } from './password-hash.ts';
import { loadPeople, type PeopleFile } from './people-file.ts';

/** Columns that prove who somebody is. */
export interface IdentityColumns {
  readonly key?: string;
  readonly password?: string;
  readonly email?: string;
  readonly mobile?: string;
  readonly name?: readonly string[];
  readonly birthdate?: string;
  readonly status?: string;
}

export interface CsvRegistryOptions {
  readonly name: string;
  readonly file: string;
  readonly clock: Clock;
  /** Without it the factor `otp` is unavailable. */
  readonly codes?: OneTimeCodes;
  /** Default 2. */
  readonly deadlineSeconds?: number;
  readonly columns?: IdentityColumns;
  /** Default: every column but password and status is a text claim of its own name. */
  readonly claims?: Readonly<Record<string, ClaimColumns>>;
  /** For tests that count the runs. */
  readonly hashPassword?: HashPassword;
}

const statuses = ['active', 'pending', 'locked', 'deceased'] as const;
const defaultColumns = {
  key: 'individual_id',
  password: 'password_hash',
  email: 'email',
  mobile: 'mobile',
  name: ['full_name', 'full_name_latin'],
  birthdate: 'birthdate',
  status: 'status',
};
type Columns = Required<IdentityColumns>;
const defaultDeadlineSeconds = 2;
const nothingIsWrong = () => undefined;

/** A named column must exist; a default one is used where it does. */
function identityNeeds(named: IdentityColumns, headings: readonly string[], costs: { cost?: PasswordHash }): readonly NeededColumn[] {
  const columns: Columns = { ...defaultColumns, ...named };
  const checkStatus = (value: string) => (statuses.some((status) => status === value) ? undefined : `is none of ${statuses.join(', ')}.`);
  const checkPassword = (value: string) => {
    const hash = readPasswordHash(value);
    if (!hash) return 'is not a scrypt hash such as $scrypt$ln=15,r=8,p=3$salt$hash.';
    costs.cost ??= hash;
    // Equal costs, or the time of an answer would tell whose password it is.
    const { ln, r, p } = costs.cost;
    return hash.ln === ln && hash.r === r && hash.p === p ? undefined : 'has another cost than the hashes before it.';
  };
  const checkBirthdate = (value: string) => (isDate(value) ? undefined : 'is not a date such as 1988, 1988-03 or 1988-03-27.');
  const wanted: readonly (readonly [keyof IdentityColumns, string, NeededColumn['check']])[] = [
    ['password', columns.password, checkPassword],
    ['email', columns.email, (value) => (value.lastIndexOf('@') > 0 ? undefined : 'is not a mail address.')],
    ['mobile', columns.mobile, nothingIsWrong],
    ...columns.name.map((column) => ['name', column, nothingIsWrong] as const),
    ['birthdate', columns.birthdate, checkBirthdate],
    ['status', columns.status, checkStatus],
  ];
  const used = wanted.filter(([member, column]) => named[member] !== undefined || headings.includes(column));
  return [{ column: columns.key, check: nothingIsWrong }, ...used.map(([, column, check]) => ({ column, check }))];
}

class CsvRegistry implements Registry {
  readonly #options: CsvRegistryOptions;
  readonly #columns: Columns;
  readonly #people: PeopleFile;
  readonly #claims: ReadonlyMap<string, ClaimReader>;
  readonly #nobody: PasswordHash;
  readonly #hash: HashInLine;
  readonly #decoySecret: Uint8Array;

  constructor(options: CsvRegistryOptions, people: PeopleFile, claims: ReadonlyMap<string, ClaimReader>, cost: PasswordHash | undefined) {
    this.#options = options;
    this.#columns = { ...defaultColumns, ...options.columns };
    this.#people = people;
    this.#claims = claims;
    this.#nobody = unmeetableHash(cost);
    const patienceSeconds = (options.deadlineSeconds ?? defaultDeadlineSeconds) / 2;
    this.#hash = createHashLine(options.hashPassword ?? hashWithScrypt, { running: 2, waiting: 8, patienceSeconds });
    // Equal on every node that has the file, and unknown to who has not.
    this.#decoySecret = sha256(utf8(people.count > 0 ? people.headings.map(people.at(0)).join('\n') : options.name));
  }

  async begin({ individualId }: { readonly individualId: string }, factor: FactorName): Promise<Challenge | 'unavailable'> {
    const challenge = { registry: this.#options.name, factor, individualId };
    if (factor !== 'otp') return challenge;
    if (!this.#options.codes) return 'unavailable';
    const row = this.#people.find(individualId);
    const own = row && this.#addressOf(row);
    const decoy = this.#decoyAddress(individualId);
    await this.#options.codes.send(individualId, row && this.#maySignIn(row) ? own : undefined);
    const shown = own ?? decoy;
    return shown ? { ...challenge, delivery: maskAddress(shown) } : challenge;
  }

  async verify({ individualId }: Challenge, evidence: Evidence): Promise<SubjectReference | 'refused' | 'unavailable'> {
    const row = this.#people.find(individualId);
    const met =
      evidence.factor === 'password' ? await this.#meetsPassword(row, evidence.password) : await this.#meets(individualId, row, evidence);
    if (met === 'unavailable') return met;
    return met && row && this.#maySignIn(row) ? { registry: this.#options.name, id: individualId } : 'refused';
  }

  async claims({ id }: SubjectReference, names: readonly string[]): Promise<ClaimsAnswer> {
    const row = this.#people.find(id);
    if (!row || !this.#maySignIn(row)) return { outcome: 'unknown' };
    if (row(this.#columns.status) === 'pending') return { outcome: 'pending' };
    const claims: Record<string, Json> = {};
    for (const name of names) {
      const value = await this.#claims.get(name)?.read(row);
      if (value !== undefined) claims[name] = value;
    }
    return { outcome: 'known', claims };
  }

  async check(): Promise<'ready' | 'unavailable'> {
    await access(this.#options.file, constants.R_OK);
    return 'ready';
  }

  /** The dead and the locked are refused; minors and people whose record is not finished may sign in. */
  #maySignIn(row: ReadColumn): boolean {
    return ['', 'active', 'pending'].includes(row(this.#columns.status));
  }

  /** The same work for a person that is known and for one that is not. */
  async #meets(
    individualId: string,
    row: ReadColumn | undefined,
    evidence: Exclude<Evidence, { factor: 'password' }>,
  ): Promise<boolean | 'unavailable'> {
    const { name, birthdate } = this.#columns;
    if (evidence.factor === 'otp') return this.#options.codes?.redeem(individualId, evidence.otp) ?? 'unavailable';
    const recorded = row ?? this.#someone(individualId);
    const named = meetsName(evidence.name, recorded ? name.map(recorded).filter((form) => form !== '') : []);
    const born = meetsBirthdate(evidence.birthdate, recorded?.(birthdate) ?? '');
    return named && born && row !== undefined;
  }

  /** Exactly one run of the hash whatever the outcome; none at all where too many ask at one time. */
  async #meetsPassword(row: ReadColumn | undefined, password: string): Promise<boolean | 'unavailable'> {
    const expected = readPasswordHash(row?.(this.#columns.password) ?? '') ?? this.#nobody;
    const hash = await this.#hash(password, expected);
    return hash === undefined ? 'unavailable' : equalBytes(hash, expected.hash);
  }

  #addressOf(row: ReadColumn): Address | undefined {
    const [mail, mobile] = [row(this.#columns.email), row(this.#columns.mobile)];
    if (mail !== '') return { channel: 'mail', to: mail };
    return mobile === '' ? undefined : { channel: 'sms', to: mobile };
  }

  /** Somebody else, always the same one for the same number. */
  #someone(individualId: string, next = 0): ReadColumn | undefined {
    const { count } = this.#people;
    return count === 0 ? undefined : this.#people.at((keyedChoice(this.#decoySecret, individualId, count) + next) % count);
  }

  /** What a number without an address shows instead, so that the page does not tell who is registered. */
  #decoyAddress(individualId: string): Address | undefined {
    for (let next = 0; next < Math.min(this.#people.count, 1000); next += 1) {
      const row = this.#someone(individualId, next);
      const address = row && this.#addressOf(row);
      if (address) return address;
    }
    return undefined;
  }
}

/**
 * A registry of people in a CSV file, loaded and checked once (features D04). Throws a `StartFault` that names rows and columns.
 * Unknown, dead, locked and wrong are one answer after the same work; every call has the deadline of `withDeadline`.
 */
export async function createCsvRegistry(options: CsvRegistryOptions): Promise<Registry> {
  const { name, file, clock, deadlineSeconds = defaultDeadlineSeconds, columns = {} } = options;
  const costs: { cost?: PasswordHash } = {};
  const readers = new Map<string, ClaimReader>();
  const people = await loadPeople(file, (headings) => {
    const secret: readonly string[] = [columns.password ?? defaultColumns.password, columns.status ?? defaultColumns.status];
    const claims =
      options.claims ?? Object.fromEntries(headings.filter((heading) => !secret.includes(heading)).map((heading) => [heading, heading]));
    for (const [claim, source] of Object.entries(claims)) readers.set(claim, createClaimReader(source, file));
    return [...identityNeeds(columns, headings, costs), ...[...readers.values()].flatMap(({ needs }) => needs)];
  });
  return withDeadline(new CsvRegistry(options, people, readers, costs.cost), { name, seconds: deadlineSeconds, clock });
}
