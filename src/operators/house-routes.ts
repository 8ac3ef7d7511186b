import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { examine, type HealthCheck } from '../health.ts';
import type { DecryptingPurpose, KeyStore, SigningPurpose } from '../keys/keys.ts';
import type { Log } from '../lib/log.ts';
import { Refusal } from '../oauth/refusal.ts';
import { operation } from '../operation.ts';
import { operatorRoutes } from '../routes.ts';

export interface DiagnosticTools {
  readonly checks: readonly HealthCheck[];
  /** SQL statements sent so far by each role. */
  readonly statements: () => Readonly<Record<string, number>>;
}

export interface KeyRouteTools {
  readonly log: Log;
  readonly keys: KeyStore;
  /** Key purposes of this process that may be rotated. */
  readonly purposes: readonly (SigningPurpose | DecryptingPurpose)[];
}

const text = Type.String();
const Health = Type.Object({
  checks: Type.Array(
    Type.Object({
      role: text,
      name: text,
      state: Type.Union([Type.Literal('ready'), Type.Literal('unavailable')]),
      cause: Type.Optional(text),
    }),
  ),
});
const Statistics = Type.Object({ statements: Type.Record(text, Type.Integer({ minimum: 0 })) });
const Key = Type.Object({ kid: text, kty: text, alg: Type.Optional(text), use: Type.Optional(text) });
const Keys = Type.Object({ keys: Type.Array(Type.Object({ purpose: text, keys: Type.Array(Key) })) });
const Rotated = Type.Object({ purpose: text, keys: Type.Array(text) });

/** What keeps the process running, and what it costs; causes are told here and nowhere else. */
export function mountDiagnostics(server: FastifyInstance, { checks, statements }: DiagnosticTools): void {
  server.get(
    operatorRoutes.health,
    operation({ summary: 'Say what each role depends on, and whether it answers', roles: ['support'], answers: { 200: Health } }),
    async () => ({ checks: await examine(checks) }),
  );
  server.get(
    operatorRoutes.statistics,
    operation({ summary: 'Count SQL statements by role', roles: ['support'], answers: { 200: Statistics } }),
    async () => ({ statements: statements() }),
  );
}

/** The keys of this process: their public halves, and their rotation. */
export function mountKeys(server: FastifyInstance, { keys, purposes, log }: KeyRouteTools): void {
  server.get(
    operatorRoutes.keys,
    operation({
      summary: 'List the keys that verifiers and senders may need now',
      roles: ['owner', 'auditor', 'support'],
      answers: { 200: Keys },
    }),
    async () => ({
      keys: await Promise.all(
        purposes.map(async (purpose) => ({
          purpose,
          keys: (await keys.published(purpose)).map(({ kid, kty, alg, use }) => ({ kid, kty, alg, use })),
        })),
      ),
    }),
  );
  server.post<{ Body: { purpose?: unknown } | undefined }>(
    operatorRoutes.rotateKey,
    operation({
      summary: 'Make a new key for a purpose; the old one stays published until its overlap has passed',
      roles: ['owner'],
      body: Type.Object({ purpose: text }),
      answers: { 200: Rotated },
    }),
    async (request) => {
      const purpose = purposes.find((known) => known === request.body?.purpose);
      if (!purpose) throw new Refusal(400, 'invalid_request', `The member purpose must be one of: ${purposes.join(', ')}.`);
      await keys.rotate(purpose);
      log.write('info', 'key-rotated', { outcome: purpose });
      return { purpose, keys: (await keys.published(purpose)).map((key) => key.kid) };
    },
  );
}
