import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/lib/json.ts';

/** Address of the context below. */
export const url = 'https://issuer.example/contexts/card/v1';
const xsd = 'http://www.w3.org/2001/XMLSchema#';
const at = (name: string) => `https://issuer.example/terms#${name}`;
export const context: JsonObject = {
  '@context': {
    '@protected': true,
    Card: at('Card'),
    text: at('text'),
    other: at('other'),
    tamil: { '@id': at('tamil'), '@language': 'ta' },
    date: { '@id': at('date'), '@type': `${xsd}date` },
    double: { '@id': at('double'), '@type': `${xsd}double` },
    whole: { '@id': at('whole'), '@type': `${xsd}integer` },
    link: { '@id': at('link'), '@type': '@id' },
    kind: { '@id': at('kind'), '@type': '@vocab' },
    set: { '@id': at('set'), '@container': '@set' },
    list: { '@id': at('list'), '@container': '@list' },
    names: { '@id': at('names'), '@container': '@language' },
    data: { '@id': at('data'), '@type': '@json' },
    place: { '@id': at('place'), '@context': { town: at('town'), text: at('placeText') } },
    Person: { '@id': at('Person'), '@context': { born: { '@id': at('born'), '@type': `${xsd}date` } } },
    node: at('node'),
    // Ends as a prefix does: `p:a` is short for an IRI below it.
    p: 'https://issuer.example/p/',
  },
};

// Few letters, so that values meet; and the characters that encodings treat each in a way of its own.
const text = fc.oneof(
  { weight: 8, arbitrary: fc.string({ minLength: 0, maxLength: 2, unit: fc.constantFrom('a', 'b', 'ü') }) },
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  {
    weight: 4,
    arbitrary: fc
      .array(
        fc.constantFrom(
          '"',
          '\\',
          '\n',
          '\r',
          '\t',
          '\u0000',
          '\u0007',
          '\u007f',
          '\u0085',
          '\u2028',
          '語',
          '😀',
          '\ue000',
          '\uffff',
          'ش',
          '<',
          '>',
          '_:b0',
        ),
        { maxLength: 4 },
      )
      .map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: fc.constantFrom('\ud800', 'a\udc00') },
);
const iri = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.string({ maxLength: 3, unit: fc.constantFrom('a', 'b', 'é', '/') }).map((path) => `https://place.example/${path}`),
  },
  { weight: 2, arbitrary: fc.constantFrom('did:web:issuer.example', 'urn:uuid:1', 'did:example:holder', 'text:a', 'p:a', 'urn:id:1') },
  { weight: 1, arbitrary: fc.constantFrom('relative', '', '_:b0', 'https://a b', 'urn:x> <urn:y', 'https://x/{y}', 'type:x', '@id', '#a') },
);
const number = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 3, arbitrary: fc.integer() },
  { weight: 4, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }) },
  { weight: 2, arbitrary: fc.constantFrom(0.1, -0.5, 1.5e-9, 12.5, 1e-7, 1e21, 1.5e300, -0, 2 ** 53, 2 ** 53 - 1) },
);
const leaf: fc.Arbitrary<Json> = fc.oneof(text, number, fc.boolean(), fc.constant(null));
const some = (value: fc.Arbitrary<Json>) =>
  fc.oneof({ weight: 3, arbitrary: value }, { weight: 1, arbitrary: fc.array(value, { maxLength: 3 }) });
const member = {
  text: some(leaf),
  other: some(text),
  tamil: some(text),
  date: fc.constantFrom('2026-01-01', '1999-12-31', 'never'),
  double: some(fc.oneof(number, text)),
  whole: some(fc.oneof(number, fc.constantFrom('1', '-3'))),
  link: some(iri),
  kind: some(fc.oneof(iri, fc.constantFrom('text', 'Card'))),
  set: fc.array(leaf, { maxLength: 4 }),
  list: fc.array(fc.oneof(text, number), { maxLength: 3 }),
  names: fc.dictionary(fc.constantFrom('en', 'ta', 'ar-EG'), text, { maxKeys: 3 }),
  data: fc.oneof(leaf, fc.dictionary(fc.constantFrom('x', 'text', '@id'), leaf, { maxKeys: 2 })),
} as const;
type Name = keyof typeof member;
const record = (...names: readonly Name[]): fc.Arbitrary<Json> =>
  fc.record(Object.fromEntries(names.map((name) => [name, member[name] as fc.Arbitrary<Json>])), {
    requiredKeys: [],
  }) as fc.Arbitrary<Json>;
const place = fc.record({ town: text, text: leaf }, { requiredKeys: [] }) as fc.Arbitrary<Json>;
const named = fc.record({ id: iri, text, link: iri }, { requiredKeys: ['id'] }) as fc.Arbitrary<Json>;
const person: fc.Arbitrary<Json> = fc.record({
  type: fc.constant<Json>('Person'),
  born: fc.constantFrom('2000-01-01', '2001-01-01'),
  text,
});
const within = (node: fc.Arbitrary<Json>, key = 'node') => fc.record({ [key]: node }) as fc.Arbitrary<Json>;

/** Twenty designs of a type: flat, typed, nested, listed, with siblings that look alike, with values that templates cannot take. */
export const designs: readonly (readonly [string, fc.Arbitrary<Json>])[] = [
  ['texts', record('text', 'other')],
  ['languages', record('tamil', 'names')],
  ['typed', record('date', 'whole', 'double')],
  ['links', record('link', 'kind')],
  ['set', record('set', 'text')],
  ['list', record('list')],
  ['json', record('data', 'text')],
  ['everything', record(...(Object.keys(member) as Name[]))],
  ['place', within(place, 'place')],
  ['two places', fc.record({ place, node: within(place, 'place') })],
  ['node', within(record('text', 'double', 'link'))],
  ['nodes', within(fc.array(record('text'), { maxLength: 3 }))],
  ['three alike', within(fc.array(record('text'), { minLength: 3, maxLength: 3 }))],
  ['deep', within(fc.array(fc.record({ text, node: within(record('text')) }) as fc.Arbitrary<Json>, { minLength: 1, maxLength: 3 }))],
  ['tree', within(fc.array(within(fc.array(record('text'), { maxLength: 2 })), { maxLength: 2 }))],
  ['named', within(named)],
  ['named siblings', within(fc.array(named, { maxLength: 3 }))],
  ['persons', within(fc.array(person, { maxLength: 3 }))],
  ['person or place', within(fc.oneof(person, within(place, 'place')))],
  ['list of nodes', fc.record({ list: fc.array(record('text'), { maxLength: 2 }) })],
];

export const documentOf = (claims: Json, bound: boolean): JsonObject => ({
  '@context': ['https://www.w3.org/ns/credentials/v2', url],
  id: 'urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33',
  type: ['VerifiableCredential', 'Card'],
  issuer: 'did:web:issuer.example',
  validFrom: '2026-01-01T00:00:00Z',
  credentialSubject: { ...(bound ? { id: 'did:example:holder' } : {}), ...(claims as JsonObject) },
});
