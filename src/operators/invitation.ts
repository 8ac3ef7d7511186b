import { randomHandle, sha256 } from '../lib/bytes.ts';
import { addSeconds, type Clock } from '../lib/clock.ts';
import { operatorRoles } from '../operation.ts';
import type { Operators } from '../store/operators.ts';
import { makeOperator } from './api-key.ts';

export const invitationSeconds = 15 * 60;

/** A one-time token for whoever becomes the first operator; `undefined` where an owner exists. It ends an earlier one. */
export async function inviteFirstOperator(operators: Operators, clock: Clock): Promise<string | undefined> {
  const token = randomHandle();
  return (await operators.invite(sha256(token), addSeconds(clock.now(), invitationSeconds))) ? token : undefined;
}

/** The first operator holds every role; `undefined` when the token is spent, has run out, or never was one (quality SU12). */
export async function acceptInvitation(
  operators: Operators,
  clock: Clock,
  { token, name }: { readonly token: string; readonly name: string },
) {
  const made = makeOperator({ name, roles: operatorRoles, by: 'invitation' }, clock);
  return (await operators.accept(sha256(token), made.record)) ? made : undefined;
}
