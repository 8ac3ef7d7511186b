import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { movableClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { ConnectionTarget } from '../../src/store/postgres/connection.ts';
import { openService, type ServiceDatabase } from '../../src/store/postgres/postgres.ts';
import type { TypeStore, TypeVersion } from '../../src/store/type-store.ts';
import { administer, auditSecret, createTestDatabase } from '../support/database.ts';

const issuer = 'https://issuer.example/issuers/civil';
const audit = { actor: 'designer', request: 'r' };
const document = (name: string) => ({ format: 'paper', z: name, a: 1 });

/** What `TypeStore` promises an issuer (features B10). */
export function typesContract(name: string, openTarget: () => Promise<ConnectionTarget>): void {
  describe(`credential types on ${name}`, () => {
    let target: ConnectionTarget;
    let drop: () => Promise<void>;
    let nodes: readonly ServiceDatabase[];
    const store = (index = 0): TypeStore => (nodes[index % nodes.length] as ServiceDatabase).types;
    const key = (version: number, id = 'Card') => ({ issuer, id, version });
    const catalogue = async () => (await store().catalogues([issuer])).get(issuer) ?? 0;
    const create = async (version: number, id = 'Card'): Promise<TypeVersion> =>
      (await store().create(key(version, id), document(`${id} ${version}`), audit)) ?? assert.fail();
    const publish = async ({ id, version, revision }: TypeVersion, against?: number, node = 0) =>
      store(node).publish({ issuer, id, version, revision, catalogue: against ?? (await catalogue()) }, audit);
    const states = async () => (await store().list(issuer, { limit: 100 })).map(({ id, version, state }) => `${id} ${version} ${state}`);
    const count = (values: readonly unknown[], wanted: unknown) => values.filter((value) => value === wanted).length;

    before(async () => {
      ({ target, drop } = await createTestDatabase(await openTarget()));
      const open = () =>
        openService(target, 'issuer', { clock: movableClock(new Date('2026-03-01T12:00:00Z')), log: silentLog, auditSecret });
      nodes = [await open(), await open()];
    });
    beforeEach(() => administer(target, 'truncate chancery_issuer.credential_type, chancery_issuer.type_catalogue, chancery_issuer.audit'));
    after(async () => {
      for (const node of nodes) await node.close();
      await drop();
    });

    test('features B10: draft, published, retired: one published version of an id, and history stays', async () => {
      const first = await create(1);
      assert.equal(JSON.stringify(first.document), JSON.stringify(document('Card 1')), 'in its own order');
      assert.equal(await store().create(key(1), document('again'), audit), undefined);
      assert.equal(await catalogue(), 0, 'a draft changes nothing of what is offered');
      assert.equal(await publish(first), 'published');
      assert.equal(await publish(await create(2)), 'published');
      await create(3);
      assert.deepEqual(await states(), ['Card 3 draft', 'Card 2 published', 'Card 1 retired']);
      const { catalogue: number, versions } = await store(1).readPublic(issuer);
      assert.deepEqual([number, versions.map(({ version }) => version)], [2, [1, 2]]);
      assert.equal(await store().retire(key(2), 'published', audit), true);
      assert.equal(await store().retire(key(2), 'published', audit), false);
      assert.equal(await catalogue(), 3);
      assert.deepEqual(await store().readPublic('https://issuer.example/issuers/other'), { catalogue: 0, versions: [] });
    });

    test('features B10: a version that was published is changed, deleted and published again by nobody', async () => {
      const draft = await create(1);
      await publish(draft);
      const { revision } = (await store().find(key(1))) ?? assert.fail();
      for (const seen of [draft.revision, revision]) {
        assert.equal(await store().replace(key(1), seen, document('other'), audit), undefined);
        assert.equal(await store().remove(key(1), seen, audit), false);
        assert.equal(await publish({ ...draft, revision: seen }), 'changed');
      }
      assert.deepEqual((await store().find(key(1)))?.document, document('Card 1'));
      assert.equal(await catalogue(), 1, 'what was refused is undone as a whole');
    });

    test('features B10: of forty who create, change or publish at once one is first, over two nodes', async () => {
      const all = <Result>(work: (index: number) => Promise<Result>) => Promise.all(Array.from({ length: 40 }, (_, index) => work(index)));
      const created = await all((index) => store(index).create(key(1), document(String(index)), audit));
      const [draft] = created.filter((one) => one !== undefined);
      assert.ok(draft);
      assert.equal(count(created, undefined), 39);
      const changed = await all((index) => store(index).replace(key(1), draft.revision, document(`change ${index}`), audit));
      const [newer] = changed.filter((one) => one !== undefined);
      assert.ok(newer);
      assert.equal(count(changed, undefined), 39);
      assert.deepEqual((await store().find(key(1)))?.document, newer.document);
      const outcomes = await all((index) => publish(newer, 0, index));
      assert.deepEqual([count(outcomes, 'published'), count(outcomes, 'outrun')], [1, 39]);
      const rows = await administer<{ action: string }>(
        target,
        `select event ->> 'action' as action from chancery_issuer.audit order by at, 1`,
      );
      assert.deepEqual(
        rows.map(({ action }) => action).sort(),
        ['publish-type', 'save-type', 'save-type'],
        'one audit row for each change',
      );
    });

    test('features B10: two types that were held against the same catalogue are not both published', async () => {
      const [card, other] = [await create(1), await create(1, 'Other')];
      const outcomes = await Promise.all([publish(card, 0, 0), publish(other, 0, 1)]);
      assert.deepEqual(outcomes.sort(), ['outrun', 'published']);
      assert.equal(await publish((await states()).includes('Card 1 draft') ? card : other, 1), 'published');
    });

    test('features B10: the list is filtered and read page by page', async () => {
      for (const id of ['A', 'B', 'C']) for (const version of [1, 2]) await create(version, id);
      const names = async (filter: object) =>
        (await store().list(issuer, { limit: 2, ...filter })).map(({ id, version }) => `${id}${version}`);
      assert.deepEqual(await names({}), ['A2', 'A1']);
      assert.deepEqual(await names({ after: { id: 'A', version: 2 } }), ['A1', 'B2']);
      assert.deepEqual(await names({ id: 'C' }), ['C2', 'C1']);
      assert.deepEqual(await names({ state: 'published' }), []);
      assert.deepEqual([await names({ format: 'paper' }), await names({ format: 'stone' })], [['A2', 'A1'], []]);
    });
  });
}
