import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { IssuerConfig } from '../../config-schema.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Json } from '../../lib/json.ts';
import { Refusal } from '../../oauth/refusal.ts';
import { operation } from '../../operation.ts';
import { operatorRoutes } from '../../routes.ts';
import { mapClaims } from '../claims.ts';
import type { CredentialType } from '../credential-type.ts';
import { type PushedClaims, pushedRegistry } from '../pushed-claims.ts';
import { issuerOf, readBody } from './operator-request.ts';

const closed = { additionalProperties: false };
const Order = Type.Object(
  {
    credential_configuration_ids: Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
      minItems: 1,
      maxItems: 16,
      uniqueItems: true,
    }),
    /** By the names that the mapping of the type asks a registry for. */
    claims: Type.Record(Type.String({ minLength: 1, maxLength: 256 }), Type.Unknown(), { minProperties: 1, maxProperties: 256 }),
    lifetime_seconds: Type.Optional(Type.Integer({ minimum: 300, maximum: 700_000 })),
  },
  closed,
);
const Pushed = Type.Object(
  { registry: Type.String(), individual_id: Type.String(), expires_at: Type.String({ format: 'date-time' }) },
  closed,
);
const order = Compile(Order);

/** Long enough for a pre-authorized code of ours, the token it gives, and a retry. */
const defaultLifetimeSeconds = 1200;
const invalid = (description: string) => new Refusal(400, 'invalid_request', description);

/** One issuer as whoever pushes data needs it. */
export interface PushedIssuer {
  readonly config: IssuerConfig;
  readonly pushed: PushedClaims;
  readonly types: () => readonly CredentialType[];
}

/** features B09: what no type asks for, and what one of them must have and lacks, is told now and not to the person. */
function check(types: readonly CredentialType[], claims: Readonly<Record<string, Json>>, clock: Clock): void {
  const unknown = Object.keys(claims).find((name) => !types.some(({ mapping }) => mapping.names.includes(name)));
  if (unknown !== undefined) throw invalid(`None of these configurations has a use for the claim ${JSON.stringify(unknown)}.`);
  for (const type of types) {
    const own = Object.fromEntries(Object.entries(claims).filter(([name]) => type.mapping.names.includes(name)));
    try {
      mapClaims(type, own, clock.now());
    } catch (fault) {
      if (!(fault instanceof Refusal)) throw fault;
      throw invalid(`The claims do not make a credential of ${type.id}: ${String(fault.cause)}.`);
    }
  }
}

/** What a back office does for people that no registry knows: it leaves the data here, and names them in an offer (features D10). */
export function mountPushedClaims(server: FastifyInstance, issuers: readonly PushedIssuer[], clock: Clock): void {
  const pushing = {
    summary: 'Leave the data of one person for an offer with a pre-authorized code',
    roles: ['issuing-clerk'],
    body: Order,
    answers: { 201: Pushed },
  } as const;
  server.post(operatorRoutes.pushedClaims, operation(pushing), async (request, reply) => {
    const { name } = issuerOf(
      request,
      issuers.map(({ config }) => config),
    );
    const { pushed, types } = issuers.find(({ config }) => config.name === name) as PushedIssuer;
    const { credential_configuration_ids: ids, claims, lifetime_seconds: life = defaultLifetimeSeconds } = readBody(order, request.body);
    const wanted = ids.map((id) => {
      const type = types().find((offered) => offered.id === id);
      if (!type) throw invalid('credential_configuration_ids names a configuration that this issuer does not offer.');
      return type;
    });
    check(wanted, claims as Readonly<Record<string, Json>>, clock);
    const { id, expiresAt } = await pushed.push(claims as Readonly<Record<string, Json>>, life);
    return reply
      .code(201)
      .headers({ 'cache-control': 'no-store' })
      .send({ registry: pushedRegistry, individual_id: id, expires_at: expiresAt });
  });
}
