import type { Status, StatusAudit, StatusOutcome } from '../status-lists.ts';
import { bucketOfIssuer, bucketOfList, placeOf } from './bucket.ts';
import { writeAudit } from './ledger-statements.ts';
import type { Parameter, Session, Statement } from './session.ts';
import * as statements from './status-statements.ts';
import { timeOrderedId } from './time-ordered-id.ts';
import { columnsOf } from './unnest.ts';

export interface StatusOrder {
  readonly issuer: string;
  readonly credentialIds: readonly string[];
  readonly status: Status;
  readonly audit: StatusAudit;
  readonly now: Date;
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

async function findPlaces(session: Session, { issuer, credentialIds }: StatusOrder): Promise<ReadonlyMap<string, Mark>> {
  const buckets = credentialIds.map((id) => placeOf('credential', id).bucket);
  const rows = await session.run<Placed>(statements.placesOf, [buckets, credentialIds, issuer]);
  return new Map(
    rows.flatMap(({ credential_id: id, status_list: list, status_index: index }) =>
      list === null || index === null ? [] : [[id, { list, index }] as const],
    ),
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

async function writeAuditRows(session: Session, { issuer, status, audit, now }: StatusOrder, changed: readonly string[]): Promise<void> {
  const action = { valid: 'reinstate', invalid: 'revoke', suspended: 'suspend' }[status];
  const rows = changed.map((object): readonly Parameter[] => {
    const id = timeOrderedId(now);
    const event = {
      actor: audit.actor,
      action,
      object,
      outcome: status,
      request: audit.request,
      ...(audit.reason ? { reason: audit.reason } : {}),
    };
    return [placeOf('audit', id).bucket, id, issuer, now, JSON.stringify(event)];
  });
  await session.run(writeAudit, columnsOf(rows, 5));
}

/** Inside one transaction: what changed, the new versions of its lists and the audit rows stand or fall together. */
export async function setStatus(session: Session, order: StatusOrder): Promise<readonly StatusOutcome[]> {
  const { issuer, credentialIds, status, now } = order;
  const places = await findPlaces(session, order);
  const marks = [...places.values()];
  if (marks.length === 0) return credentialIds.map(() => 'unknown');
  const changed =
    status === 'valid'
      ? await runOn(session, statements.reinstate, issuer, [marks])
      : await runOn(session, statements.change, issuer, [marks, status, now]);
  const final = status === 'invalid' ? new Set<string>() : await runOn(session, statements.finalOnes, issuer, [marks]);
  const lists = new Set(marks.filter((mark) => changed.has(nameOf(mark))).map(({ list }) => list));
  for (const list of [...lists].sort()) await session.run(statements.bump, [bucketOfIssuer(issuer), issuer, list]);
  const done = [...places].filter(([, mark]) => changed.has(nameOf(mark))).map(([id]) => id);
  if (done.length > 0) await writeAuditRows(session, order, done);
  return credentialIds.map((id) => {
    const mark = places.get(id);
    if (!mark) return 'unknown';
    return changed.has(nameOf(mark)) ? 'changed' : final.has(nameOf(mark)) ? 'final' : 'unchanged';
  });
}
