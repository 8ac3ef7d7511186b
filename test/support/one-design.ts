/** One design in all four formats (features B53): what is said of a person is said once. */
const label = (name: string) => [
  { name, locale: 'en' },
  { name: `${name} (ar)`, locale: 'ar' },
];
const claim = (path: readonly unknown[], mandatory = true) => ({
  path,
  mandatory,
  disclosure: 'always',
  display: label(path.map(String).join('.')),
});
const text = (...path: readonly string[]) => ({ claim: path, encoding: 'text' });
const terms = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, `https://orsana.example/terms#${name}`]));

export const oneNamespace = 'org.example.one';

export const oneDesign = {
  id: 'One',
  version: 1,
  scope: 'one',
  format: 'dc+sd-jwt',
  profile: { vct: 'one' },
  binding: { methods: ['jwk', 'cose_key'], proofs: { jwt: { algorithms: ['ES256'] } } },
  validityDays: 90,
  status: 'token_status_list',
  display: [
    {
      name: 'One card',
      locale: 'en',
      background_color: '#1d3f72',
      text_color: '#ffffff',
      logo: { uri: 'https://orsana.example/logo.svg', alt_text: 'A seal' },
    },
    { name: 'بطاقة', locale: 'ar' },
  ],
  claims: [
    claim(['name']),
    claim(['born']),
    claim(['sex']),
    claim(['adult']),
    claim(['number']),
    claim(['until']),
    claim(['home']),
    claim(['home', 'town']),
  ],
  tables: { sex: { F: 'female', M: 'male', X: 'not said' } },
  mapping: {
    name: { $call: 'join', args: [' ', { $claim: 'given_name' }, { $call: 'case', args: [{ $claim: 'family_name' }, 'upper'] }] },
    born: { $call: 'date', args: [{ $claim: 'birthdate' }] },
    sex: { $call: 'lookup', args: [{ $claim: 'sex' }, 'sex', 'not said'] },
    adult: { $call: 'age_at_least', args: [{ $claim: 'birthdate' }, 18] },
    number: { $call: 'prefix', args: ['XO-', { $claim: 'individual_id' }] },
    until: { $call: 'valid_until', args: [] },
    home: { town: { $claim: 'locality' } },
  },
  encodings: [
    {
      id: 'OneMdoc',
      scope: 'one_mdoc',
      format: 'mso_mdoc',
      status: 'token_status_list',
      profile: {
        doctype: 'org.example.one.1',
        namespaces: {
          [oneNamespace]: {
            name: text('name'),
            born: { claim: ['born'], encoding: 'full-date' },
            sex: text('sex'),
            adult: { claim: ['adult'], encoding: 'boolean' },
            number: text('number'),
            until: { claim: ['until'], encoding: 'full-date' },
            home: { claim: ['home'], encoding: { map: { town: text('town') } } },
          },
        },
      },
    },
    {
      id: 'OneJwt',
      scope: 'one_jwt',
      format: 'jwt_vc_json',
      status: 'bitstring_status_list',
      profile: { dataModel: '1.1', types: ['One'] },
    },
    {
      id: 'OneLinked',
      scope: 'one_linked',
      format: 'ldp_vc',
      profile: {
        dataModel: '2.0',
        suite: 'eddsa-rdfc-2022',
        types: ['One'],
        contexts: [{ name: 'one', '@context': terms('One', 'born', 'sex', 'adult', 'number', 'until', 'home', 'town') }],
      },
    },
  ],
};
