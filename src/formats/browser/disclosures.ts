import { base64url, readBase64url, readUtf8, utf8 } from './bytes.ts';
import { CredentialFault } from './credential-reader.ts';

type Claims = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Claims => typeof value === 'object' && value !== null && !Array.isArray(value);
const fault = (reason: string) => new CredentialFault(`disclosure: ${reason}`);

interface Disclosure {
  readonly name: string | undefined;
  readonly value: unknown;
}

function parse(text: string): Disclosure {
  const bytes = readBase64url(text);
  if (!bytes) throw fault('not base64url');
  let parts: unknown;
  try {
    parts = JSON.parse(readUtf8(bytes));
  } catch {
    throw fault('not JSON');
  }
  if (!Array.isArray(parts) || typeof parts[0] !== 'string') throw fault('not an array');
  if (parts.length === 2) return { name: undefined, value: parts[1] };
  const [, name, value] = parts as readonly unknown[];
  if (parts.length !== 3 || typeof name !== 'string' || name === '_sd' || name === '...') throw fault('a name that cannot be disclosed');
  return { name, value };
}

async function digestOf(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text))));
}

/**
 * RFC 9901 §7.1 step 3: puts every disclosure where its digest stands. Each digest occurs once and each disclosure is
 * referenced; digests without a disclosure are decoys or kept back, and vanish.
 */
export async function discloseAll(payload: Claims, texts: readonly string[]): Promise<Claims> {
  const disclosures = new Map<string, Disclosure>();
  for (const text of texts) {
    const digest = await digestOf(text);
    if (disclosures.has(digest)) throw fault('one came twice');
    disclosures.set(digest, parse(text));
  }
  const seen = new Set<string>();
  let used = 0;

  function take(digest: unknown): Disclosure | undefined {
    if (typeof digest !== 'string' || seen.has(digest)) throw fault('a digest that cannot be used');
    seen.add(digest);
    const disclosure = disclosures.get(digest);
    if (disclosure) used += 1;
    return disclosure;
  }

  function element(value: unknown): readonly unknown[] {
    if (!isObject(value) || !('...' in value)) return [walk(value)];
    if (Object.keys(value).length !== 1) throw fault('a placeholder with other members');
    const disclosure = take(value['...']);
    if (!disclosure) return [];
    if (disclosure.name !== undefined) throw fault('a member where an element belongs');
    return [walk(disclosure.value)];
  }

  function walk(value: unknown): unknown {
    if (Array.isArray(value)) return value.flatMap(element);
    return isObject(value) ? object(value) : value;
  }

  function object({ _sd: digests = [], _sd_alg: _, ...open }: Claims): Claims {
    if (!Array.isArray(digests)) throw fault('_sd is no array');
    if ('...' in open) throw fault('a placeholder outside an array');
    const members = new Map(Object.entries(open).map(([name, value]) => [name, walk(value)]));
    for (const disclosure of digests.map(take)) {
      if (!disclosure) continue;
      if (disclosure.name === undefined) throw fault('an element where a member belongs');
      if (members.has(disclosure.name)) throw fault('a claim that stands there already');
      members.set(disclosure.name, walk(disclosure.value));
    }
    return Object.fromEntries(members);
  }

  const claims = object(payload);
  if (used !== disclosures.size) throw fault('one that nothing refers to');
  return claims;
}
