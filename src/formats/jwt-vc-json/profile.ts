import { type SigningAlgorithm, signingAlgorithms } from '../../keys/keys.ts';
import { isJsonObject, type Json } from '../../lib/json.ts';
import { ClaimFault, type ClaimRule, type Order, ProfileFault, readAlgorithm, type StatusListKind, type TypeContext } from '../format.ts';

export type DataModel = '1.1' | '2.0';

const purposes = ['revocation', 'suspension'] as const;
export type StatusPurpose = (typeof purposes)[number];

export interface JwtVcProfile {
  /** VCDM 1.1 as a JWT with the claim `vc`, or VCDM 2.0 secured by VC-JOSE-COSE. */
  readonly dataModel: DataModel;
  /** The whole list, the base context first. */
  readonly contexts: readonly string[];
  /** The whole list, `VerifiableCredential` first. */
  readonly types: readonly string[];
  readonly algorithm: SigningAlgorithm;
  /** Makes the issuer an object with a name; without it the issuer is its DID alone. */
  readonly issuerName: string | undefined;
  /** Whether the status stands in the claim `status`, or in the credential's own `credentialStatus` (standards JV-4). */
  readonly status: StatusListKind;
  /** What may happen to a credential with a status, one entry of the Bitstring Status List each. */
  readonly statusPurposes: readonly StatusPurpose[];
}

/** What the address of a Bitstring Status List says of how it is secured. */
export const listName = ({ algorithm }: Pick<JwtVcProfile, 'algorithm'>): string => `jwt-${algorithm.toLowerCase()}`;

const baseContexts: Readonly<Record<DataModel, string>> = {
  '1.1': 'https://www.w3.org/2018/credentials/v1',
  '2.0': 'https://www.w3.org/ns/credentials/v2',
};
/** Bitstring Status List 1.0 §2: VCDM 2.0 knows its terms, VCDM 1.1 needs a context more. */
const statusContext = 'https://www.w3.org/ns/credentials/status/v1';

/** The contexts of one credential: those of the type, and the status list's where VCDM 1.1 needs it. */
export function contextsOf({ dataModel, contexts, status }: JwtVcProfile, hasStatus: boolean): readonly string[] {
  const hasEntry = hasStatus && status === 'bitstring_status_list';
  return hasEntry && dataModel === '1.1' && !contexts.includes(statusContext) ? [...contexts, statusContext] : contexts;
}

/** In JSON text a keyword of JSON-LD cannot hide: only text that holds one is worth a closer look. */
const suspect = /"@[^"]*":/;

function holdsKeyword(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, entry]) => (name.startsWith('@') && !Array.isArray(value)) || holdsKeyword(entry as Json));
}

/**
 * The subject says something and is not named by data, and no value of a registry brings a keyword of JSON-LD in, which would
 * change what every other member means to a verifier that reads it as JSON-LD. `text` is the claims as JSON. Throws `ClaimFault`.
 */
export function checkSubject({ claims, holder }: Order, text: string): void {
  // VCDM 2.0 §4.8: a subject has at least one member.
  if (text === '{}' && !holder) throw new ClaimFault('there is nothing to say of anybody');
  if (Object.hasOwn(claims, 'id')) throw new ClaimFault('a value has the reserved name id');
  if (suspect.test(text) && holdsKeyword(claims)) throw new ClaimFault('a value has a member with a reserved name that begins with @');
}

function readChoice<Value extends string>(raw: Json | undefined, name: string, choices: readonly Value[]): Value {
  const found = choices.find((choice) => choice === raw);
  if (found === undefined) throw new ProfileFault(`/profile/${name}`, `must be one of ${choices.join(', ')}`);
  return found;
}

function readList(raw: Json | undefined, name: string, judge: (entry: string) => string | undefined): readonly string[] {
  const pointer = `/profile/${name}`;
  if (!Array.isArray(raw)) throw new ProfileFault(pointer, 'must be an array');
  const seen = new Set<string>();
  for (const [index, entry] of raw.entries()) {
    const fault = typeof entry === 'string' ? judge(entry) : 'must be a string';
    if (fault) throw new ProfileFault(`${pointer}/${index}`, fault);
    if (seen.has(entry as string)) throw new ProfileFault(`${pointer}/${index}`, 'stands there a second time');
    seen.add(entry as string);
  }
  return [...seen];
}

const isAddress = (text: string) => /^https?:\/\/\S+$/.test(text) && URL.canParse(text);

function judgeContext(entry: string): string | undefined {
  if (!isAddress(entry)) return 'is no address of a context';
  return Object.values(baseContexts).includes(entry) ? 'is the base context, which dataModel brings' : undefined;
}

/** VCDM 2.0 §4.5: a type is a term or an absolute URL. */
function judgeType(entry: string): string | undefined {
  if (entry === 'VerifiableCredential') return 'stands first by itself';
  return /^[A-Za-z][A-Za-z0-9_-]*$/.test(entry) || isAddress(entry) ? undefined : 'is neither a term nor an absolute address';
}

function checkRule({ path }: ClaimRule, pointer: string): void {
  if (path[0] === 'id') throw new ProfileFault(pointer, 'the claim name id is the holder');
  const keyword = path.find((step) => typeof step === 'string' && step.startsWith('@'));
  if (keyword !== undefined) throw new ProfileFault(pointer, `the claim name ${keyword} is reserved`);
}

function readIssuerName(raw: Json | undefined): string | undefined {
  if (raw === undefined || (typeof raw === 'string' && raw.trim() !== '')) return raw;
  throw new ProfileFault('/profile/issuerName', 'must be a name');
}

function readPurposes(raw: Json | undefined, status: StatusListKind): readonly StatusPurpose[] {
  if (raw === undefined) return purposes;
  if (status !== 'bitstring_status_list') throw new ProfileFault('/profile/statusPurposes', `is nothing that a ${status} knows`);
  const judge = (entry: string) => (purposes.some((purpose) => purpose === entry) ? undefined : `must be one of ${purposes.join(', ')}`);
  const list = readList(raw, 'statusPurposes', judge) as readonly StatusPurpose[];
  if (list.length === 0) throw new ProfileFault('/profile/statusPurposes', 'must name one');
  return list;
}

/** Reads `{dataModel, contexts?, types, algorithm?, issuerName?, statusPurposes?}`; contexts and types are those beside the base ones. */
export function readProfile(raw: Json, { rules, status = 'bitstring_status_list' }: TypeContext): JwtVcProfile {
  if (!isJsonObject(raw)) throw new ProfileFault('/profile', 'must be an object');
  const { dataModel: model, contexts = [], types, algorithm, issuerName, statusPurposes, ...unknown } = raw;
  const [extra] = Object.keys(unknown);
  if (extra) throw new ProfileFault(`/profile/${extra}`, 'is not known');
  const dataModel = readChoice(model, 'dataModel', ['1.1', '2.0']);
  const furtherTypes = readList(types, 'types', judgeType);
  if (furtherTypes.length === 0) throw new ProfileFault('/profile/types', 'must name one');
  for (const [index, rule] of rules.entries()) checkRule(rule, `/claims/${index}/path`);
  return {
    dataModel,
    contexts: [baseContexts[dataModel], ...readList(contexts, 'contexts', judgeContext)],
    types: ['VerifiableCredential', ...furtherTypes],
    algorithm: readAlgorithm(algorithm, signingAlgorithms),
    issuerName: readIssuerName(issuerName),
    status,
    statusPurposes: readPurposes(statusPurposes, status),
  };
}
