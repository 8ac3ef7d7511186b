import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Config } from '../config-schema.ts';
import type { Clock } from '../lib/clock.ts';
import type { Egress } from '../lib/egress.ts';
import type { JsonObject } from '../lib/json.ts';
import { createRemoteDocuments } from '../oauth/remote-documents.ts';
import { createRemoteKeys } from '../oauth/remote-keys.ts';
import { createServerKeys } from '../oauth/server-keys.ts';
import { operation } from '../operation.ts';
import { operatorRoutes, serverMetadataPlaces, under } from '../routes.ts';
import { createServer } from '../server.ts';
import type { Audit } from '../store/audit.ts';
import type { KeptAnswers } from '../store/kept-answers.ts';
import type { Operators } from '../store/operators.ts';
import { recordActs } from './acts.ts';
import { proofByApiKey } from './api-key.ts';
import type { AuditSource } from './audit-check.ts';
import { mountAudit } from './audit-routes.ts';
import { mountFirstOperator } from './first-operator.ts';
import { type DiagnosticTools, type KeyRouteTools, mountDiagnostics, mountKeys } from './house-routes.ts';
import { keepAnswers } from './idempotency.ts';
import { inviteFirstOperator } from './invitation.ts';
import { describeInterface, type InterfaceSources } from './openapi.ts';
import { guardOperators, type OperatorProof } from './operator-guard.ts';
import { findOperatorKey, proofByFile, readOperatorKey } from './operator-key.ts';
import { mountOperatorRoutes } from './operator-routes.ts';
import { proofByToken } from './token-proof.ts';

export interface OperatorOptions extends DiagnosticTools, KeyRouteTools {
  readonly clock: Clock;
  readonly operators: Operators;
  readonly keptAnswers: KeptAnswers;
  /** Where the acts of operators are recorded. */
  readonly audit: Audit;
  /** The trails that an auditor may check: this one, and those of the services. */
  readonly trails: readonly AuditSource[];
  /** The services' own routes for operators. */
  readonly mounts: readonly ((server: FastifyInstance) => void)[];
  /** What of the public listener the description of the interface tells. */
  readonly described: () => Pick<InterfaceSources, 'publicRoutes' | 'interfaces'>;
  /** How operators prove who they are; the first that knows the token counts. */
  readonly proofs: readonly OperatorProof[];
}

function mountDescription(server: FastifyInstance, { described }: OperatorOptions): void {
  /** Made once somebody asks: until then routes are still being mounted. */
  let document: JsonObject | undefined;
  const answers = { 200: Type.Object({ openapi: Type.String(), paths: Type.Record(Type.String(), Type.Unknown()) }) };
  server.get(
    operatorRoutes.openapi,
    operation({ summary: 'Describe every route of this process as OpenAPI 3.1', roles: ['support'], answers }),
    async () => {
      document ??= describeInterface({ ...described(), operatorRoutes: server.mountedRoutes });
      return document;
    },
  );
}

/** The operators' own listener: one guard in front of every route, loopback only by default. */
export async function createOperatorServer(options: OperatorOptions): Promise<FastifyInstance> {
  const { log, keys, keptAnswers, clock, mounts, proofs, audit } = options;
  const server = createServer({ log, trustedProxies: [] });
  guardOperators(server, proofs);
  keepAnswers(server, { keptAnswers, clock, secret: await keys.secret('kept-answer') });
  recordActs(server, audit, await keys.secret('audit'));
  mountDiagnostics(server, options);
  mountKeys(server, options);
  mountOperatorRoutes(server, options);
  mountFirstOperator(server, options);
  mountDescription(server, options);
  mountAudit(server, options);
  for (const mount of mounts) mount(server);
  return server;
}

export interface OperatorSettings {
  readonly config: Pick<Config, 'mode' | 'dataFolder' | 'operatorPort' | 'operators'>;
  readonly egress: Egress;
  /** Tells the person at the terminal. */
  readonly say: (sentence: string) => void;
}

/** How operators prove who they are; where nobody can yet, the person who starts the process is told how to become the first. */
export async function openOperatorProofs(
  { operators, clock }: Pick<OperatorOptions, 'operators' | 'clock'>,
  { config, egress, say }: OperatorSettings,
): Promise<readonly OperatorProof[]> {
  const { mode, dataFolder, operatorPort } = config;
  // Production makes no key that lies in a file; one that an operator left there is theirs.
  const fileKey = await (mode === 'demo' ? readOperatorKey(dataFolder) : findOperatorKey(dataFolder));
  const token = fileKey === undefined ? await inviteFirstOperator(operators, clock) : undefined;
  if (token !== undefined) {
    const link = under(`http://127.0.0.1:${operatorPort}`, operatorRoutes.firstOperator);
    link.searchParams.set('invitation', token);
    say(`There is no owner yet. Open this link on this machine within 15 minutes to become the first operator: ${link.href}`);
  }
  const { authorizationServer } = config.operators;
  const documents = createRemoteDocuments({ egress, clock });
  const serverKeys = createServerKeys({ documents, keys: createRemoteKeys(documents, clock), placesOf: serverMetadataPlaces });
  return [
    ...(fileKey === undefined ? [] : [proofByFile(fileKey)]),
    proofByApiKey(operators),
    ...(authorizationServer ? [proofByToken(authorizationServer, serverKeys, clock)] : []),
  ];
}
