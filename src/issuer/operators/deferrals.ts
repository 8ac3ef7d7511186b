import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { IssuerConfig } from '../../config-schema.ts';
import { Refusal } from '../../oauth/refusal.ts';
import { operation, operatorOf } from '../../operation.ts';
import { operatorRoutes } from '../../routes.ts';
import type { Deferral, Deferrals } from '../../store/deferrals.ts';
import type { Transactions } from '../deferred/transactions.ts';
import { issuerOf, readBody } from './operator-request.ts';

const closed = { additionalProperties: false };

const Id = Type.String({ pattern: '^[\\w-]{43}$' });
const Decision = Type.Object(
  {
    deferral_id: Id,
    decision: Type.Union([Type.Literal('approve'), Type.Literal('refuse')]),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  },
  closed,
);
const decision = Compile(Decision);
const Decided = Type.Object({ deferral_id: Id, state: Type.Union([Type.Literal('ready'), Type.Literal('denied')]) }, closed);
const Listed = Type.Object(
  {
    deferrals: Type.Array(
      Type.Object(
        {
          deferral_id: Id,
          credential_type: Type.String(),
          registry: Type.String(),
          individual_id: Type.String(),
          copies: Type.Integer(),
          created_at: Type.String({ format: 'date-time' }),
          gives_up_at: Type.String({ format: 'date-time' }),
        },
        closed,
      ),
    ),
    next: Type.Optional(Type.String()),
  },
  closed,
);

const pageLength = 50;

/** One issuer as its clerks need it. */
export interface ReviewedIssuer {
  readonly config: IssuerConfig;
  readonly transactions: Transactions;
}

const cursorOf = ({ createdAt, id }: Deferral) => `${createdAt.getTime()}.${id}`;

function readCursor(text: unknown): Pick<Deferral, 'createdAt' | 'id'> | undefined {
  if (text === undefined) return undefined;
  const [, milliseconds, id] = /^(\d{1,15})\.([\w-]{43})$/.exec(String(text)) ?? [];
  if (!milliseconds || !id) throw new Refusal(400, 'invalid_request', 'after is not what a page before gave as next.');
  return { createdAt: new Date(Number(milliseconds)), id };
}

/** What an issuing clerk does about requests for types that ask for a review (features B28): sees who waits, and says yes or no. */
export function mountDeferralReviews(server: FastifyInstance, issuers: readonly ReviewedIssuer[], deferrals: Deferrals): void {
  const configs = issuers.map(({ config }) => config);
  const listing = {
    summary: 'List the requests that wait for a review, the oldest first',
    roles: ['issuing-clerk'],
    query: { after: Type.Optional(Type.String()) },
    answers: { 200: Listed },
  } as const;
  server.get(operatorRoutes.deferrals, operation(listing), async (request, reply) => {
    const { name, identifier } = issuerOf(request, configs);
    const transactions = issuers.find(({ config }) => config.name === name)?.transactions;
    const found = await deferrals.inReview(identifier, pageLength, readCursor((request.query as { after?: unknown }).after));
    const last = found.at(-1);
    return reply.headers({ 'cache-control': 'no-store' }).send({
      deferrals: found.flatMap((deferral) => {
        const transaction = transactions?.open(deferral);
        if (!transaction) return [];
        const { subject, holders } = transaction;
        return {
          deferral_id: deferral.id,
          credential_type: deferral.credentialType,
          registry: subject.registry,
          individual_id: subject.id,
          copies: holders.length,
          created_at: deferral.createdAt,
          gives_up_at: deferral.givesUpAt,
        };
      }),
      ...(last && found.length === pageLength ? { next: cursorOf(last) } : {}),
    });
  });
  const deciding = {
    summary: 'Approve or refuse a request that waits for a review',
    roles: ['issuing-clerk'],
    body: Decision,
    answers: { 200: Decided },
  } as const;
  server.post(operatorRoutes.decideDeferral, operation(deciding), async (request) => {
    const { identifier } = issuerOf(request, configs);
    const { deferral_id: id, decision: word, reason } = readBody(decision, request.body);
    const state = word === 'approve' ? 'ready' : 'denied';
    const audit = {
      actor: operatorOf(request).id,
      action: 'review',
      object: id,
      outcome: state,
      request: request.id,
      ...(reason ? { reason } : {}),
    };
    if (!(await deferrals.decide(identifier, id, state, audit)))
      throw new Refusal(409, 'invalid_request', 'No request of this id waits for a review; it may have been decided already.');
    return { deferral_id: id, state };
  });
}
