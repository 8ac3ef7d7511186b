import { addSeconds } from '../lib/clock.ts';
import type { JsonObject } from '../lib/json.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { Claims, ClaimsAnswer, ClaimsSource, SubjectReference } from '../registry/registry.ts';
import { type CredentialType, findMissingClaim } from './credential-type.ts';
import { pushedRegistry } from './pushed-claims.ts';

const registryDeadlineMilliseconds = 5000;
const daySeconds = 86_400;

/** A final refusal (OpenID4VCI 1.0 §8.3.1.2): the same request would be refused again. */
export const denied = (description: string, cause?: unknown) => new Refusal(400, 'credential_request_denied', description, { cause });

/** What the registry knows, of the names the mapping asks for and no others. Throws a final refusal for somebody it does not know. */
export async function askRegistry(
  registries: Readonly<Record<string, ClaimsSource>>,
  subject: SubjectReference,
  type: CredentialType,
): Promise<ClaimsAnswer> {
  // features D14: the type says whom to ask; who the person is was said by the registry that proved it.
  // features D10: what came with an offer is all that is known of its subject.
  const registry = subject.registry === pushedRegistry ? pushedRegistry : (type.registry ?? subject.registry);
  const asked = { registry, id: subject.id };
  const source = Object.hasOwn(registries, asked.registry) ? registries[asked.registry] : undefined;
  if (!source) throw denied('No registry of this issuer knows the subject.', 'unknown registry');
  const answer = await source.claims(asked, type.mapping.names, AbortSignal.timeout(registryDeadlineMilliseconds));
  if (answer.outcome === 'unknown') throw denied('The registry holds no record this credential can be made from.', answer.outcome);
  return answer;
}

/** standards VX-6: from the start of the day, so that two copies cannot be told apart by their seconds. */
export function validityOf({ validityDays }: CredentialType, now: Date): { readonly issuedAt: Date; readonly expiresAt: Date } {
  const issuedAt = new Date(Math.floor(now.getTime() / (daySeconds * 1000)) * daySeconds * 1000);
  return { issuedAt, expiresAt: addSeconds(issuedAt, validityDays * daySeconds) };
}

/** What the mapping makes of them. Throws a final refusal where a value that the credential must hold is missing. */
export function mapClaims(type: CredentialType, values: Claims, now: Date): JsonObject {
  const claims = type.mapping.evaluate(values, { now, expiresAt: validityOf(type, now).expiresAt });
  const missing = findMissingClaim(type, claims);
  if (missing) throw denied('The registry lacks a value that this credential must hold.', `missing ${missing.join('.')}`);
  return claims;
}
