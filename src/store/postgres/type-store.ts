import type { Clock } from '../../lib/clock.ts';
import type { PublicTypes, PublishOrder, TypeAudit, TypeKey, TypeState, TypeStore, TypeVersion } from '../type-store.ts';
import type { AuditTrail } from './audit-trail.ts';
import { bucketOfIssuer } from './bucket.ts';
import { type Parameter, retryCollisions, type Session, type Statement } from './session.ts';
import * as statements from './type-statements.ts';
import { columnsOf } from './unnest.ts';

type Row = Omit<TypeVersion, 'issuer'>;

const keyOf = ({ issuer, id, version }: TypeKey): readonly Parameter[] => [bucketOfIssuer(issuer), issuer, id, version];

/** Undoes the transaction; what to answer is inside. */
class Undo extends Error {}

/** Every change is one transaction with its audit row: none is made that nobody can be asked about. */
class PostgresTypeStore implements TypeStore {
  readonly #session: Session;
  readonly #clock: Clock;
  readonly #trail: AuditTrail;

  constructor(session: Session, clock: Clock, trail: AuditTrail) {
    this.#session = session;
    this.#clock = clock;
    this.#trail = trail;
  }

  async catalogues(issuers: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#session.run<{ readonly issuer: string; readonly revision: number }>(
      statements.catalogues,
      columnsOf(
        issuers.map((issuer) => [bucketOfIssuer(issuer), issuer]),
        2,
      ),
    );
    return new Map(rows.map(({ issuer, revision }) => [issuer, revision]));
  }

  async readPublic(issuer: string): Promise<PublicTypes> {
    const rows = await this.#session.run<{ readonly catalogue: number; readonly id: string | null } & Row>(statements.readPublic, [
      bucketOfIssuer(issuer),
      issuer,
    ]);
    const versions = rows.flatMap(({ catalogue: _, ...row }) => (row.id === null ? [] : [{ ...row, issuer }]));
    return { catalogue: rows[0]?.catalogue ?? 0, versions };
  }

  async list(issuer: string, { id, state, format, after, limit }: Parameters<TypeStore['list']>[1]): Promise<readonly TypeVersion[]> {
    const parameters = [id ?? null, state ?? null, format ?? null, after?.id ?? null, after?.version ?? null, limit];
    const rows = await this.#session.run<Row>(statements.list, [bucketOfIssuer(issuer), issuer, ...parameters]);
    return rows.map((row) => ({ ...row, issuer }));
  }

  find(key: TypeKey): Promise<TypeVersion | undefined> {
    return this.#one(this.#session, key, statements.find, []);
  }

  create(key: TypeKey, document: TypeVersion['document'], audit: TypeAudit): Promise<TypeVersion | undefined> {
    return this.#change(key, 'save-type', audit, async (session) => {
      await session.run(statements.openCatalogue, [bucketOfIssuer(key.issuer), key.issuer]);
      return this.#one(session, key, statements.create, [JSON.stringify(document), this.#clock.now(), audit.actor]);
    });
  }

  replace(key: TypeKey, revision: number, document: TypeVersion['document'], audit: TypeAudit): Promise<TypeVersion | undefined> {
    return this.#change(key, 'save-type', audit, (session) =>
      this.#one(session, key, statements.replace, [revision, JSON.stringify(document), this.#clock.now(), audit.actor]),
    );
  }

  async remove(key: TypeKey, revision: number, audit: TypeAudit): Promise<boolean> {
    const removed = await this.#change(key, 'delete-type', audit, (session) => this.#one(session, key, statements.remove, [revision]));
    return removed !== undefined;
  }

  async publish(order: PublishOrder, audit: TypeAudit): Promise<'published' | 'changed' | 'outrun'> {
    const { issuer, id, revision, catalogue } = order;
    const bucket = bucketOfIssuer(issuer);
    const now = this.#clock.now();
    let refused: 'changed' | 'outrun' = 'outrun';
    const done = await this.#change(order, 'publish-type', audit, async (session) => {
      const advanced = await session.run(statements.advanceFrom, [bucket, issuer, catalogue]);
      if (advanced.length === 0) return undefined;
      refused = 'changed';
      await session.run(statements.retirePublished, [bucket, issuer, id, now, audit.actor]);
      const [published] = await session.run(statements.publish, [...keyOf(order), revision, now, audit.actor]);
      return published;
    });
    return done === undefined ? refused : 'published';
  }

  async retire(key: TypeKey, from: TypeState, audit: TypeAudit): Promise<boolean> {
    const retired = await this.#change(key, 'retire-type', audit, async (session) => {
      await session.run(statements.advance, [bucketOfIssuer(key.issuer), key.issuer]);
      const [row] = await session.run(statements.retire, [...keyOf(key), this.#clock.now(), audit.actor, from]);
      return row;
    });
    return retired !== undefined;
  }

  async #one(session: Session, key: TypeKey, statement: Statement, more: readonly Parameter[]): Promise<TypeVersion | undefined> {
    const [row] = await session.run<Row>(statement, [...keyOf(key), ...more]);
    return row && { ...row, issuer: key.issuer };
  }

  /** What answers `undefined` has changed nothing, and is undone with everything it did on the way. */
  async #change<Result>(
    key: TypeKey,
    action: string,
    audit: TypeAudit,
    work: (session: Session) => Promise<Result | undefined>,
  ): Promise<Result | undefined> {
    const whole = () =>
      this.#session.transaction(async (session) => {
        const result = await work(session);
        if (result === undefined) throw new Undo();
        await this.#writeAudit(session, key, action, audit);
        return result;
      });
    return retryCollisions(whole).catch((fault: unknown) => (fault instanceof Undo ? undefined : Promise.reject(fault)));
  }

  async #writeAudit(session: Session, { issuer, id, version }: TypeKey, action: string, { actor, request }: TypeAudit): Promise<void> {
    const event = { actor, action, object: `${id}/${version}`, outcome: 'done', request };
    await this.#trail.append(session, [{ issuer, at: this.#clock.now(), event }]);
  }
}

/** `TypeStore` on the issuer's schema. */
export function createTypeStore(session: Session, clock: Clock, trail: AuditTrail): TypeStore {
  return new PostgresTypeStore(session, clock, trail);
}
