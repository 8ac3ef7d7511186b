import { base64url, equalBytes, randomBytes, randomHandle, sha256 } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import { addSeconds } from '../lib/clock.ts';
import { type OperatorRole, operatorRoles } from '../operation.ts';
import type { OperatorRecord, Operators } from '../store/operators.ts';
import type { OperatorProof } from './operator-guard.ts';

/** Known words in front, so that a scanner finds a key that was left somewhere; then the id, then 256 random bits. */
const shape = /^chancery-operator\.([\w-]{12})\.[\w-]{43}$/;
const daySeconds = 86_400;
export const defaultKeyDays = 90;
export const longestKeyDays = 366;

/** What an owner decides about a new operator. */
export interface NewOperator {
  readonly name: string;
  readonly roles: readonly OperatorRole[];
  readonly days?: number | undefined;
  /** Id of who adds them. */
  readonly by: string;
  /** By default a random one of twelve letters. */
  readonly id?: string | undefined;
}

/** An operator and their key, which nobody sees a second time: what is stored is its hash. */
export function makeOperator({ name, roles, days = defaultKeyDays, by, id }: NewOperator, clock: Clock) {
  const own = id ?? base64url(randomBytes(9));
  const key = `chancery-operator.${own}.${randomHandle()}`;
  const createdAt = clock.now();
  // The key is random to its last bit, so a plain hash tells nothing (NIST SP 800-63B §5.1.2.2 asks for more only of what people choose).
  const record: OperatorRecord = {
    id: own,
    name,
    roles,
    keyHash: sha256(key),
    createdAt,
    createdBy: by,
    expiresAt: addSeconds(createdAt, days * daySeconds),
  };
  return { key, record };
}

/** What of a list of names is a role; one that a newer version has written is none here. */
export const knownRoles = (names: readonly string[]) => operatorRoles.filter((role) => names.includes(role));

/** Keys that owners gave out: looked up at every request, so that a removed one is nothing from then on. */
export function proofByApiKey(operators: Operators): OperatorProof {
  return async (token) => {
    const [, id] = shape.exec(token) ?? [];
    const found = id === undefined ? undefined : await operators.find(id);
    if (!found || !equalBytes(found.keyHash, sha256(token))) return undefined;
    return { id: found.id, name: found.name, roles: knownRoles(found.roles) };
  };
}
