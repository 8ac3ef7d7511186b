import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { readConfig } from '../../src/config.ts';
import type { Config, IssuerConfig } from '../../src/config-schema.ts';
import { jwtVcJson } from '../../src/formats/jwt-vc-json/jwt-vc-json.ts';
import { ldpVc } from '../../src/formats/ldp-vc/ldp-vc.ts';
import { msoMdoc } from '../../src/formats/mso-mdoc/mso-mdoc.ts';
import { sdJwtVc } from '../../src/formats/sd-jwt-vc/sd-jwt-vc.ts';
import { type CredentialType, findMissingClaim, readCredentialType } from '../../src/issuer/credential-type.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Json } from '../../src/lib/json.ts';
import { createCsvRegistry } from '../../src/registry/csv/csv-registry.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { readPersonas } from '../support/people.ts';
import { calm } from './registry.contract.ts';

const examples = ['demo', 'own-registry', 'foreign-authorization'];
const readExample = (name: string) => readConfig({ environment: { CHANCERY_CONFIG: `examples/${name}/chancery.json` } });

async function readTypes({ identifier, types }: IssuerConfig): Promise<readonly CredentialType[]> {
  const documents = await Promise.all(types.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as Json));
  return Promise.all(
    documents.map(
      async (document) =>
        (await readCredentialType(document, identifier, [sdJwtVc, jwtVcJson, ldpVc, msoMdoc])) ?? assert.fail('The type is not published.'),
    ),
  );
}

async function open(config: Config, name: string): Promise<Registry> {
  const settings = config.registries[name] ?? assert.fail(`There is no registry ${name}.`);
  return createCsvRegistry({ name, ...settings, clock: systemClock });
}

/** What the credential of one person would hold. */
async function mapped(registry: Registry, subject: { registry: string; id: string }, type: CredentialType, now = new Date('2026-11-24')) {
  const answer = await registry.claims(subject, type.mapping.names, calm());
  if (answer.outcome !== 'known') return answer.outcome;
  return type.mapping.evaluate(answer.claims, { now });
}

test('every credential type of the examples is sound, and asks its registry only for claims that are mapped there', async () => {
  for (const example of examples) {
    const config = await readExample(example);
    for (const issuer of config.issuers)
      for (const type of await readTypes(issuer)) {
        const known = Object.keys(config.registries[issuer.registry]?.claims ?? {});
        for (const name of type.mapping.names) assert.ok(known.includes(name), `${type.id} asks for ${name}`);
        if (example === 'demo')
          assert.deepEqual(
            type.display.map(({ locale }) => locale),
            ['en', 'ar', 'ta'],
          );
        for (const { display, path } of type.rules) assert.ok(display.length > 0, `${type.id} ${path.join('.')}`);
      }
  }
});

test('design D21: every scope has a consent text, and what it masks is a claim of the type and of the registry', async () => {
  for (const example of ['demo', 'own-registry']) {
    const config = await readExample(example);
    const claims = Object.keys(config.registries[config.authorization.registry]?.claims ?? {});
    for (const issuer of config.issuers)
      for (const type of await readTypes(issuer)) {
        const consent = config.authorization.consent[type.scope] ?? assert.fail(`${type.scope} has no consent text`);
        for (const [path, { name }] of Object.entries(consent.claims)) {
          assert.ok(
            type.described.some((rule) => rule.path.join('.') === path),
            `${type.scope}: ${path}`,
          );
          assert.ok(claims.includes(name), `${type.scope}: ${name}`);
        }
      }
  }
});

test('every category of the landing page names credential types that exist, and every type has one', async () => {
  const config = await readExample('demo');
  const types = (await Promise.all(config.issuers.map(readTypes))).flat().map(({ id }) => id);
  assert.deepEqual(config.wallet.categories.flatMap(({ configurations }) => configurations).sort(), types.sort());
});

