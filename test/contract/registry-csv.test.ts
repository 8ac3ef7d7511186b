import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeDemo } from '../../examples/demo/make-people.ts';
import { readConfig } from '../../src/config.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { StartFault } from '../../src/lib/start-fault.ts';
import { createCsvRegistry } from '../../src/registry/csv/csv-registry.ts';
import { hashWithScrypt } from '../../src/registry/csv/password-hash.ts';
import { calm, type KnownPerson, RecordedCodes, registryContract } from './registry.contract.ts';

interface Persona {
  readonly id: string;
  readonly individualId: string;
  readonly name: string;
  readonly birthdate: string;
  readonly password: string;
  readonly outcome: string;
}

const demo = new URL('../../examples/demo/', import.meta.url);
const personas = JSON.parse(await readFile(new URL('personas.json', demo), 'utf8')) as Persona[];
const config = await readConfig({ environment: {} });
const settings = config.registries.population;
if (!settings) throw new Error('The demo has no registry.');
const clock = systemClock;

function person(id: string, ...otherNames: string[]): KnownPerson & { readonly password: string } {
  const found = personas.find((persona) => persona.id === id);
  if (!found) throw new Error(`There is no persona ${id}.`);
  return { id: found.individualId, password: found.password, birthdate: found.birthdate, names: [found.name, ...otherNames] };
}

const [, withoutPassword = ''] = /^(\d{10}),active,(?!.*scrypt).*$/m.exec(await readFile(new URL('people.csv', demo), 'utf8')) ?? [];

registryContract('csv', {
  name: 'population',
  ordinary: person('right-to-left', 'Layla al-Hashimi'),
  someoneElse: person('ordinary'),
  withoutPassword,
  locked: person('locked'),
  deceased: person('deceased'),
  minor: person('minor'),
  pending: person('pending'),
  yearOnly: person('birth-year'),
  unknownId: person('missing').id,
  claims: {
    birthdate: '1994-08-15',
    nationalities: ['XO'],
    full_name: [
      { language: 'ar', value: 'ليلى الهاشمي' },
      { language: 'en', value: 'Layla al-Hashimi' },
    ],
    resident_since: '2009-10-01',
  },
  emptyClaim: 'mobile',
  open: (_t, codes, hashed) =>
    createCsvRegistry({
      name: 'population',
      ...settings,
      deadlineSeconds: 20,
      clock,
      codes,
      hashPassword(...run) {
        hashed();
        return hashWithScrypt(...run);
      },
    }),
});

test('design D17: the generator makes the same people, personas and portraits byte by byte', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-people-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  makeDemo(folder);
  const files = ['people.csv', 'personas.json', ...personas.filter(({ id }) => id !== 'missing').map(({ id }) => `portraits/${id}.png`)];
  for (const file of files) {
    const [made, shipped] = [await readFile(join(folder, file)), await readFile(new URL(file, demo))];
    assert.ok(made.equals(shipped), `${file} differs; run node examples/demo/make-people.ts`);
  }
});

test('design §7: ten thousand people in seven scripts, under 3 MB, secrets for the personas only', async () => {
  const text = await readFile(new URL('people.csv', demo), 'utf8');
  const lines = text.trimEnd().split('\r\n').slice(1);
  assert.equal(lines.length, 10_000);
  assert.ok(Buffer.byteLength(text) <= 3 * 1024 * 1024);
  for (const script of ['Latin', 'Arabic', 'Devanagari', 'Tamil', 'Khmer', 'Ethiopic', 'Cyrillic'])
    assert.ok(lines.filter((line) => new RegExp(`\\p{Script=${script}}`, 'u').test(line)).length > 300, script);
  assert.equal(lines.filter((line) => line.includes('$scrypt$')).length, personas.length - 1);
  assert.equal(lines.filter((line) => line.includes('portraits/')).length, personas.length - 1);
});

test('every persona signs in and has a portrait, unless it is there to show a refusal', async () => {
  const registry = await createCsvRegistry({ name: 'population', ...settings, clock });
  for (const { individualId, name, birthdate, outcome, id } of personas) {
    const challenge = await registry.begin({ individualId }, 'knowledge', calm());
    assert.notEqual(challenge, 'unavailable');
    if (challenge === 'unavailable') return;
    const proven = await registry.verify(challenge, { factor: 'knowledge', name, birthdate }, calm());
    assert.equal(proven === 'refused', outcome === 'refused at sign-in', id);
    if (proven === 'refused' || proven === 'unavailable') continue;
    const answer = await registry.claims(proven, ['portrait', 'full_name'], calm());
    assert.equal(answer.outcome, outcome === 'issued' ? 'known' : 'pending', id);
    if (answer.outcome !== 'known') continue;
    const portrait = String(answer.claims.portrait);
    assert.match(portrait, /^data:image\/png;base64,iVBORw0KGgo/);
    if (id === 'large-portrait') assert.ok(portrait.length > 40_000 && portrait.length < 60_000);
  }
});

async function write(t: TestContext, text: string | Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-csv-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'people.csv');
  await writeFile(file, text);
  return file;
}

function faultsOf(opened: Promise<unknown>): Promise<string> {
  return opened.then(
    () => assert.fail('The file was taken.'),
    (fault: unknown) => {
      assert.ok(fault instanceof StartFault, String(fault));
      return fault.message;
    },
  );
}

