import type { JsonObject } from '../lib/json.ts';

/** One stored thing of the authorization engine; `consumedAt` tells a spent one from a fresh one. */
export interface Artifact {
  readonly payload: JsonObject;
  readonly consumedAt?: Date;
}

export interface ArtifactInput {
  readonly payload: JsonObject;
  readonly expiresAt: Date;
  readonly grantId?: string;
  readonly uid?: string;
}

/**
 * Where the authorization engine keeps codes, sessions, requests and grants. Ids are hashed before they are written;
 * rows outlive their expiry until the purge, because the engine checks completion against a request that may have expired.
 */
export interface Artifacts {
  /** Writes or replaces; never clears `consumedAt`. */
  upsert(model: string, id: string, input: ArtifactInput): Promise<void>;
  /** Writes only when the id was never seen: true for exactly one caller (replay detection). */
  insert(model: string, id: string, input: ArtifactInput): Promise<boolean>;
  /** Reads, expired rows included. */
  find(model: string, id: string): Promise<Artifact | undefined>;
  findByUid(model: string, uid: string): Promise<Artifact | undefined>;
  /** Spends: true for exactly one caller, false when it was spent or is absent. */
  consume(model: string, id: string): Promise<boolean>;
  /** True for exactly one caller, false when nothing was there any more. */
  destroy(model: string, id: string): Promise<boolean>;
  /** Removes everything that came from one grant, in every model. */
  revokeByGrantId(grantId: string): Promise<void>;
}
