import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addSeconds, movableClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { ArtifactInput, Artifacts } from '../../src/store/artifacts.ts';
import type { ConnectionTarget } from '../../src/store/postgres/connection.ts';
import { openService, type ServiceDatabase } from '../../src/store/postgres/postgres.ts';
import { administer, createTestDatabase } from '../support/database.ts';

/** What `Artifacts` promises the authorization engine (authorization §5.4). */
export function artifactsContract(name: string, openTarget: () => Promise<ConnectionTarget>): void {
  describe(`artifacts on ${name}`, () => {
    const clock = movableClock(new Date('2026-03-01T12:00:00Z'));
    let service: ServiceDatabase;
    let artifacts: Artifacts;
    let target: ConnectionTarget;
    let drop: () => Promise<void>;
    const input = (seconds: number, more: Partial<ArtifactInput> = {}): ArtifactInput => ({
      payload: { seconds },
      expiresAt: addSeconds(clock.now(), seconds),
      ...more,
    });

    before(async () => {
      ({ target, drop } = await createTestDatabase(await openTarget()));
      service = await openService(target, 'authorization', { clock, log: silentLog });
      artifacts = service.artifacts;
    });
    after(async () => {
      await service.close();
      await drop();
    });

    test('authorization G14: a row is found after its expiry, until the grace is over too', async () => {
      await artifacts.upsert('PushedAuthorizationRequest', 'late', input(60));
      clock.advance(61 + 14 * 60);
      await service.sweep();
      assert.deepEqual(await artifacts.find('PushedAuthorizationRequest', 'late'), { payload: { seconds: 60 } });
      clock.advance(60);
      assert.equal(await service.sweep(), 1);
      assert.equal(await artifacts.find('PushedAuthorizationRequest', 'late'), undefined);
    });

    test('authorization G3: consume succeeds once; a later write does not make it fresh again', async () => {
      await artifacts.upsert('AuthorizationCode', 'code', input(60));
      assert.equal((await artifacts.find('AuthorizationCode', 'code'))?.consumedAt, undefined);
      assert.equal(await artifacts.consume('AuthorizationCode', 'code'), true);
      assert.equal(await artifacts.consume('AuthorizationCode', 'code'), false);
      await artifacts.upsert('AuthorizationCode', 'code', input(70));
      assert.deepEqual(await artifacts.find('AuthorizationCode', 'code'), { payload: { seconds: 70 }, consumedAt: clock.now() });
      assert.equal(await artifacts.consume('AuthorizationCode', 'code'), false);
      assert.equal(await artifacts.consume('AuthorizationCode', 'absent'), false);
    });

    test('authorization G2: insert succeeds for the first only, expired or not', async () => {
      assert.equal(await artifacts.insert('ReplayDetection', 'jti', input(10)), true);
      assert.equal(await artifacts.insert('ReplayDetection', 'jti', input(10)), false);
      clock.advance(11);
      assert.equal(await artifacts.insert('ReplayDetection', 'jti', input(10)), false);
      assert.equal(await artifacts.insert('OtherModel', 'jti', input(10)), true);
    });

    test('a model is a namespace; destroy removes one row', async () => {
      await artifacts.upsert('Session', 'same', input(60));
      await artifacts.upsert('Interaction', 'same', input(70));
      assert.equal(await artifacts.destroy('Session', 'same'), true);
      assert.equal(await artifacts.destroy('Session', 'same'), false);
      assert.equal(await artifacts.find('Session', 'same'), undefined);
      assert.deepEqual((await artifacts.find('Interaction', 'same'))?.payload, { seconds: 70 });
    });

    test('findByUid finds by model and uid', async () => {
      await artifacts.upsert('Session', 'by-uid', input(60, { uid: 'uid-1' }));
      assert.deepEqual((await artifacts.findByUid('Session', 'uid-1'))?.payload, { seconds: 60 });
      assert.equal(await artifacts.findByUid('Interaction', 'uid-1'), undefined);
      await artifacts.upsert('Session', 'by-uid', input(60, { uid: 'uid-2' }));
      assert.equal(await artifacts.findByUid('Session', 'uid-1'), undefined);
    });

    test('revokeByGrantId removes everything of one grant in every model', async () => {
      await artifacts.upsert('AccessToken', 'of-1', input(60, { grantId: 'grant-1' }));
      await artifacts.upsert('RefreshToken', 'of-1', input(60, { grantId: 'grant-1' }));
      await artifacts.upsert('AccessToken', 'of-2', input(60, { grantId: 'grant-2' }));
      await artifacts.revokeByGrantId('grant-1');
      assert.equal(await artifacts.find('AccessToken', 'of-1'), undefined);
      assert.equal(await artifacts.find('RefreshToken', 'of-1'), undefined);
      assert.ok(await artifacts.find('AccessToken', 'of-2'));
    });

    test('authorization G12: no id, grant or uid stands in the database in clear', async () => {
      await artifacts.upsert('AccessToken', 'canary-id', input(60, { grantId: 'canary-grant', uid: 'canary-uid' }));
      await service.store.put('canary', 'canary-key', 1, addSeconds(clock.now(), 60));
      const rows = await administer<{ row: string }>(
        target,
        `select a::text as row from chancery_authorization.artifact a union all select h::text from chancery_authorization.handle h`,
      );
      const text = rows.map(({ row }) => row).join('\n');
      for (const clear of ['canary-id', 'canary-grant', 'canary-uid', 'canary-key']) {
        assert.ok(!text.includes(clear), clear);
        assert.ok(!text.includes(Buffer.from(clear).toString('hex')), `${clear} as hex`);
      }
    });
  });
}
