import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Clock } from '../lib/clock.ts';
import { Refusal } from '../oauth/refusal.ts';
import { type Operation, operation, operatorOf, operatorRoles } from '../operation.ts';
import { operatorRoutes } from '../routes.ts';
import type { OperatorRecord, Operators } from '../store/operators.ts';
import { defaultKeyDays, knownRoles, longestKeyDays, makeOperator } from './api-key.ts';
import { repeatableId } from './idempotency.ts';

const text = Type.String();
const time = Type.String({ format: 'date-time' });
const Role = Type.Union(operatorRoles.map((role) => Type.Literal(role)));
export const OperatorName = Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\p{C}]+$' });
const NewOperator = Type.Object(
  {
    name: OperatorName,
    roles: Type.Array(Role, { minItems: 1, uniqueItems: true }),
    expires_in_days: Type.Optional(Type.Integer({ minimum: 1, maximum: longestKeyDays, default: defaultKeyDays })),
  },
  { additionalProperties: false },
);
const newOperator = Compile(NewOperator);
const described = { id: text, name: text, roles: Type.Array(Role), created_at: time, created_by: text, expires_at: time };
const Described = Type.Object({ ...described, removed_at: Type.Optional(time), removed_by: Type.Optional(text) });
export const Added = Type.Object({ ...described, key: Type.String({ description: 'Shown this once.' }) });

/** An operator on the wire; never anything of the key. */
export function describeOperator({ id, name, roles, createdAt, createdBy, expiresAt, removedAt, removedBy }: OperatorRecord) {
  return {
    id,
    name,
    roles: knownRoles(roles),
    created_at: createdAt,
    created_by: createdBy,
    expires_at: expiresAt,
    ...(removedAt ? { removed_at: removedAt } : {}),
    ...(removedBy === undefined ? {} : { removed_by: removedBy }),
  };
}

const operations = {
  list: { summary: 'List the operators', roles: ['owner', 'auditor'], answers: { 200: Type.Object({ operators: Type.Array(Described) }) } },
  add: { summary: 'Add an operator and make their key, shown once', roles: ['owner'], body: NewOperator, answers: { 201: Added } },
  remove: {
    summary: 'Remove an operator: the key opens nothing from now on',
    roles: ['owner'],
    answers: { 200: Type.Object({ id: text }) },
  },
  current: {
    summary: 'Say who is asking',
    roles: operatorRoles,
    answers: { 200: Type.Object({ id: text, name: text, roles: Type.Array(Role) }) },
  },
} as const satisfies Record<string, Operation>;

async function addOperator(request: FastifyRequest, reply: FastifyReply, { operators, clock }: OperatorRouteTools): Promise<FastifyReply> {
  const { body } = request;
  if (!newOperator.Check(body)) {
    const [fault] = newOperator.Errors(body);
    throw new Refusal(400, 'invalid_request', `The body does not fit: ${fault?.instancePath || '/'} ${fault?.message ?? ''}`.trim());
  }
  const { name, roles, expires_in_days: days } = body;
  const { key, record } = makeOperator({ name, roles, days, by: operatorOf(request).id, id: repeatableId(request) }, clock);
  await operators.add(record);
  return reply
    .code(201)
    .header('cache-control', 'no-store')
    .send({ ...describeOperator(record), key });
}

export interface OperatorRouteTools {
  readonly operators: Operators;
  readonly clock: Clock;
}

/** What owners do about operators (features G01). */
export function mountOperatorRoutes(server: FastifyInstance, tools: OperatorRouteTools): void {
  const { operators } = tools;
  server.get(operatorRoutes.operators, operation(operations.list), async () => ({
    operators: (await operators.list()).map(describeOperator),
  }));
  server.post(operatorRoutes.operators, operation(operations.add), (request, reply) => addOperator(request, reply, tools));
  server.post<{ Params: { id: string } }>(operatorRoutes.removeOperator, operation(operations.remove), async (request) => {
    const { id } = request.params;
    const outcome = await operators.remove(id, operatorOf(request).id);
    if (outcome === 'unknown') throw new Refusal(404, 'not_found', 'No operator has this id.');
    if (outcome === 'already') throw new Refusal(409, 'conflict', 'This operator has been removed before.');
    return { id };
  });
  server.get(operatorRoutes.currentOperator, operation(operations.current), async (request) => {
    const { id, name, roles } = operatorOf(request);
    return { id, name, roles };
  });
}
