import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeldDocument } from './document.ts';
import { factsOf, maskOf, valuesAt } from './facts.ts';

const held = (claims: HeldDocument['claims'], described: unknown[] = []): HeldDocument => ({
  id: 'x',
  state: 'kept',
  credential: '',
  configuration: { credential_metadata: { claims: described } },
  configurationId: 'Card',
  office: { identifier: 'https://office.example', display: [], brand: 'brand-x', emblem: null, trustAnchor: '' },
  format: 'x',
  type: 'x',
  algorithm: 'x',
  claims,
  issuedAt: undefined,
  validFrom: undefined,
  validUntil: undefined,
  checkedAt: '2026-11-22T14:06:00Z',
});

test('features E13: what could point to a person is masked by its rule; what identifies nobody stands open', () => {
  const rules: [(string | null)[], unknown, string][] = [
    [['given_name'], 'Amina', 'initials'],
    [['name_latin'], 'Amina', 'initials'],
    [['birthdate'], '1988-03-27', 'year'],
    [['birthdate'], '1988', 'year'],
    [['valid_until'], '2036-03-13', 'open'],
    [['licence_number'], 'OR204517482', 'end'],
    [['identity_number'], '4022802715', 'end'],
    [['address', 'street_address'], '110 Well Lane', 'hidden'],
    [['address', 'region'], 'Orsana', 'open'],
    [['degree', 'name'], 'Bachelor of Laws', 'open'],
    [['something_new'], 'unheard of', 'hidden'],
    [['age_over_18'], true, 'open'],
    [['identity_number'], 4022802715, 'end'],
    [['farm_hectares'], 7.1, 'open'],
    [['org.example', 'driving_privileges', null, 'vehicle_category_code'], 'B', 'open'],
    [['org.example', 'expiry_date'], '2036-03-13', 'open'],
    [['org.example', 'document_number'], 'OR204517482', 'end'],
  ];
  for (const [path, value, mask] of rules) assert.equal(maskOf(path, value), mask, path.join('.'));
});

test('OpenID4VCI appendix C: paths reach members and every element, never an inherited member', () => {
  const claims = { a: { b: [{ c: 1 }, { c: 2 }, 'x'] }, list: ['A', 'B'] };
  assert.deepEqual(valuesAt(claims, ['a', 'b', null, 'c']), [1, 2]);
  assert.deepEqual(valuesAt(claims, ['list', null]), ['A', 'B']);
  assert.deepEqual(valuesAt(claims, ['list']), ['A', 'B']);
  assert.deepEqual(valuesAt(claims, ['constructor']), []);
});

test('features E13: rows follow the order of the issuer, a list stands once, undescribed claims come last', () => {
  const described = [
    {
      path: ['classes'],
      display: [
        { name: 'Klassen', locale: 'de' },
        { name: 'Classes', locale: 'en' },
      ],
    },
    { path: ['classes', null] },
    { path: ['birthdate'], display: [{ name: 'Born', locale: 'en' }] },
    { path: ['absent'] },
    { path: 'nonsense' },
  ];
  const { rows, birthYear } = factsOf(held({ extra_words: 'x', birthdate: '1988-03-27', classes: ['A', 'B'] }, described), 'en');
  assert.deepEqual(
    rows.map(({ label, values }) => [label, values]),
    [
      ['Classes', ['A', 'B']],
      ['Born', ['1988-03-27']],
      ['Extra words', ['x']],
    ],
  );
  assert.equal(birthYear, '1988');
});

test('quality LG7: one name of one letter, a name in parts, no name and no day of birth all work', () => {
  assert.equal(factsOf(held({ full_name: 'O' }), 'en').bearer, 'O');
  assert.equal(factsOf(held({ given_name: 'O' }), 'en').bearer, 'O');
  assert.equal(factsOf(held({ given_name: 'Amina', family_name: 'Kareem' }), 'en').bearer, 'Amina Kareem');
  assert.equal(factsOf(held({}), 'en').bearer, undefined);
  assert.equal(factsOf(held({ birthdate: '1950' }), 'en').birthYear, '1950');
});

test('features E13: only images are taken for a portrait', () => {
  assert.equal(factsOf(held({ portrait: 'data:image/png;base64,AAAA' }), 'en').portrait, 'data:image/png;base64,AAAA');
  for (const portrait of ['https://evil.example/x.png', 'data:image/svg+xml;base64,AAAA', 'javascript:alert(1)'])
    assert.equal(factsOf(held({ portrait }), 'en').portrait, undefined);
});

test('features E13, B46: claims that stand in groups are found by their own names, described ones in the order of the issuer', () => {
  const claims = {
    'org.example': {
      birth_date: '1988-03-27',
      family_name: 'Kareem',
      given_name: 'Amina',
      portrait: 'data:image/png;base64,AA==',
      rights: [{ code: 'A' }, { code: 'B' }],
      sex: 'X',
    },
    'org.example.more': { adult: true },
  };
  const path = (...steps: readonly (string | null)[]) => ({
    path: ['org.example', ...steps],
    display: [{ name: `label ${steps.at(-1)}`, locale: 'en' }],
  });
  const document = {
    ...held(claims, [path('given_name'), path('rights'), path('rights', null, 'code'), path('birth_date')]),
    groups: ['org.example', 'org.example.more'],
  };
  const facts = factsOf(document, 'en');
  assert.deepEqual([facts.bearer, facts.birthYear, facts.portrait], ['Amina Kareem', '1988', 'data:image/png;base64,AA==']);
  assert.deepEqual(
    facts.rows.map(({ label, values }) => [label, values]),
    [
      ['label given_name', ['Amina']],
      ['label code', ['A', 'B']],
      ['label birth_date', ['1988-03-27']],
      ['Family name', ['Kareem']],
      ['Sex', ['X']],
      ['Adult', [true]],
    ],
  );
});
