import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Refusal } from '../oauth/refusal.ts';
import { challenge } from '../oauth/www-authenticate.ts';
import type { Operator, OperatorRole } from '../operation.ts';

/** One way to prove who asks: the operator behind a bearer token, or nobody. */
export type OperatorProof = (token: string) => Promise<Operator | undefined>;

/** RFC 6750 §3.1: who brought no token is told no error code. */
function unknownOperator({ headers }: FastifyRequest): Refusal {
  const description = 'The key of an operator is needed.';
  const parameters = headers.authorization === undefined ? {} : { error: 'invalid_token', description };
  return new Refusal(401, 'invalid_token', description, { headers: { 'www-authenticate': challenge('Bearer', parameters) } });
}

function wrongRole(roles: readonly OperatorRole[]): Refusal {
  const description = `This needs one of the roles: ${roles.join(', ')}.`;
  const header = challenge('Bearer', { error: 'insufficient_scope', description, scope: roles.join(' ') });
  return new Refusal(403, 'insufficient_scope', description, { headers: { 'www-authenticate': header } });
}

async function findOperator({ headers }: FastifyRequest, proofs: readonly OperatorProof[]): Promise<Operator | undefined> {
  const [, token] = /^bearer +([\w.~+/-]+=*)$/i.exec(headers.authorization ?? '') ?? [];
  if (token === undefined) return undefined;
  for (const proof of proofs) {
    const operator = await proof(token);
    if (operator) return operator;
  }
  return undefined;
}

/**
 * In front of every route of a listener (quality Q16): who asks is known, and holds a role that the route declares.
 * A route without a role does not start; an address without a route tells nobody so who has not said who they are.
 */
export function guardOperators(server: FastifyInstance, proofs: readonly OperatorProof[]): void {
  server.addHook('onRoute', ({ url, config }) => {
    if (!config?.operation?.roles?.length) throw new Error(`The operators' route ${url} declares no role.`);
  });
  server.addHook('onRequest', async (request) => {
    // An address without a route has no operation: it answers 404, to operators alone.
    const roles = request.routeOptions.config.operation?.roles;
    if (roles === 'invitation') return;
    const operator = await findOperator(request, proofs);
    if (!operator) throw unknownOperator(request);
    request.operator = operator;
    if (roles && !roles.some((role) => operator.roles.includes(role))) throw wrongRole(roles);
  });
}
