import type { AnySigner, KeyStore, SigningAlgorithm } from '../../keys/keys.ts';
import { addSeconds, type Clock } from '../../lib/clock.ts';
import type { StatusChange, StatusLists } from '../../store/status-lists.ts';
import { credentialKeyOf } from '../credential-key.ts';
import type { Document } from '../serve-document.ts';

export const lifetimeSeconds = 86_400;
/** A verifier asks again after a minute: so long a revocation may stay unseen. */
export const ttlSeconds = 60;
/** How often the database is asked whether a list has changed. */
const glanceSeconds = 2;
const maximumKept = 1000;

/** What of a list one signature covers. */
export interface ListContent {
  readonly name: string;
  readonly size: number;
  readonly changes: readonly StatusChange[];
  readonly signedAt: Date;
  readonly signer: AnySigner;
}

/** One way to write a list: the statuses are the same in all of them. */
export interface ListRendering {
  /** No two renderings share it. */
  readonly name: string;
  /** Name of a key of some type's own; `undefined` for the one that types share. */
  readonly key?: string | undefined;
  /** Of the key; `undefined` for the issuer's first. */
  readonly algorithm?: SigningAlgorithm;
  write(content: ListContent): Promise<Document>;
}

export interface ServedListsOptions {
  readonly issuerName: string;
  readonly identifier: string;
  readonly keys: KeyStore;
  readonly lists: StatusLists;
  readonly clock: Clock;
}

/** A list as it is served: signed when it changed, never for a request (performance L-23). */
interface Served {
  readonly version: number;
  readonly signedAt: Date;
  readonly document: Document;
  readonly keyId: string;
}

interface Kept {
  readonly glancedAt: Date;
  readonly served: Promise<Served | undefined>;
}

/** Reads lists of one issuer; equal questions at one time share an answer. `undefined` when there is no such list. */
export type ReadList = (name: string, rendering: ListRendering) => Promise<Document | undefined>;

export function createServedLists({ issuerName, identifier, keys, lists, clock }: ServedListsOptions): ReadList {
  const kept = new Map<string, Kept>();

  async function look(name: string, rendering: ListRendering, last: Served | undefined): Promise<Served | undefined> {
    const list = await lists.find(identifier, name);
    if (!list) return undefined;
    // The key of the credentials themselves: widespread wallets verify a list by the key of the credential that names it (docs/adr/0040).
    const signer = await keys.signer(credentialKeyOf(issuerName, rendering.key), rendering.algorithm);
    const signedAt = clock.now();
    // Half of its life is left for caches; a list of a key that was rotated away is made anew.
    const young = last && addSeconds(last.signedAt, lifetimeSeconds / 2) > signedAt && last.keyId === signer.keyId;
    if (young && last.version === list.version) return last;
    const changes = await lists.changes(identifier, name);
    const document = await rendering.write({ name, size: list.size, changes, signedAt, signer });
    return { version: list.version, signedAt, document, keyId: signer.keyId };
  }

  return async (name, rendering) => {
    const key = `${name} ${rendering.name}`;
    const before = kept.get(key);
    if (before && addSeconds(before.glancedAt, glanceSeconds) > clock.now()) return (await before.served)?.document;
    const last = await before?.served.catch(() => undefined);
    const again = kept.get(key);
    if (again && again !== before) return (await again.served)?.document;
    const served = look(name, rendering, last);
    kept.delete(key);
    kept.set(key, { glancedAt: clock.now(), served });
    if (kept.size > maximumKept) kept.delete(kept.keys().next().value as string);
    // Names that lead nowhere and faults are not remembered.
    const found = await served.catch((fault: unknown) => {
      kept.delete(key);
      throw fault;
    });
    if (!found) kept.delete(key);
    return found?.document;
  };
}
