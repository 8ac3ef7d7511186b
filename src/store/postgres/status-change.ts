import type { CredentialGroup, CredentialOutcome, Status, StatusAudit, StatusOutcome } from '../status-lists.ts';
import type { AuditTrail } from './audit-trail.ts';
import { bucketOf, bucketOfIssuer, bucketOfList, placeOf } from './bucket.ts';
import type { Parameter, Session, Statement } from './session.ts';
import * as statements from './status-statements.ts';
import { columnsOf } from './unnest.ts';

export interface StatusOrder {
  readonly issuer: string;
  readonly credentialIds: readonly string[];
  readonly status: Status;
  readonly audit: StatusAudit;
  readonly now: Date;
  readonly trail: AuditTrail;
}

interface Placed {
  readonly credential_id: string;
  readonly status_list: string | null;
  readonly status_index: number | null;
}

interface Mark {
  readonly list: string;
  readonly index: number;
}

const nameOf = ({ list, index }: Mark) => `${list}/${index}`;

/** Where each credential stands, or that it stands nowhere. */
async function findPlaces(session: Session, { issuer, credentialIds }: StatusOrder): Promise<ReadonlyMap<string, Mark | undefined>> {
  const buckets = credentialIds.map((id) => placeOf('credential', id).bucket);
  const rows = await session.run<Placed>(statements.placesOf, [buckets, credentialIds, issuer]);
  return new Map(
    rows.map(({ credential_id: id, status_list: list, status_index: index }) => [
      id,
      list === null || index === null ? undefined : { list, index },
    ]),
  );
}

/** Runs a statement on marked places; answers the names of those it gave back. */
async function runOn(
  session: Session,
  statement: Statement,
  issuer: string,
  [marks, ...further]: readonly [readonly Mark[], ...Parameter[]],
) {
  const rows = marks.map(({ list, index }): readonly Parameter[] => [bucketOfList(list), issuer, list, index]);
  const found = await session.run<Mark>(statement, [...columnsOf(rows, 4), ...further]);
  return new Set(found.map(nameOf));
}

async function writeAuditRows(
  session: Session,
  { issuer, status, audit, now, trail }: StatusOrder,
  changed: readonly string[],
): Promise<void> {
  const action = { valid: 'reinstate', invalid: 'revoke', suspended: 'suspend' }[status];
  const { actor, request, reason } = audit;
  const said = { actor, action, outcome: status, request, ...(reason ? { reason } : {}) };
  await trail.append(
    session,
    changed.map((object) => ({ issuer, at: now, event: { ...said, object } })),
  );
}

/** Inside one transaction: what changed, the new versions of its lists and the audit rows stand or fall together. */
export async function setStatus(session: Session, order: StatusOrder): Promise<readonly StatusOutcome[]> {
  const { issuer, credentialIds, status, now } = order;
  const places = await findPlaces(session, order);
  const marks = [...places.values()].filter((mark) => mark !== undefined);
  if (marks.length === 0) return credentialIds.map((id) => (places.has(id) ? 'irrevocable' : 'unknown'));
  const changed =
    status === 'valid'
      ? await runOn(session, statements.reinstate, issuer, [marks])
      : await runOn(session, statements.change, issuer, [marks, status, now]);
  const final = status === 'invalid' ? new Set<string>() : await runOn(session, statements.finalOnes, issuer, [marks]);
  const lists = new Set(marks.filter((mark) => changed.has(nameOf(mark))).map(({ list }) => list));
  for (const list of [...lists].sort()) await session.run(statements.bump, [bucketOfIssuer(issuer), issuer, list]);
  const done = [...places].filter(([, mark]) => mark && changed.has(nameOf(mark))).map(([id]) => id);
  if (done.length > 0) await writeAuditRows(session, order, done);
  return credentialIds.map((id) => {
    const mark = places.get(id);
    if (!mark) return places.has(id) ? 'irrevocable' : 'unknown';
    return changed.has(nameOf(mark)) ? 'changed' : final.has(nameOf(mark)) ? 'final' : 'unchanged';
  });
}

/** Thrown to undo a transaction whose outcome is all that was asked for. */
class Rehearsed<Result> extends Error {
  readonly result: Result;
  constructor(result: Result) {
    super('A rehearsal is over.');
    this.name = 'Rehearsed';
    this.result = result;
  }
}

/** Does the work in a transaction of its own, and undoes it when it was a rehearsal: what would happen is told by what happened. */
export async function perform<Result>(
  session: Session,
  { rehearsal }: StatusAudit,
  work: (inner: Session) => Promise<Result>,
): Promise<Result> {
  try {
    return await session.transaction(async (inner) => {
      const result = await work(inner);
      if (rehearsal) throw new Rehearsed(result);
      return result;
    });
  } catch (fault) {
    if (fault instanceof Rehearsed) return fault.result as Result;
    throw fault;
  }
}

/** The same for every member of a group. */
export async function setGroupStatus(
  session: Session,
  { by, hash }: CredentialGroup,
  order: Omit<StatusOrder, 'credentialIds'>,
): Promise<readonly CredentialOutcome[]> {
  const members = by === 'subject' ? statements.subjectMembers : statements.groupMembers;
  const found = await session.run<{ readonly credential_id: string }>(members, [bucketOf(hash), hash, order.issuer]);
  const credentialIds = found.map(({ credential_id: id }) => id);
  if (credentialIds.length === 0) return [];
  const outcomes = await setStatus(session, { ...order, credentialIds });
  return credentialIds.map((credentialId, index) => ({ credentialId, outcome: outcomes[index] as CredentialOutcome['outcome'] }));
}
