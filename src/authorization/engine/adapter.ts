import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { addSeconds, type Clock } from '../../lib/clock.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { Artifact, Artifacts } from '../../store/artifacts.ts';

/** A code or a request is spent by one conditional write; the loser gets the error of its specification (quality Q3, trap G3). */
function alreadySpent(model: string): Error {
  if (model === 'PushedAuthorizationRequest') return new errors.InvalidRequestUri('request_uri was used before');
  return new errors.InvalidGrant('grant request is invalid');
}

/** The `jti` of an artifact is the handle itself: it is not written beside its hash (trap G12). */
function withoutHandle({ jti: _, ...payload }: AdapterPayload): JsonObject {
  return payload as unknown as JsonObject;
}

function restore(artifact: Artifact | undefined, id: string | undefined): AdapterPayload | undefined {
  if (!artifact) return undefined;
  const consumed = artifact.consumedAt ? { consumed: Math.floor(artifact.consumedAt.getTime() / 1000) } : {};
  return { ...artifact.payload, ...(id === undefined ? {} : { jti: id }), ...consumed } as AdapterPayload;
}

/** For the few models the engine saves without an end of their own. */
const defaultLifeSeconds = 86_400;

/** The engine's storage (design D3): one adapter a model, over the atomic verbs of the store. */
export function createAdapter(artifacts: Artifacts, clock: Clock): (model: string) => Adapter {
  return (model) => ({
    async upsert(id, payload, expiresIn) {
      const input = {
        payload: withoutHandle(payload),
        expiresAt: addSeconds(clock.now(), expiresIn ?? defaultLifeSeconds),
        ...(payload.grantId ? { grantId: payload.grantId } : {}),
        ...(payload.uid ? { uid: payload.uid } : {}),
      };
      await artifacts.upsert(model, id, input);
    },
    find: async (id) => restore(await artifacts.find(model, id), id),
    findByUid: async (uid) => restore(await artifacts.findByUid(model, uid), undefined),
    findByUserCode: async () => undefined,
    async consume(id) {
      if (!(await artifacts.consume(model, id))) throw alreadySpent(model);
    },
    async destroy(id) {
      const destroyed = await artifacts.destroy(model, id);
      // Coming back from a decision ends its sign-in: of two returns at once the second must not make another code.
      if (model === 'Interaction' && !destroyed) throw new errors.SessionNotFound('interaction session not found');
    },
    revokeByGrantId: (grantId) => artifacts.revokeByGrantId(grantId),
  });
}
