import type { Clock } from '../../lib/clock.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { Artifact, ArtifactInput, Artifacts } from '../artifacts.ts';
import { placeOf } from './bucket.ts';
import type { Parameter, Session, Statement } from './session.ts';

const columns = '(bucket, model, id, payload, grant_id, uid, expires_at) values ($1, $2, $3, $4, $5, $6, $7)';
const upsert: Statement = {
  name: 'artifact-upsert',
  text: `insert into artifact ${columns} on conflict (bucket, model, id) do update set
    payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid, expires_at = excluded.expires_at`,
};
const insert: Statement = {
  name: 'artifact-insert',
  text: `insert into artifact ${columns} on conflict (bucket, model, id) do nothing returning 1`,
};
const find: Statement = {
  name: 'artifact-find',
  text: 'select payload, consumed_at from artifact where bucket = $1 and model = $2 and id = $3',
};
const findByUid: Statement = {
  name: 'artifact-find-by-uid',
  text: 'select payload, consumed_at from artifact where uid = $1 and model = $2',
};
const consume: Statement = {
  name: 'artifact-consume',
  text: 'update artifact set consumed_at = $4 where bucket = $1 and model = $2 and id = $3 and consumed_at is null returning 1',
};
const destroy: Statement = {
  name: 'artifact-destroy',
  text: 'delete from artifact where bucket = $1 and model = $2 and id = $3 returning 1',
};
const revoke: Statement = { name: 'artifact-revoke', text: 'delete from artifact where grant_id = $1' };

interface ArtifactRow {
  readonly payload: JsonObject;
  readonly consumed_at: Date | null;
}

function readRow(row: ArtifactRow | undefined): Artifact | undefined {
  return row && { payload: row.payload, ...(row.consumed_at ? { consumedAt: row.consumed_at } : {}) };
}

function hashed(namespace: string, name: string | undefined): Uint8Array | null {
  return name === undefined ? null : placeOf(namespace, name).key;
}

function address(model: string, id: string): readonly Parameter[] {
  const { bucket, key } = placeOf(model, id);
  return [bucket, model, key];
}

function written(model: string, id: string, { payload, expiresAt, grantId, uid }: ArtifactInput): readonly Parameter[] {
  return [...address(model, id), JSON.stringify(payload), hashed('grant', grantId), hashed('uid', uid), expiresAt];
}

/** `Artifacts` on one table of the authorization layer's schema (authorization §5.4). */
export function createArtifactStore(session: Session, clock: Clock): Artifacts {
  return {
    async upsert(model, id, input) {
      await session.run(upsert, written(model, id, input));
    },
    async insert(model, id, input) {
      return (await session.run(insert, written(model, id, input))).length === 1;
    },
    async find(model, id) {
      return readRow((await session.run<ArtifactRow>(find, address(model, id)))[0]);
    },
    async findByUid(model, uid) {
      return readRow((await session.run<ArtifactRow>(findByUid, [hashed('uid', uid), model]))[0]);
    },
    async consume(model, id) {
      return (await session.run(consume, [...address(model, id), clock.now()])).length === 1;
    },
    async destroy(model, id) {
      return (await session.run(destroy, address(model, id))).length === 1;
    },
    async revokeByGrantId(grantId) {
      await session.run(revoke, [hashed('grant', grantId)]);
    },
  };
}
