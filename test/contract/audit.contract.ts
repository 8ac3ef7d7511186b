import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { randomBytes, randomHandle, sha256 } from '../../src/lib/bytes.ts';
import { addSeconds, movableClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { checkTrail } from '../../src/operators/audit-check.ts';
import type { ConnectionTarget } from '../../src/store/postgres/connection.ts';
import { openService, type ServiceDatabase } from '../../src/store/postgres/postgres.ts';
import { administer, auditSecret, createTestDatabase } from '../support/database.ts';

const issuer = 'https://issuer.example/issuers/civil';

/** What the audit trail promises (quality Q25, features G12). */
export function auditContract(name: string, openTarget: () => Promise<ConnectionTarget>): void {
  describe(`audit trail on ${name}`, () => {
    const clock = movableClock(new Date('2026-03-01T12:00:00Z'));
    const nodes: ServiceDatabase[] = [];
    let target: ConnectionTarget;
    let drop: () => Promise<void>;
    const first = () => nodes[0] as ServiceDatabase;
    const sql = <Row>(text: string) => administer<Row>(target, text.replaceAll('$audit', 'chancery_issuer.audit'));
    const check = (secret: Uint8Array = auditSecret) => checkTrail({ service: 'issuer', audit: first().audit }, secret);
    const issuance = () => ({
      issuer,
      credentialType: 'national-id',
      credentialTypeVersion: 1,
      subjectHash: sha256('a subject'),
      idempotencyKey: randomBytes(32),
      spends: [],
      entries: [{ credentialId: randomHandle(), digest: sha256('credential') }],
      issuedAt: clock.now(),
      audit: { actor: 'wallet', action: 'issue', outcome: 'issued' },
      reply: randomBytes(40),
      replyExpiresAt: addSeconds(clock.now(), 600),
    });
    const commit = (count: number, node = 0) =>
      Promise.all(Array.from({ length: count }, () => (nodes[node] as ServiceDatabase).ledger.commit(issuance())));
    /** Does harm, lets the check speak, and takes the harm back. */
    const harmed = async (harm: readonly string[]) => {
      await sql(
        'create table if not exists public.kept as table $audit; create table if not exists public.kept_heads as table $audit_chain',
      );
      for (const statement of harm) await sql(statement);
      const { faults } = await check();
      await sql(`truncate $audit, $audit_chain; insert into $audit select * from public.kept;
        insert into $audit_chain select * from public.kept_heads; drop table public.kept, public.kept_heads`);
      return faults;
    };

    before(async () => {
      ({ target, drop } = await createTestDatabase(await openTarget()));
      const open = () => openService(target, 'issuer', { clock, log: silentLog, auditSecret });
      nodes.push(...(await Promise.all([open(), open(), open()])));
    });
    after(async () => {
      for (const node of nodes) await node.close();
      await drop();
    });

    test('quality Q25: nodes write at once, each act is one entry, and the trail is sound', async () => {
      await Promise.all([
        ...[0, 1, 2].map((node) => commit(100, node)),
        ...nodes.map(({ audit }) => audit.record(issuer, { actor: 'operator', action: 'rotate' })),
      ]);
      const { entries, faults, unchained } = await check();
      assert.deepEqual({ entries, faults, unchained }, { entries: 303, faults: [], unchained: 0 });
    });

    test('quality Q25: what is undone leaves no entry, and the chain goes on', async () => {
      const { entries } = await check();
      const impossible = { ...issuance(), credentialType: 'with \u0000 inside' };
      await assert.rejects(first().ledger.commit(impossible));
      await commit(2);
      assert.deepEqual({ ...(await check()), heads: [] }, { service: 'issuer', entries: entries + 2, unchained: 0, faults: [], heads: [] });
    });

    test('quality Q25: without a row in the audit trail there is no credential, no revocation and no other change', async () => {
      const ledger = () => sql<{ n: number }>('select count(*)::integer as n from chancery_issuer.ledger');
      const [kept] = await ledger();
      const place = { list: 'list', index: 1, lease: { start: 0, owner: 'nobody' } };
      await sql('alter table $audit add constraint full_disk check (at is null) not valid');
      await assert.rejects(commit(1));
      await assert.rejects(first().audit.record(issuer, { action: 'rotate' }));
      await assert.rejects(first().types.create({ issuer, id: 'Card', version: 1 }, {}, { actor: 'designer', request: 'r' }));
      await sql('alter table $audit drop constraint full_disk');
      assert.deepEqual(await ledger(), [kept]);
      assert.equal(await first().types.find({ issuer, id: 'Card', version: 1 }), undefined);
      assert.equal(
        (await first().ledger.commit({ ...issuance(), entries: [{ credentialId: 'x', digest: sha256('x'), status: place }] })).outcome,
        'lapsed',
      );
      assert.deepEqual((await check()).faults, []);
    });

    test('quality Q25: a node without the secret records nothing, so it does nothing', async () => {
      const blind = await openService(target, 'issuer', { clock, log: silentLog });
      await assert.rejects(blind.ledger.commit(issuance()), /secret/);
      await blind.close();
    });

    test('quality T16: what somebody changes in the database is found, and where', async () => {
      await commit(20);
      const [chosen] = await sql<{ bucket: number; chain: number; length: string }>(
        'select bucket, chain, length from $audit_chain order by length desc limit 1',
      );
      assert.ok(chosen);
      const { bucket, chain } = chosen;
      const length = Number(chosen.length);
      const at = (number: number) => `bucket = ${bucket} and chain = ${chain} and number = ${number}`;
      const fault = (number: number, what: string) => ({ chain, number, fault: what });
      assert.deepEqual(await harmed([`update $audit set event = '{"actor":"somebody else"}' where ${at(5)}`]), [fault(5, 'altered')]);
      assert.deepEqual(await harmed([`update $audit set at = at + interval '1 second' where ${at(6)}`]), [fault(6, 'altered')]);
      assert.deepEqual(await harmed([`update $audit set hash = sha256('x') where ${at(7)}`]), [fault(7, 'altered'), fault(8, 'altered')]);
      assert.deepEqual(await harmed([`delete from $audit where ${at(8)}`]), [fault(8, 'missing')]);
      assert.deepEqual(await harmed([`delete from $audit where bucket = ${bucket} and chain = ${chain} and number > ${length - 3}`]), [
        fault(length - 2, 'truncated'),
      ]);
      const swap = [
        `update $audit set number = 1000000 where ${at(9)}`,
        `update $audit set number = 9 where ${at(10)}`,
        `update $audit set number = 10 where ${at(1000000)}`,
      ];
      assert.deepEqual(await harmed(swap), [fault(9, 'altered'), fault(10, 'altered'), fault(11, 'altered')]);
      const extra = `insert into $audit (bucket, chain, number, id, issuer, at, event, hash)
        select bucket, chain, number + 1, gen_random_uuid(), issuer, at, event, hash from $audit where ${at(length)}`;
      assert.deepEqual(await harmed([extra]), [fault(length + 1, 'added')]);
      // The end moved back with its entries: only the secret tells that nobody of ours wrote that end.
      const back = `update $audit_chain set length = ${length - 1}, hash = (select hash from $audit where ${at(length - 1)})
        where bucket = ${bucket} and chain = ${chain}`;
      assert.deepEqual(await harmed([back, `delete from $audit where ${at(length)}`]), [fault(length - 1, 'head-forged')]);
      const gone = (await harmed([`delete from $audit_chain where chain = ${chain}`, `delete from $audit where chain = ${chain}`]))[0];
      assert.deepEqual(gone, fault(0, 'head-forged'));
      assert.equal((await check(Buffer.alloc(32, 1))).faults.length, 64, 'another secret vouches for no chain');
      assert.deepEqual((await check()).faults, []);
    });

    test('quality T16: an old end with its own seal, put back, is found against an earlier checkpoint', async () => {
      await sql('create table public.old as table $audit; create table public.old_heads as table $audit_chain');
      await commit(5);
      const later = await check();
      await sql(
        'create table if not exists public.kept as table $audit; create table if not exists public.kept_heads as table $audit_chain',
      );
      await sql(
        'truncate $audit, $audit_chain; insert into $audit select * from public.old; insert into $audit_chain select * from public.old_heads',
      );
      assert.deepEqual((await check()).faults, [], 'by itself it is sound');
      const against = await checkTrail({ service: 'issuer', audit: first().audit }, auditSecret, later.heads);
      assert.deepEqual(
        against.faults.map(({ fault }) => fault),
        ['rewritten'],
      );
    });
  });
}
