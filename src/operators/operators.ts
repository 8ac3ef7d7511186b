import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { examine, type HealthCheck } from '../health.ts';
import type { DecryptingPurpose, KeyStore, SigningPurpose } from '../keys/keys.ts';
import type { Log } from '../lib/log.ts';
import { Refusal } from '../oauth/refusal.ts';
import { operation } from '../operation.ts';
import { operatorRoutes } from '../routes.ts';
import { createServer } from '../server.ts';
import { guardOperators, type OperatorProof } from './operator-guard.ts';

export interface OperatorOptions {
  readonly log: Log;
  readonly keys: KeyStore;
  readonly checks: readonly HealthCheck[];
  /** Key purposes of this process that may be rotated. */
  readonly purposes: readonly (SigningPurpose | DecryptingPurpose)[];
  /** The services' own routes for operators. */
  readonly mounts: readonly ((server: FastifyInstance) => void)[];
  /** SQL statements sent so far by each role. */
  readonly statements: () => Readonly<Record<string, number>>;
  /** How operators prove who they are; the first that knows the token counts. */
  readonly proofs: readonly OperatorProof[];
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
const Rotated = Type.Object({ purpose: text, keys: Type.Array(text) });

function mountDiagnostics(server: FastifyInstance, { checks, statements }: OperatorOptions): void {
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

function mountKeys(server: FastifyInstance, { keys, purposes, log }: OperatorOptions): void {
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

/** The operators' own listener: one guard in front of every route, loopback only by default. */
export function createOperatorServer(options: OperatorOptions): FastifyInstance {
  const server = createServer({ log: options.log, trustedProxies: [] });
  guardOperators(server, options.proofs);
  mountDiagnostics(server, options);
  mountKeys(server, options);
  for (const mount of options.mounts) mount(server);
  return server;
}