test('the ordinary persona can have every document; the others what their record holds', async () => {
  const config = await readExample('demo');
  const registry = await open(config, 'population');
  const types = (await Promise.all(config.issuers.map(readTypes))).flat();
  const missing = new Map<string, string[]>();
  for (const { id, individualId } of await readPersonas())
    for (const type of types) {
      const claims = await mapped(registry, { registry: 'population', id: individualId }, type);
      if (typeof claims === 'string' || findMissingClaim(type, claims)) missing.set(id, [...(missing.get(id) ?? []), type.id]);
    }
  const all = types.map(({ id }) => id);
  assert.deepEqual(Object.fromEntries(missing), {
    minor: ['DrivingLicence', 'FarmerCard', 'Degree'],
    deceased: all,
    locked: all,
    missing: all,
    pending: all,
  });
});

test('names, ages and nested values come out as the record says', async () => {
  const config = await readExample('demo');
  const registry = await open(config, 'population');
  const types = (await Promise.all(config.issuers.map(readTypes))).flat();
  const personas = await readPersonas();
  const of = async (persona: string, typeId: string) => {
    const type = types.find(({ id }) => id === typeId) ?? assert.fail(typeId);
    const found = personas.find(({ id }) => id === persona) ?? assert.fail(persona);
    const claims = await mapped(registry, { registry: 'population', id: found.individualId }, type);
    return typeof claims === 'string' ? assert.fail(claims) : claims;
  };
  const arabic = await of('right-to-left', 'NationalIdentity');
  assert.deepEqual([arabic.full_name, arabic.name_latin, arabic.family_name], ['ليلى الهاشمي', 'Layla al-Hashimi', 'الهاشمي']);
  const ordinary = await of('ordinary', 'NationalIdentity');
  assert.deepEqual(
    [ordinary.full_name, ordinary.name_latin, ordinary.age_over_18, ordinary.age_over_65],
    ['Amina Kareem', 'Amina Kareem', true, false],
  );
  assert.match(String(ordinary.portrait), /^data:image\/png;base64,/);
  const licence = await of('ordinary', 'DrivingLicence');
  assert.deepEqual([licence.licence_number, licence.vehicle_classes, licence.valid_until], ['OR204517482', ['A1', 'B'], '2036-03-13']);
  const [minor, elder, single] = [
    await of('minor', 'NationalIdentity'),
    await of('birth-year', 'NationalIdentity'),
    await of('no-family-name', 'NationalIdentity'),
  ];
  assert.equal(minor.age_over_18, false);
  assert.deepEqual([elder.birthdate, elder.age_over_65], ['1957', true]);
  assert.ok(!('family_name' in single));
  const farmer = await of('khmer', 'FarmerCard');
  assert.equal(typeof (farmer.holding as { hectares: unknown }).hectares, 'number');
  const degree = await of('cyrillic', 'Degree');
  assert.equal(degree.graduation_year, Number(String(degree.graduation_date).slice(0, 4)));
});

test('the readers and the members of the two small examples can have their card', async () => {
  const library = await readExample('own-registry');
  const readers = await open(library, 'readers');
  const [card] = (await Promise.all(library.issuers.map(readTypes))).flat();
  if (!card) return assert.fail('There is no card.');
  const ada = await mapped(readers, { registry: 'readers', id: 'LIB-001' }, card);
  assert.deepEqual(ada, {
    name: 'Ada Okoro',
    card_number: 'LIB-001',
    branch: 'Velmira branch',
    shelves: ['history', 'poetry'],
    membership: { since: '2015-04-01', adult: true },
  });
  for (const [factor, evidence] of [
    ['password', { factor: 'password', password: 'books-and-bread' }],
    ['knowledge', { factor: 'knowledge', name: 'ada okoro', birthdate: '1984-12-10' }],
  ] as const) {
    const challenge = await readers.begin({ individualId: 'LIB-001' }, factor, calm());
    if (challenge === 'unavailable') return assert.fail(challenge);
    assert.deepEqual(await readers.verify(challenge, evidence, calm()), { registry: 'readers', id: 'LIB-001' });
  }
  const cooperative = await readExample('foreign-authorization');
  const members = await open(cooperative, 'members');
  const [member] = (await Promise.all(cooperative.issuers.map(readTypes))).flat();
  if (!member) return assert.fail('There is no card.');
  const lena = await mapped(members, { registry: 'members', id: 'M-1041' }, member);
  assert.deepEqual(lena, { full_name: 'Lena Horvat', member_number: 'M-1041', village: 'Stonewell', shares: 4 });
});
