import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { IssuerConfig } from '../../config-schema.ts';
import type { KeyStore } from '../../keys/keys.ts';
import { base64url } from '../../lib/bytes.ts';
import { Refusal } from '../../oauth/refusal.ts';
import { operation, operatorOf } from '../../operation.ts';
import { operatorRoutes } from '../../routes.ts';
import type { Ledger } from '../../store/ledger.ts';
import type { CredentialGroup, StatusLists } from '../../store/status-lists.ts';
import { subjectHash, walletHash } from '../ledger-groups.ts';
import { issuerOf, readBody } from './operator-request.ts';

const closed = { additionalProperties: false };
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });

const Status = Type.Union([Type.Literal('valid'), Type.Literal('suspended'), Type.Literal('invalid')]);
/** A keyed hash as a search tells it, and the thumbprint of a key (RFC 7638). */
const Hash = Type.String({ pattern: '^[\\w-]{22,43}$' });
const Thumbprint = Type.String({ pattern: '^[\\w-]{43}$' });
const Person = { individual_id: Type.Optional(text(256)), registry: Type.Optional(text(64)) };
const Group = { ...Person, wallet_key: Type.Optional(Thumbprint), wallet: Type.Optional(Hash), batch: Type.Optional(Hash) };
const Search = Type.Object(Group, closed);
const Change = Type.Object(
  {
    credential_ids: Type.Optional(Type.Array(Type.String({ pattern: '^[\\w-]{1,64}$' }), { minItems: 1, maxItems: 1000 })),
    ...Group,
    status: Status,
    reason: Type.Optional(text(200)),
    dry_run: Type.Optional(Type.Boolean()),
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
      batch: Type.Optional(Hash),
      wallet: Type.Optional(Hash),
      events: Type.Array(Type.Unknown()),
    }),
  ),
});
const outcomes = ['changed', 'unchanged', 'final', 'irrevocable', 'unknown'] as const;
const Changed = Type.Object({
  dry_run: Type.Boolean(),
  counts: Type.Object(Object.fromEntries(outcomes.map((outcome) => [outcome, Type.Integer({ minimum: 0 })]))),
  credentials: Type.Array(
    Type.Object({ credential_id: Type.String(), outcome: Type.Union(outcomes.map((outcome) => Type.Literal(outcome))) }),
  ),
});
const search = Compile(Search);
const change = Compile(Change);

export interface CredentialStatusOptions {
  readonly issuers: readonly IssuerConfig[];
  readonly keys: KeyStore;
  readonly ledger: Ledger;
  readonly statusLists: StatusLists;
}

type Named = Static<typeof Search>;

const onlyOne = (names: string) => new Refusal(400, 'invalid_request', `The body does not fit: it must name one of ${names}.`);

/** The group that a body names; the number of a person and the key of a wallet are hashed before they go anywhere. */
async function groupOf(keys: KeyStore, { registry: own }: IssuerConfig, named: Named): Promise<CredentialGroup | undefined> {
  const { individual_id: id, registry = own, wallet_key: key, wallet, batch } = named;
  if (id === undefined && named.registry !== undefined) throw onlyOne('individual_id beside registry');
  const groups: CredentialGroup[] = [];
  if (id !== undefined) groups.push({ by: 'subject', hash: await subjectHash(keys, { registry, id }) });
  if (key !== undefined) groups.push({ by: 'wallet', hash: await walletHash(keys, key) });
  if (wallet !== undefined) groups.push({ by: 'wallet', hash: Buffer.from(wallet, 'base64url') });
  if (batch !== undefined) groups.push({ by: 'batch', hash: Buffer.from(batch, 'base64url') });
  if (groups.length > 1) throw onlyOne('individual_id, wallet_key, wallet and batch');
  return groups[0];
}

const searching = {
  summary: 'Find the credentials of a person, a wallet or a batch',
  roles: ['revocation-officer'],
  body: Search,
  answers: { 200: Found },
} as const;
const changing = {
  summary: 'Change the status of credentials, or of all of a person, a wallet or a batch, in one step; or tell what that would change',
  roles: ['revocation-officer'],
  body: Change,
  answers: { 200: Changed },
} as const;

/**
 * What a revocation officer does (features B61, B64, quality R81): finds credentials by the number the registry knows, by wallet or
 * by batch, and changes the status of one, some or all of them in one step, whatever their formats. Numbers travel in the body,
 * never in an address.
 */
export function mountCredentialStatus(server: FastifyInstance, { issuers, keys, ledger, statusLists }: CredentialStatusOptions): void {
  server.post(operatorRoutes.searchCredentials, operation(searching), async (request) => {
    const issuer = issuerOf(request, issuers);
    const group = await groupOf(keys, issuer, readBody(search, request.body));
    if (!group) throw onlyOne('individual_id, wallet_key, wallet and batch');
    const found = await ledger[group.by === 'subject' ? 'findBySubject' : 'findByGroup'](issuer.identifier, group.hash);
    return {
      credentials: found.map(({ credentialId, credentialType, issuedAt, expiresAt, status, batch, wallet, events }) => ({
        credential_id: credentialId,
        credential_type: credentialType,
        issued_at: issuedAt,
        expires_at: expiresAt,
        status,
        ...(batch ? { batch: base64url(batch) } : {}),
        ...(wallet ? { wallet: base64url(wallet) } : {}),
        events,
      })),
    };
  });
  server.post(operatorRoutes.changeStatus, operation(changing), async (request) => {
    const issuer = issuerOf(request, issuers);
    const { credential_ids: ids, status, reason, dry_run: rehearsal = false, ...named } = readBody(change, request.body);
    const group = await groupOf(keys, issuer, named);
    const audit = { actor: operatorOf(request).id, request: request.id, rehearsal, ...(reason ? { reason } : {}) };
    const changed = await (async () => {
      if (group && !ids) return statusLists.setGroup(issuer.identifier, group, status, audit);
      if (group || !ids) throw onlyOne('credential_ids, individual_id, wallet_key, wallet and batch');
      const done = await statusLists.set(issuer.identifier, ids, status, audit);
      return ids.map((credentialId, index) => ({ credentialId, outcome: done[index] }));
    })();
    return {
      dry_run: rehearsal,
      counts: Object.fromEntries(outcomes.map((outcome) => [outcome, changed.filter((one) => one.outcome === outcome).length])),
      credentials: changed.map(({ credentialId, outcome }) => ({ credential_id: credentialId, outcome })),
    };
  });
}
