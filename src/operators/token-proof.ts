import type { OperatorServerConfig } from '../config-schema.ts';
import type { Clock } from '../lib/clock.ts';
import { EgressFailure } from '../lib/egress.ts';
import type { Json } from '../lib/json.ts';
import { checkHeader, JwsFault, type ParsedJws, parseJws, verifySignature } from '../oauth/jws.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { ServerKeys } from '../oauth/server-keys.ts';
import { checkTimes } from '../oauth/time-claims.ts';
import type { Operator, OperatorRole } from '../operation.ts';
import type { OperatorProof } from './operator-guard.ts';

const algorithms = ['ES256', 'ES384', 'EdDSA', 'PS256', 'RS256'] as const;

const names = (value: Json | undefined): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((entry): entry is string => typeof entry === 'string');

function rolesOf(payload: ParsedJws['payload'], { claim, roles }: OperatorServerConfig): readonly OperatorRole[] {
  const given = names(payload[claim]).flatMap((name) => (Object.hasOwn(roles, name) ? (roles[name] ?? []) : []));
  return [...new Set(given)];
}

async function verifyToken(token: string, server: OperatorServerConfig, keys: ServerKeys, clock: Clock): Promise<Operator> {
  const jws = parseJws(token);
  const { iss, aud, sub, cnf } = jws.payload;
  if (iss !== server.issuer) throw new JwsFault('an issuer we do not trust');
  // RFC 9068 §4; providers older than it write `JWT`, as ID tokens do too: the audience of those is a client, not this listener.
  checkHeader(jws, { types: ['at+jwt', 'jwt'], algorithms });
  if (!names(aud).includes(server.audience)) throw new JwsFault('another audience');
  if (cnf !== undefined) throw new JwsFault('bound to a key that was not shown');
  if (typeof sub !== 'string' || sub === '') throw new JwsFault('no subject');
  checkTimes(jws.payload, { clock, toleranceSeconds: 10, maximumLifetimeSeconds: 3600 });
  const { kid, alg } = jws.header;
  const key = await keys.find(server.issuer, typeof kid === 'string' ? kid : undefined, alg);
  if (!key) throw new JwsFault('an unknown key');
  await verifySignature(jws, key);
  return { id: `${server.issuer}|${sub}`, name: sub, roles: rolesOf(jws.payload, server) };
}

/** Operators who signed in at an authorization server: an access token for this listener, its claim mapped to roles (RFC 9068). */
export function proofByToken(server: OperatorServerConfig, keys: ServerKeys, clock: Clock): OperatorProof {
  return async (token) => {
    try {
      return await verifyToken(token, server, keys, clock);
    } catch (fault) {
      if (fault instanceof JwsFault) return undefined;
      if (fault instanceof EgressFailure)
        throw new Refusal(503, 'temporarily_unavailable', 'The authorization server of the operators does not answer.', {
          headers: { 'retry-after': '5' },
          cause: fault,
        });
      throw fault;
    }
  };
}
