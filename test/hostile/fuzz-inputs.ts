import fc from 'fast-check';

/** One hostile request. */
export interface Input {
  readonly method: string;
  readonly query: string;
  readonly mediaType: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom(
    '',
    '\u0000',
    '../../../etc/passwd',
    "' OR 1=1 --",
    '<script>alert(1)</script>',
    '{{7*7}}',
    '%00',
    '\ud800',
    '__proto__',
    'constructor',
    'a'.repeat(5000),
    'null',
    '[]',
    '{}',
    '-1',
    '1e999',
    'javascript:alert(1)',
    'http://127.0.0.1:1/',
    'eyJhbGciOiJub25lIn0.e30.',
    'true',
  ),
);
const member = (names: readonly string[]) => fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: nasty });
const json = (names: readonly string[]) =>
  fc.oneof(
    fc.json(),
    fc.dictionary(member(names), fc.oneof(nasty, fc.jsonValue()), { maxKeys: 6 }).map((value) => JSON.stringify(value)),
    nasty,
    fc.constant('['.repeat(10_000)),
    fc.constant('{"proofs":'.repeat(2000)),
  );
const form = (names: readonly string[]) =>
  fc
    .array(fc.tuple(member(names), nasty), { maxLength: 8 })
    .map((pairs) =>
      pairs.map(([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`).join('&'),
    );
const visible = (text: string) => text.replace(/[^\x20-\x7e]/g, '').slice(0, 4000);

/** Requests from nothing: any method, body, media type and header, with the names the endpoint knows. */
export function strangeInput(methods: readonly string[], members: readonly string[]): fc.Arbitrary<Input> {
  return fc.record({
    method: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...methods) },
      { weight: 1, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS') },
    ),
    query: fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 1, arbitrary: form(members) }),
    mediaType: fc.constantFrom(
      'application/json',
      'application/x-www-form-urlencoded',
      'application/jwt',
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/json; charset=utf-16',
    ),
    body: fc.oneof(json(members), form(members)),
    headers: fc.dictionary(
      fc.constantFrom(
        'authorization',
        'dpop',
        'accept',
        'accept-language',
        'cookie',
        'origin',
        'x-forwarded-for',
        'oauth-client-attestation',
        'if-none-match',
      ),
      nasty.map(visible),
      { maxKeys: 3 },
    ),
  });
}

/** One thing changed in a good request; `at` says where, as a share of the whole. */
export interface Mutation {
  readonly kind: 'replace' | 'leave out' | 'add' | 'cut' | 'insert' | 'header' | 'query';
  readonly name: string;
  readonly value: string;
  readonly at: number;
}

export function mutation(members: readonly string[]): fc.Arbitrary<Mutation> {
  return fc.record({
    kind: fc.constantFrom('replace', 'replace', 'replace', 'leave out', 'add', 'cut', 'insert', 'header', 'query'),
    name: member(members),
    value: nasty,
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  });
}

/** A value of the body, by its place in it: members of members, too. */
interface Leaf {
  readonly holder: Record<string, unknown>;
  readonly name: string;
}

function leavesOf(value: unknown): Leaf[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((name) => [{ holder, name }, ...leavesOf(holder[name])]);
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

function changeJson(body: string, { kind, name, value, at }: Mutation): string {
  const object = JSON.parse(body) as Record<string, unknown>;
  if (kind === 'add') return JSON.stringify(Object.assign(object, { [name]: parsed(value) }));
  const leaves = leavesOf(object);
  const leaf = leaves[Math.floor(at * leaves.length)];
  if (leaf && kind === 'leave out') delete leaf.holder[leaf.name];
  if (leaf && kind === 'replace') leaf.holder[leaf.name] = parsed(value);
  return JSON.stringify(object);
}

function changeForm(body: string, { kind, name, value, at }: Mutation): string {
  const pairs = [...new URLSearchParams(body)];
  const index = Math.floor(at * pairs.length);
  if (kind === 'add') pairs.push([name, value]);
  if (kind === 'leave out') pairs.splice(index, 1);
  if (kind === 'replace' && pairs[index]) pairs[index] = [pairs[index][0], value];
  return new URLSearchParams(pairs.map(([key, text]) => [key.toWellFormed(), text.toWellFormed()])).toString();
}

/** The good request with one thing changed. */
export function mutate(good: Input, change: Mutation): Input {
  const { body, query } = good;
  const split = Math.floor(change.at * body.length);
  switch (change.kind) {
    case 'cut':
      return { ...good, body: body.slice(0, split) };
    case 'insert':
      return { ...good, body: body.slice(0, split) + change.value.toWellFormed() + body.slice(split) };
    case 'header': {
      const names = Object.keys(good.headers);
      const name = names[Math.floor(change.at * names.length)] ?? 'accept';
      return { ...good, headers: { ...good.headers, [name]: visible(change.value) } };
    }
    case 'query': {
      const more = `${encodeURIComponent(change.name.toWellFormed())}=${encodeURIComponent(change.value.toWellFormed())}`;
      return { ...good, query: query === '' ? more : `${query}&${more}` };
    }
    default:
      if (good.method === 'GET') return { ...good, query: changeForm(query, change) };
      return { ...good, body: good.mediaType.includes('json') ? changeJson(body, change) : changeForm(body, change) };
  }
}
