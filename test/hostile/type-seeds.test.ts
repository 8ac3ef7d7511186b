import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { sdJwtVc } from '../../src/formats/sd-jwt-vc/sd-jwt-vc.ts';
import { seedTypes } from '../../src/issuer/types/seed-types.ts';
import { createTypeCatalogue } from '../../src/issuer/types/type-catalogue.ts';
import type { KeyStore } from '../../src/keys/keys.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { StartFault } from '../../src/lib/start-fault.ts';
import { openService, type ServiceDatabase } from '../../src/store/postgres/postgres.ts';
import { administer, createTestDatabase } from '../support/database.ts';
import { cardType } from '../support/issuer-nodes.ts';

const issuer = 'https://issuer.example/issuers/civil';
const audit = { actor: 'designer', request: 'r' };
let folder: string;
let made: Awaited<ReturnType<typeof createTestDatabase>>;
let database: ServiceDatabase;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-seeds-'));
  made = await createTestDatabase();
  database = await openService(made.target, 'issuer', { clock: systemClock, log: silentLog, auditSecret: new Uint8Array(32) });
});
beforeEach(() => administer(made.target, 'truncate chancery_issuer.credential_type, chancery_issuer.type_catalogue'));
after(async () => {
  await database?.close();
  await made?.drop();
  await rm(folder, { recursive: true, force: true });
});

/** A start of a node with these files. */
async function start(...types: readonly (object | string)[]) {
  const place = await mkdtemp(join(folder, 'start-'));
  const files = await Promise.all(
    types.map(async (type, index) => {
      const file = join(place, `type-${index}.json`);
      await writeFile(file, typeof type === 'string' ? type : JSON.stringify(type));
      return file;
    }),
  );
  const keys = { signer: async () => undefined } as unknown as KeyStore;
  const store = database.types;
  const context = { issuer, issuerName: 'civil', store };
  const trust = { attesters: undefined, holderCertificates: undefined, attestedDpopKeys: false, presentations: undefined };
  const catalogue = createTypeCatalogue({ ...context, formats: [sdJwtVc], registries: ['people'], trust, keys, log: silentLog });
  await seedTypes({ ...context, files, catalogue });
  return catalogue;
}
const versions = async () =>
  (await database.types.list(issuer, { limit: 100 })).map(({ id, version, state }) => `${id} ${version} ${state}`);
const refused = (sentence: RegExp) => (fault: unknown) => fault instanceof StartFault && sentence.test(fault.message);
const next = { ...cardType, version: 3 };

test('features B10: each file is saved once, whoever starts and however often; the next version takes over', async () => {
  const starts = await Promise.all([1, 2, 3, 4].map(() => start(cardType)));
  for (const catalogue of starts)
    assert.deepEqual(
      catalogue.current().offered.map(({ id, version }) => [id, version]),
      [['Card', 2]],
    );
  await start(cardType);
  assert.deepEqual(await versions(), ['Card 2 published']);
  await start(next);
  assert.deepEqual(await versions(), ['Card 3 published', 'Card 2 retired']);
  await start(cardType);
  assert.deepEqual(await versions(), ['Card 3 published', 'Card 2 retired'], 'an older file takes nothing back');
  const rows = await administer<{ count: string }>(made.target, 'select revision as count from chancery_issuer.type_catalogue');
  assert.equal(Number(rows[0]?.count), 2, 'a start that changes nothing moves nobody');
});

test('features B10: a file moves a version forward only: what operators have retired stays so', async () => {
  await start(cardType);
  await database.types.retire({ issuer, id: 'Card', version: 2 }, 'published', audit);
  assert.deepEqual((await start(cardType)).current().offered, []);
  assert.deepEqual(await versions(), ['Card 2 retired']);
  const catalogue = await start({ ...next, state: 'retired' });
  assert.deepEqual([await versions(), catalogue.current().offered], [['Card 3 retired', 'Card 2 retired'], []]);
  assert.deepEqual([...catalogue.current().documents.keys()], ['/types/card/v2', '/types/card/v3'], 'what was offered stays served');
});

test('features B10: a file that changed under its version is refused with a sentence; a draft that only it has written follows it', async () => {
  await start(cardType);
  const changed = { ...cardType, validityDays: 31 };
  await assert.rejects(start(changed), refused(/type-0\.json is not what version 2 of Card was.*give the file the next version\.$/));
  assert.deepEqual((await database.types.find({ issuer, id: 'Card', version: 2 }))?.document.validityDays, 30);
  const draft = { ...next, state: 'draft' };
  await start(draft);
  await start({ ...draft, validityDays: 32 });
  const stored = await database.types.find({ issuer, id: 'Card', version: 3 });
  assert.equal(stored?.document.validityDays, 32);
  await database.types.replace(stored, stored.revision, { ...stored.document, validityDays: 33 }, audit);
  await assert.rejects(start(draft), refused(/version 3 of Card/), 'what a designer wrote is not overwritten');
});

test('quality R44, standards V-65: a file that is not sound ends the start with its place, and an unknown member with the nearest known one', async () => {
  const cases: readonly [readonly (object | string)[], RegExp][] = [
    [[{ ...cardType, validityDay: 3 }], /is not sound: \/validityDay: is not known\. Did you mean validityDays\?/],
    [[{ ...cardType, version: 0 }], /\/version: /],
    [['{"id": "Card"'], /not JSON/],
    [[{ ...cardType, profile: { vct: 7 } }], /\/profile\/vct: /],
    [[{ ...cardType, display: [cardType.display[0], cardType.display[0]] }], /\/display\/1\/locale: /],
    [[cardType, next], /have the id Card/],
    [[cardType, { ...cardType, id: 'Other' }], /\/scope: card is the scope of another/],
  ];
  for (const [types, sentence] of cases) await assert.rejects(start(...types), refused(sentence), String(sentence));
});
