import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { IssuerConfig } from '../../config-schema.ts';
import { randomHandle } from '../../lib/bytes.ts';
import type { JsonObject } from '../../lib/json.ts';
import { Refusal } from '../../oauth/refusal.ts';
import { operation } from '../../operation.ts';
import { operatorRoutes } from '../../routes.ts';
import type { CredentialOffers } from '../credential-offers.ts';
import { issuerOf, readBody } from './operator-request.ts';

const preAuthorizedCodeGrant = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';
const closed = { additionalProperties: false };
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });

/** OpenID4VCI 1.0 §4.1.1 */
const Grants = Type.Object(
  {
    authorization_code: Type.Optional(Type.Object({ authorization_server: Type.Optional(text(1024)) }, closed)),
    [preAuthorizedCodeGrant]: Type.Optional(
      Type.Object(
        {
          'pre-authorized_code': text(1024),
          tx_code: Type.Optional(
            Type.Object(
              {
                input_mode: Type.Optional(Type.Union([Type.Literal('numeric'), Type.Literal('text')])),
                length: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
                description: Type.Optional(text(300)),
              },
              closed,
            ),
          ),
          authorization_server: Type.Optional(text(1024)),
        },
        closed,
      ),
    ),
  },
  { ...closed, minProperties: 1 },
);
const Order = Type.Object(
  {
    credential_configuration_ids: Type.Array(text(256), { minItems: 1, maxItems: 16, uniqueItems: true }),
    grants: Type.Optional(Grants),
    lifetime_seconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 2_592_000 })),
  },
  closed,
);
const Offered = Type.Object({ credential_offer_uri: Type.String(), link: Type.String(), expires_at: Type.String({ format: 'date-time' }) });
const order = Compile(Order);
type Grants = NonNullable<Parameters<typeof checkServers>[0]>;

const defaultLifetimeSeconds = 86_400;
const invalid = (description: string) => new Refusal(400, 'invalid_request', description);

/** One issuer as its clerks need it. */
export interface OfferingIssuer {
  readonly config: IssuerConfig;
  /** The configurations it offers now. */
  readonly configurationIds: () => readonly string[];
  readonly offers: CredentialOffers;
}

// §4.1.1: the server is named only where the metadata list several, and is one of them (standards V-09).
function checkServers(
  grants: Record<string, { readonly authorization_server?: string } | undefined>,
  { authorizationServers }: IssuerConfig,
): void {
  for (const { authorization_server: server } of Object.values(grants).filter((grant) => grant !== undefined)) {
    if (server === undefined) continue;
    if (authorizationServers.length < 2) throw invalid('authorization_server is for issuers with several of them.');
    if (!authorizationServers.some(({ issuer }) => issuer === server)) throw invalid('authorization_server is none of this issuer.');
  }
}

/** A state of its own for every offer, opaque to everybody else (standards V-06). */
const withState = ({ authorization_code: byCode, ...others }: Grants): JsonObject =>
  ({ ...others, ...(byCode ? { authorization_code: { ...byCode, issuer_state: randomHandle() } } : {}) }) as JsonObject;

/** What a clerk does: an offer to be shown as a link or a QR code; who redeems it proves who they are, or holds the code inside. */
export function mountCredentialOfferOperations(server: FastifyInstance, issuers: readonly OfferingIssuer[]): void {
  const offering = {
    summary: 'Offer credentials to whoever holds the link',
    roles: ['issuing-clerk'],
    body: Order,
    answers: { 201: Offered },
  } as const;
  server.post(operatorRoutes.credentialOffers, operation(offering), async (request, reply) => {
    const { name } = issuerOf(
      request,
      issuers.map(({ config }) => config),
    );
    const { config, configurationIds, offers } = issuers.find((issuer) => issuer.config.name === name) as OfferingIssuer;
    const {
      credential_configuration_ids: ids,
      grants = { authorization_code: {} },
      lifetime_seconds: life,
    } = readBody(order, request.body);
    const unknown = ids.find((id) => !configurationIds().includes(id));
    if (unknown !== undefined) throw invalid('credential_configuration_ids names a configuration that this issuer does not offer.');
    checkServers(grants, config);
    const offer = { credential_issuer: config.identifier, credential_configuration_ids: ids, grants: withState(grants) };
    const { uri, expiresAt } = await offers.publish(offer, life ?? defaultLifetimeSeconds);
    return reply
      .code(201)
      .headers({ 'cache-control': 'no-store' })
      .send({
        credential_offer_uri: uri,
        link: `openid-credential-offer://?credential_offer_uri=${encodeURIComponent(uri)}`,
        expires_at: expiresAt,
      });
  });
}
