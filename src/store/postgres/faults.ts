import { StartFault } from '../../lib/start-fault.ts';
import { StoreUnavailable } from '../store.ts';
import { type ConnectionTarget, describeTarget } from './connection.ts';

/** Classes of SQLSTATE in which the database, not the statement, is at fault: connection, resources, operator, system. */
const unavailableClasses = new Set(['08', '53', '57', '58']);
/** A replica that has not been promoted yet refuses to write. */
const readOnly = '25006';
/** Two transactions stood in each other's way; nothing of ours was done, so it may be tried again. */
const collisions = new Set(['40001', '40P01']);

function codeOf(fault: unknown): string {
  const code = (fault as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

export function isCollision(fault: unknown): boolean {
  return collisions.has(codeOf(fault));
}

function isUnavailable(fault: unknown): boolean {
  const code = codeOf(fault);
  // System codes first: EPIPE has five letters too, and no class of SQLSTATE begins with E.
  if (/^E[A-Z]+$/.test(code)) return true;
  if (/^[0-9A-Z]{5}$/.test(code)) return code === readOnly || unavailableClasses.has(code.slice(0, 2)) || collisions.has(code);
  // What the client itself reports has no SQLSTATE, only words.
  return fault instanceof Error && /connection|timeout|not queryable|pool/i.test(fault.message);
}

/** A fault as callers of the store shall see it: `StoreUnavailable` when waiting may help, else itself. */
export function asStoreFault(fault: unknown): unknown {
  return fault instanceof StoreUnavailable || !isUnavailable(fault) ? fault : new StoreUnavailable(fault);
}

/** One sentence for whoever starts the product; never the password. */
export function asStartFault(fault: unknown, target: ConnectionTarget): unknown {
  if (fault instanceof StartFault) return fault;
  const code = codeOf(fault);
  const where = describeTarget(target);
  if (code.startsWith('28'))
    return new StartFault(`The database ${where} refused the user or password (${code}). Correct DATABASE_URL.`, fault);
  if (code === '3D000') return new StartFault(`The database ${where} does not exist. Create it, or correct DATABASE_URL.`, fault);
  if (isUnavailable(fault))
    return new StartFault(`The database ${where} cannot be reached (${code || 'no answer'}). Start it, or correct DATABASE_URL.`, fault);
  return fault;
}
