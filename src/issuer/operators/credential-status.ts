import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { IssuerConfig } from '../../config-schema.ts';
import type { KeyStore } from '../../keys/keys.ts';
import { operation, operatorOf } from '../../operation.ts';
import { operatorRoutes } from '../../routes.ts';
import type { Ledger } from '../../store/ledger.ts';
import type { StatusLists } from '../../store/status-lists.ts';
import { subjectHash } from '../issuance.ts';
import { issuerOf, readBody } from './operator-request.ts';

const closed = { additionalProperties: false };
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });

const Status = Type.Union([Type.Literal('valid'), Type.Literal('suspended'), Type.Literal('invalid')]);
const Search = Type.Object({ individual_id: text(256), registry: Type.Optional(text(64)) }, closed);
const Change = Type.Object(
  {
    credential_ids: Type.Array(Type.String({ pattern: '^[\\w-]{1,64}$' }), { minItems: 1, maxItems: 1000 }),
    status: Status,
    reason: Type.Optional(text(200)),
  },
  closed,
);
const Time = Type.String({ format: 'date-time' });
const Found = Type.Object({
  credentials: Type.Array(
    Type.Object({
      credential_id: Type.String(),
      credential_type: Type.String(),
      issued_at: Time,
      expires_at: Type.Optional(Time),
      status: Type.Optional(Status),
      events: Type.Array(Type.Unknown()),
    }),
  ),
});
const Outcome = Type.Union(['changed', 'unchanged', 'final', 'unknown'].map((outcome) => Type.Literal(outcome)));
const Changed = Type.Object({ credentials: Type.Array(Type.Object({ credential_id: Type.String(), outcome: Outcome })) });
const search = Compile(Search);
const change = Compile(Change);

export interface CredentialStatusOptions {
  readonly issuers: readonly IssuerConfig[];
  readonly keys: KeyStore;
  readonly ledger: Ledger;
  readonly statusLists: StatusLists;
}

/**
 * What a revocation officer does (features B61, B64): finds a person's credentials by the number the registry knows, and changes
 * the status of one, some or all of them in one step. The number travels in the body, never in an address.
 */
export function mountCredentialStatus(server: FastifyInstance, { issuers, keys, ledger, statusLists }: CredentialStatusOptions): void {
  const roles = ['revocation-officer'] as const;
  const searching = { summary: 'Find the credentials of a person', roles, body: Search, answers: { 200: Found } };
  const changing = { summary: 'Change the status of credentials, all in one step', roles, body: Change, answers: { 200: Changed } };
  server.post(operatorRoutes.searchCredentials, operation(searching), async (request) => {
    const issuer = issuerOf(request, issuers);
    const { individual_id: id, registry = issuer.registry } = readBody(search, request.body);
    const found = await ledger.findBySubject(issuer.identifier, await subjectHash(keys, { registry, id }));
    return {
      credentials: found.map(({ credentialId, credentialType, issuedAt, expiresAt, status, events }) => ({
        credential_id: credentialId,
        credential_type: credentialType,
        issued_at: issuedAt,
        expires_at: expiresAt,
        status,
        events,
      })),
    };
  });
  server.post(operatorRoutes.changeStatus, operation(changing), async (request) => {
    const issuer = issuerOf(request, issuers);
    const { credential_ids: ids, status, reason } = readBody(change, request.body);
    const audit = { actor: operatorOf(request).id, request: request.id, ...(reason ? { reason } : {}) };
    const outcomes = await statusLists.set(issuer.identifier, ids, status, audit);
    return { credentials: ids.map((credential_id, index) => ({ credential_id, outcome: outcomes[index] })) };
  });
}
