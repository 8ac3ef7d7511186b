import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { PreAuthorizedCodeConfig } from '../../config-schema.ts';
import type { JsonObject } from '../../lib/json.ts';
import { Refusal } from '../../oauth/refusal.ts';
import { createRemoteDocuments } from '../../oauth/remote-documents.ts';
import { operation } from '../../operation.ts';
import type { ClaimsSource } from '../../registry/registry.ts';
import { operatorRoutes } from '../../routes.ts';
import { type Accounts, createAccounts } from '../account.ts';
import type { AuthorizationOptions } from '../authorization.ts';
import { type CredentialIssuers, createCredentialIssuers, type OfferedType } from '../credential-issuers.ts';
import { createPreAuthorizedCodes, type IssuedPreAuthorizedCode, type PreAuthorizedCodes, txCodeLength } from '../pre-authorized-codes.ts';
import { preAuthorizedCodeGrantType } from '../token/pre-authorized-code-grant.ts';

const Order = Type.Object(
  {
    credential_issuer: Type.String({ minLength: 1, maxLength: 1024 }),
    credential_configuration_ids: Type.Array(Type.String({ maxLength: 256 }), { minItems: 1, maxItems: 16, uniqueItems: true }),
    /** Whom the credential is about: the number their registry knows, in the body and never in an address. */
    individual_id: Type.String({ minLength: 1, maxLength: 256 }),
    registry: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    /** `false` leaves the transaction code out, where the settings allow it. */
    tx_code: Type.Optional(Type.Boolean({ default: true })),
  },
  { additionalProperties: false },
);
const Offered = Type.Object({
  credential_offer: Type.Record(Type.String(), Type.Unknown()),
  link: Type.String(),
  tx_code: Type.Optional(Type.String()),
  expires_at: Type.String({ format: 'date-time' }),
});
const order = Compile(Order);

export interface PreAuthorizedCodeOperations {
  readonly config: PreAuthorizedCodeConfig;
  readonly codes: PreAuthorizedCodes;
  readonly issuers: CredentialIssuers;
  readonly accounts: Accounts;
  readonly source: ClaimsSource;
  /** Name of the registry that people are looked up in. */
  readonly registry: string;
  /** Our issuer identifier. */
  readonly issuer: string;
}

const deadlineMilliseconds = 5000;
const invalid = (description: string) => new Refusal(400, 'invalid_request', description);

async function findTypes(issuer: string, ids: readonly string[], { issuers, config }: PreAuthorizedCodeOperations) {
  if (!issuers.serves(issuer)) throw invalid('credential_issuer is none that this authorization server serves.');
  const known = await issuers.typesOf(issuer);
  return ids.map((id): OfferedType => {
    const type = known.find(({ configurationId }) => configurationId === id);
    if (!type) throw invalid('credential_configuration_ids names a configuration that the issuer does not have.');
    if (!config.configurations.includes(id)) throw invalid('Pre-authorized codes are not switched on for this configuration.');
    return type;
  });
}

/** features D10: the name under which an issuer keeps what was pushed to it. Whether it is there, only the issuer could tell. */
const pushedRegistry = 'pushed';

async function checkPerson(id: string, registry: string, { source, config }: PreAuthorizedCodeOperations): Promise<void> {
  if (registry === pushedRegistry) {
    if (config.pushedClaims) return;
    throw invalid('Offers about pushed data are not switched on.');
  }
  const answer = await source.claims({ registry, id }, [], AbortSignal.timeout(deadlineMilliseconds));
  if (answer.outcome === 'unknown') throw invalid('The registry knows nobody by this number.');
  if (answer.outcome === 'unavailable')
    throw new Refusal(503, 'temporarily_unavailable', 'The registry does not answer; no offer was made.', {
      headers: { 'retry-after': '30' },
    });
}

/** OpenID4VCI 1.0 §4.1.1; the authorization server is named only where the issuer has several (standards V-09). */
function offerOf(issuer: string, types: readonly OfferedType[], { code, txCode }: IssuedPreAuthorizedCode, server: string): JsonObject {
  const servers = types[0]?.metadata.authorization_servers;
  const several = Array.isArray(servers) && servers.length > 1;
  return {
    credential_issuer: issuer,
    credential_configuration_ids: types.map(({ configurationId }) => configurationId),
    grants: {
      [preAuthorizedCodeGrantType]: {
        'pre-authorized_code': code,
        ...(txCode === undefined ? {} : { tx_code: { input_mode: 'numeric', length: txCodeLength } }),
        ...(several ? { authorization_server: server } : {}),
      },
    },
  };
}

/** The routes of the operators' listener; none where pre-authorized codes are off. */
export async function openPreAuthorizedCodeOperations(
  options: AuthorizationOptions,
): Promise<((server: FastifyInstance) => void) | undefined> {
  const { config, keys, store, clock, egress, registry, publicUrl } = options;
  const { preAuthorizedCode, credentialIssuers } = config;
  if (!preAuthorizedCode) return undefined;
  const secret = await keys.secret('pre-authorized-code');
  const operations = {
    config: preAuthorizedCode,
    codes: createPreAuthorizedCodes({ store, clock, secret, lifetimeSeconds: preAuthorizedCode.lifetimeSeconds }),
    issuers: createCredentialIssuers(credentialIssuers, createRemoteDocuments({ egress, clock })),
    accounts: createAccounts(await keys.secret('account'), await keys.secret('pairwise')),
    source: registry,
    registry: config.registry,
    issuer: publicUrl.href.replace(/\/$/, ''),
  };
  return (server) => mountPreAuthorizedCodes(server, operations);
}

/** What a clerk does (features B21): one offer for one person, to be handed over apart from its transaction code. */
export function mountPreAuthorizedCodes(server: FastifyInstance, operations: PreAuthorizedCodeOperations): void {
  const offering = {
    summary: 'Offer credentials about one person, by a pre-authorized code',
    roles: ['issuing-clerk'],
    body: Order,
    answers: { 201: Offered },
  } as const;
  server.post(operatorRoutes.preAuthorizedCodes, operation(offering), async (request, reply) => {
    const { body } = request;
    if (!order.Check(body)) {
      const [fault] = order.Errors(body);
      throw invalid(`The body does not fit: ${fault?.instancePath || '/'} ${fault?.message ?? ''}`.trim());
    }
    const { credential_issuer: issuer, credential_configuration_ids: ids, individual_id: id, registry = operations.registry } = body;
    const withTxCode = body.tx_code ?? true;
    if (!withTxCode && operations.config.transactionCode === 'required')
      throw invalid('An offer without a transaction code is not switched on.');
    const types = await findTypes(issuer, ids, operations);
    await checkPerson(id, registry, operations);
    const accountId = operations.accounts.idOf({ registry, id });
    const issued = await operations.codes.issue({ accountId, issuer, configurationIds: ids }, { withTxCode });
    const offer = offerOf(issuer, types, issued, operations.issuer);
    return reply
      .code(201)
      .headers({ 'cache-control': 'no-store' })
      .send({
        credential_offer: offer,
        // §4.1.2: by value, for a link or a QR code.
        link: `openid-credential-offer://?credential_offer=${encodeURIComponent(JSON.stringify(offer))}`,
        ...(issued.txCode === undefined ? {} : { tx_code: issued.txCode }),
        expires_at: issued.expiresAt,
      });
  });
}
