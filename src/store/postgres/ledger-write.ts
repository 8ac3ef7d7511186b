import type { Commit, Issuance } from '../ledger.ts';
import type { AuditTrail } from './audit-trail.ts';
import { bucketOf, bucketOfIssuer, mark, type Place, placeOf, sorted } from './bucket.ts';
import { type KeyRow, marksOf, takeFree } from './claim.ts';
import { writeDeferrals } from './deferral-store.ts';
import { type Decision, decide, type Order, orderOf } from './ledger-decision.ts';
import * as statements from './ledger-statements.ts';
import type { Parameter, Session, Statement } from './session.ts';
import { timeOrderedId } from './time-ordered-id.ts';
import { columnsOf } from './unnest.ts';

type Row = readonly Parameter[];

export interface Writing {
  readonly now: Date;
  readonly trail: AuditTrail;
}

async function writeRows(session: Session, statement: Statement, rows: readonly Row[], width: number): Promise<void> {
  if (rows.length > 0) await session.run(statement, columnsOf(rows, width));
}

async function takeRequests(session: Session, orders: readonly Order[], now: Date): Promise<ReadonlySet<string>> {
  const rows = sorted(orders, ({ request }) => request).map(({ request, issuance }): Row => {
    return [request.bucket, request.key, issuance.reply, issuance.replyExpiresAt];
  });
  return marksOf(await session.run<KeyRow>(statements.takeRequests, [...columnsOf(rows, 4), now]));
}

function takeHandles(session: Session, orders: readonly Order[], now: Date): Promise<ReadonlySet<string>> {
  const spends = orders.flatMap((order) => order.spends);
  return takeFree(
    session,
    spends.map(({ spent, ...place }) => ({ ...place, kind: spent.kind, expiresAt: spent.expiresAt })),
    now,
  );
}

async function giveBack(session: Session, statement: Statement, places: readonly Place[]): Promise<void> {
  const rows = sorted(places, (place) => place).map(({ bucket, key }): Row => [bucket, key]);
  await writeRows(session, statement, rows, 2);
}

async function writeEntries(session: Session, issuances: readonly Issuance[], { now, trail }: Writing): Promise<void> {
  const ledger: Row[] = [];
  const subjects: Row[] = [];
  const groups: Row[] = [];
  for (const { issuer, credentialType, credentialTypeVersion, subjectHash, entries, issuedAt } of issuances) {
    for (const { credentialId, digest, expiresAt, status, batch, wallet } of entries) {
      const { bucket } = placeOf('credential', credentialId);
      const described: Row = [bucket, credentialId, issuer, credentialType, credentialTypeVersion, digest, issuedAt, expiresAt ?? null];
      ledger.push([...described, status?.list ?? null, status?.index ?? null, batch ?? null, wallet ?? null]);
      subjects.push([bucketOf(subjectHash), subjectHash, issuer, credentialId, issuedAt]);
      for (const group of [batch, wallet]) if (group) groups.push([bucketOf(group), group, issuer, credentialId]);
    }
  }
  await writeRows(session, statements.writeLedger, ledger, 12);
  await writeRows(session, statements.writeSubjects, subjects, 5);
  await writeRows(session, statements.writeGroups, groups, 4);
  await writeDeferrals(session, issuances);
  await writeRows(
    session,
    statements.writeOutbox,
    issuances.flatMap((issuance) => outboxRows(issuance, now)),
    5,
  );
  // Last of all: it holds the end of the audit trail until the commit.
  await trail.append(
    session,
    issuances.map(({ issuer, audit }) => ({ issuer, at: now, event: audit })),
  );
}

function outboxRows({ events = [] }: Issuance, now: Date): readonly Row[] {
  return events.map(({ topic, payload }) => {
    const id = timeOrderedId(now);
    return [placeOf('outbox', id).bucket, id, topic, JSON.stringify(payload), now];
  });
}

