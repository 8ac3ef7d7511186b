import { utf8 } from '../../lib/bytes.ts';
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { ProfileFault, type PublishedDocument, type TypeContext } from '../format.ts';
import { contextUrls, pinnedUrls } from './contexts.ts';
import { JsonLd } from './json-ld.ts';
import { isPlainIri } from './n-quads.ts';
import { readOwnContext } from './own-context.ts';
import { checkNoLists, readMandatory } from './selective/mandatory.ts';
import { isReservedName } from './shape.ts';
import { type DataModel, type Suite, suites } from './suites.ts';

const statusPurposes = ['revocation', 'suspension'] as const;
type StatusPurpose = (typeof statusPurposes)[number];

export interface LdpVcProfile {
  readonly dataModel: DataModel;
  readonly suite: Suite;
  /** The first is the data model's, the last the suite's where it needs one. */
  readonly contexts: readonly string[];
  /** `VerifiableCredential` first. */
  readonly types: readonly string[];
  /** What the status of a credential can say; of what is left out, its verifiers never hear. */
  readonly statusPurposes: readonly StatusPurpose[];
  /** JSON Pointers to the claims that every presentation shows; only for a suite that can keep others back. */
  readonly mandatory: readonly string[];
  readonly documents: readonly PublishedDocument[];
  readonly jsonLd: JsonLd;
}

const baseContext: Readonly<Record<DataModel, string>> = { '2.0': contextUrls.credentials2, '1.1': contextUrls.credentials1 };

/** A context of the operator's own, served below the issuer. */
interface OwnContext {
  readonly url: string;
  readonly path: string;
  readonly document: JsonObject;
}

function readContext(raw: Json, { issuer, version }: TypeContext, pointer: string): string | OwnContext {
  if (typeof raw === 'string') {
    if (!pinnedUrls.includes(raw)) throw new ProfileFault(pointer, `is not among the pinned contexts: ${pinnedUrls.join(', ')}`);
    return raw;
  }
  const { name, '@context': context, ...unknown } = isJsonObject(raw) ? raw : {};
  const [extra] = Object.keys(unknown);
  if (extra) throw new ProfileFault(`${pointer}/${extra}`, 'is not known');
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]*$/.test(name))
    throw new ProfileFault(`${pointer}/name`, 'must be a name of lower-case letters, digits and hyphens');
  const document = readOwnContext(context, `${pointer}/@context`);
  // With the version, because what an address once meant it means for as long as credentials name it.
  const path = `/contexts/${name}/v${version}`;
  return { url: issuer + path, path, document };
}

function readTypes(raw: Json | undefined): readonly string[] {
  if (!Array.isArray(raw) || raw.length === 0) throw new ProfileFault('/profile/types', 'must name at least one type');
  for (const [index, type] of raw.entries()) {
    const pointer = `/profile/types/${index}`;
    if (typeof type !== 'string' || !(/^[A-Za-z][A-Za-z0-9_-]*$/.test(type) || isPlainIri(type)))
      throw new ProfileFault(pointer, 'must be a term or an absolute URL');
    if (type === 'VerifiableCredential' || raw.indexOf(type) !== index) throw new ProfileFault(pointer, 'stands there already');
  }
  return ['VerifiableCredential', ...(raw as readonly string[])];
}

function readPurposes(raw: Json): readonly StatusPurpose[] {
  const known = statusPurposes.filter((purpose) => Array.isArray(raw) && raw.includes(purpose));
  if (!Array.isArray(raw) || known.length === 0 || known.length !== raw.length)
    throw new ProfileFault('/profile/statusPurposes', `must name some of ${statusPurposes.join(', ')}, each once`);
  return known;
}

/** standards LD-6: whose the credential is stands in `credentialSubject.id`, and a name that JSON-LD reserves means nothing of its own. */
function checkPaths({ rules }: TypeContext): void {
  for (const [index, { path }] of rules.entries())
    for (const [depth, step] of path.entries())
      if (typeof step === 'string' && (isReservedName(step) || (depth === 0 && step === 'id')))
        throw new ProfileFault(`/claims/${index}/path`, `the claim name ${step} is reserved`);
}

/** quality R39: a suite signs with the keys it is written for and with no others. */
function readSuite(named: Json | undefined, algorithm: Json | undefined): Suite {
  const known = suites.filter(({ name }) => name === named);
  const [first] = known;
  if (!first) throw new ProfileFault('/profile/suite', `is none of ${[...new Set(suites.map(({ name }) => name))].join(', ')}`);
  const suite = algorithm === undefined ? first : known.find((entry) => entry.algorithm === algorithm);
  if (!suite)
    throw new ProfileFault('/profile/algorithm', `${first.name} signs with ${known.map((entry) => entry.algorithm).join(' or ')}`);
  return suite;
}

/** Reads `{dataModel, suite, algorithm?, types, contexts?, statusPurposes?}`. Throws `ProfileFault`. */
export function readProfile(raw: Json, type: TypeContext): LdpVcProfile {
  if (!isJsonObject(raw)) throw new ProfileFault('/profile', 'must be an object');
  const { dataModel, suite: suiteName, algorithm, types, contexts = [], statusPurposes: purposes = statusPurposes, ...unknown } = raw;
  const [extra] = Object.keys(unknown);
  if (extra) throw new ProfileFault(`/profile/${extra}`, 'is not known');
  if (dataModel !== '2.0' && dataModel !== '1.1') throw new ProfileFault('/profile/dataModel', 'must be 2.0 or 1.1');
  const suite = readSuite(suiteName, algorithm);
  if (!Array.isArray(contexts)) throw new ProfileFault('/profile/contexts', 'must be a list');
  checkPaths(type);
  const read = contexts.map((context: Json, index) => readContext(context, type, `/profile/contexts/${index}`));
  const own = read.filter((context) => typeof context !== 'string');
  if (suite.selective)
    for (const [index, context] of read.entries())
      if (typeof context !== 'string') checkNoLists(context.document, `/profile/contexts/${index}`);
  const urls = [baseContext[dataModel], ...read.map((context) => (typeof context === 'string' ? context : context.url))];
  const suiteContext = suite.context[dataModel];
  const all = suiteContext === undefined || urls.includes(suiteContext) ? urls : [...urls, suiteContext];
  const twice = all.findIndex((url, index) => all.indexOf(url) !== index);
  if (twice > 0) throw new ProfileFault(`/profile/contexts/${twice - 1}`, 'stands there already');
  return {
    dataModel,
    suite,
    contexts: all,
    types: readTypes(types),
    statusPurposes: readPurposes(purposes),
    mandatory: suite.selective ? readMandatory(type.rules) : [],
    documents: own.map(({ path, document }) => ({ path, mediaType: 'application/ld+json', body: utf8(JSON.stringify(document)) })),
    jsonLd: new JsonLd(new Map(own.map(({ url, document }) => [url, document]))),
  };
}