test('features D04: any column is the key, and every fault is named by row and column', async (t) => {
  const file = await write(
    t,
    'citizen,born,area,state,secret\r\nA-1,1980-02-30,4.5,active,\r\nA-2,1980,four,sleeping,hunter2\r\nA-1,1980-01,,,\r\n,1980-01,,,\r\n',
  );
  const columns = { key: 'citizen', birthdate: 'born', status: 'state', password: 'secret' };
  const message = await faultsOf(
    createCsvRegistry({ name: 'own', file, clock, columns, claims: { area: { column: 'area', type: 'number' } } }),
  );
  for (const fault of [
    'row 2, column born',
    'row 3, column area',
    'row 3, column state',
    'row 3, column secret',
    'row 4, column citizen',
    'row 5, column citizen',
  ])
    assert.ok(message.includes(fault), `${fault} is not in ${message}`);
  assert.ok(!message.includes('hunter2'), 'a value of the file stands in the message');
});

test('features D04: a column that is named and missing is told with the nearest one', async (t) => {
  const file = await write(t, 'citizen,name,born\n1,Ada,1990\n');
  const columns = { key: 'citisen', name: ['name'] };
  const message = await faultsOf(createCsvRegistry({ name: 'own', file, clock, columns, claims: { birth: 'borne' } }));
  assert.match(message, /column citisen.*Did you mean citizen\?/);
  assert.match(message, /column borne.*Did you mean born\?/);
});

test('features D04: 100,000 rows are loaded and checked, and found', async (t) => {
  const rows = Array.from(
    { length: 100_000 },
    (_, index) => `P${index},"Person, ${index}",19${10 + (index % 90)}-01-02,${index % 7}.5\r\n`,
  );
  const file = await write(t, `person,full_name,birthdate,area\r\n${rows.join('')}`);
  const claims = { area: { column: 'area', type: 'number' as const } };
  const registry = await createCsvRegistry({ name: 'own', file, clock, columns: { key: 'person' }, claims });
  assert.deepEqual(await registry.claims({ registry: 'own', id: 'P99999' }, ['area'], calm()), { outcome: 'known', claims: { area: 4.5 } });
});

test('without a mapping every column is a text claim, but never password and status', async (t) => {
  const file = await write(t, 'individual_id,full_name,status,password_hash\n1,Ada,active,\n');
  const registry = await createCsvRegistry({ name: 'own', file, clock });
  const answer = await registry.claims({ registry: 'own', id: '1' }, ['individual_id', 'full_name', 'status', 'password_hash'], calm());
  assert.deepEqual(answer, { outcome: 'known', claims: { individual_id: '1', full_name: 'Ada' } });
});

test('hashes of unequal cost are refused, because the time of an answer would tell whose password it is', async (t) => {
  const text = await readFile(new URL('people.csv', demo), 'utf8');
  const hash = /\$scrypt\$[^"]+/.exec(text)?.[0] ?? '';
  const file = await write(
    t,
    `individual_id,password_hash\n1,"${hash}"\n2,"${hash.replace('p=3', 'p=1')}"\n3,"${hash.replace('ln=15', 'ln=10')}"\n`,
  );
  const message = await faultsOf(createCsvRegistry({ name: 'own', file, clock }));
  assert.match(message, /row 3, column password_hash: has another cost/);
  assert.match(message, /row 4, column password_hash: is not a scrypt hash/);
});

test('an image outside the folder of the file, or one that is no image, never becomes a claim', async (t) => {
  const claims = { portrait: { column: 'portrait', type: 'image' as const } };
  const outside = await write(t, 'individual_id,portrait\n1,../secret.png\n2,/etc/passwd\n');
  assert.match(
    await faultsOf(createCsvRegistry({ name: 'own', file: outside, clock, claims })),
    /row 2, column portrait[\s\S]*row 3, column portrait/,
  );
  const inside = await write(t, 'individual_id,portrait\n1,p/text.png\n2,p/gone.png\n3,p/real.png\n');
  await mkdir(join(inside, '../p'));
  await writeFile(join(inside, '../p/text.png'), 'not an image');
  await copyFile(new URL('portraits/ordinary.png', demo), join(inside, '../p/real.png'));
  const registry = await createCsvRegistry({ name: 'own', file: inside, clock, claims });
  for (const id of ['1', '2'])
    assert.deepEqual(await registry.claims({ registry: 'own', id }, ['portrait'], calm()), { outcome: 'unavailable' });
  assert.equal((await registry.claims({ registry: 'own', id: '3' }, ['portrait'], calm())).outcome, 'known');
});

test('health: a file that is gone is unavailable', async (t) => {
  const file = await write(t, 'individual_id\n1\n');
  const registry = await createCsvRegistry({ name: 'own', file, clock });
  await rm(file);
  assert.equal(await registry.check(calm()), 'unavailable');
});

test('without one-time codes the factor is unavailable, and never met', async () => {
  const registry = await createCsvRegistry({ name: 'population', ...settings, clock });
  assert.equal(await registry.begin({ individualId: person('ordinary').id }, 'otp', calm()), 'unavailable');
});

test('quality Q31: masked addresses of unknown numbers come from the same stock as real ones', async () => {
  const registry = await createCsvRegistry({ name: 'population', ...settings, clock, codes: new RecordedCodes() });
  const channels = new Set<string>();
  for (let number = 0; number < 40; number += 1) {
    const challenge = await registry.begin({ individualId: `99999999${number}` }, 'otp', calm());
    if (challenge === 'unavailable' || !challenge.delivery) return assert.fail('no delivery is shown');
    channels.add(challenge.delivery.channel);
    assert.match(challenge.delivery.masked, /^(\p{L}•••••@mail\.example|•••••• \d{3})$/u);
  }
  assert.deepEqual([...channels].sort(), ['mail', 'sms']);
});