async function readReplies(session: Session, orders: readonly Order[]): Promise<ReadonlyMap<string, Uint8Array>> {
  if (orders.length === 0) return new Map();
  const rows = orders.map(({ request }): Row => [request.bucket, request.key]);
  const found = await session.run<KeyRow & { readonly reply: Uint8Array }>(statements.readReplies, columnsOf(rows, 2));
  return new Map(found.map(({ key, reply }) => [key.toString('latin1'), reply]));
}

function answer(order: Order, decision: Decision, replies: ReadonlyMap<string, Uint8Array>): Commit {
  if (decision.outcome !== 'already') return decision;
  const reply = decision.twin?.issuance.reply ?? replies.get(mark(order.request));
  if (!reply) throw new Error('An earlier issuance has lost its reply.');
  return { outcome: 'already', reply };
}

/**
 * Writes a group of issuances in one transaction. First every request and handle of the group is taken where it is free, then the
 * group is decided, then what a refused order had taken is given back, and only committed orders write their rows.
 */
export async function writeGroup(session: Session, issuances: readonly Issuance[], writing: Writing): Promise<readonly Commit[]> {
  const lapsed = await findLapsed(session, issuances, writing.now);
  const commits = await writeHeld(session, issuances.filter((issuance) => !lapsed.has(issuance)).map(orderOf), writing);
  const answers = commits.values();
  return issuances.map((issuance) => (lapsed.has(issuance) ? { outcome: 'lapsed' } : (answers.next().value as Commit)));
}

/** Whose status position may be somebody else's by now. The other leases are held until the transaction ends. */
async function findLapsed(session: Session, issuances: readonly Issuance[], now: Date): Promise<ReadonlySet<Issuance>> {
  const placed = issuances.flatMap((issuance) =>
    issuance.entries.flatMap(({ status }) => (status ? [{ issuance, list: status.list, ...status.lease }] : [])),
  );
  if (placed.length === 0) return new Set();
  const rows = new Map(
    placed.map((place): [string, Row] => {
      const { issuer } = place.issuance;
      return [leaseName(place), [bucketOfIssuer(issuer), issuer, place.list, place.start, place.owner]];
    }),
  );
  const found = await session.run<LeaseRow>(statements.holdLeases, [...columnsOf([...rows.values()], 5), now]);
  const held = new Set(found.map(leaseName));
  return new Set(placed.filter((place) => !held.has(leaseName(place))).map(({ issuance }) => issuance));
}

interface LeaseRow {
  readonly list: string;
  readonly start: number;
  readonly owner: string;
}

/** With its owner: before and after it was taken over, the same run is two leases. */
const leaseName = ({ list, start, owner }: LeaseRow) => JSON.stringify([list, start, owner]);

async function writeHeld(session: Session, orders: readonly Order[], writing: Writing): Promise<readonly Commit[]> {
  const { now } = writing;
  if (orders.length === 0) return [];
  const requests = await takeRequests(session, orders, now);
  const handles = await takeHandles(
    session,
    orders.filter(({ request }) => requests.has(mark(request))),
    now,
  );
  const decisions = decide(orders, { requests, handles });
  const having = (outcome: Decision['outcome']) => orders.filter((_, index) => decisions[index]?.outcome === outcome);
  const committed = having('committed');
  const kept = new Set(committed.flatMap(({ spends }) => spends.map(mark)));
  const refused = having('refused');
  const unused = refused.flatMap(({ spends }) => spends).filter((place) => handles.has(mark(place)) && !kept.has(mark(place)));
  await giveBack(
    session,
    statements.giveBackRequests,
    refused.map(({ request }) => request),
  );
  await giveBack(session, statements.giveBackHandles, unused);
  await writeEntries(
    session,
    committed.map(({ issuance }) => issuance),
    writing,
  );
  const replies = await readReplies(
    session,
    having('already').filter(({ request }) => !requests.has(mark(request))),
  );
  return orders.map((order, index) => answer(order, decisions[index] as Decision, replies));
}
