import type { Issuance, Spent } from '../ledger.ts';
import { mark, type Place, placeOf } from './bucket.ts';

/** One issuance of a group with the places of what it takes possession of. */
export interface Order {
  readonly issuance: Issuance;
  readonly request: Place;
  readonly spends: readonly (Place & { readonly spent: Spent })[];
}

export type Decision =
  | { readonly outcome: 'committed' }
  /** `twin` is the equal request of the same group; without it the reply stands in the database. */
  | { readonly outcome: 'already'; readonly twin?: Order }
  | { readonly outcome: 'refused'; readonly spent: Spent };

export function orderOf(issuance: Issuance): Order {
  const { issuer, idempotencyKey, spends } = issuance;
  return {
    issuance,
    request: placeOf(`issuance\0${issuer}`, idempotencyKey),
    spends: spends.map((spent) => ({ ...placeOf(spent.kind, spent.key), spent })),
  };
}

/**
 * Decides a group in the order of its arrival. `fresh` holds the requests and handles that nobody had before this group.
 * An equal request inside the group shares the fate of the first one; a handle goes to the first order that may have it,
 * and an order that is refused takes none.
 */
export function decide(
  orders: readonly Order[],
  fresh: { readonly requests: ReadonlySet<string>; readonly handles: ReadonlySet<string> },
): readonly Decision[] {
  const handed = new Set<string>();
  const first = new Map<string, { readonly order: Order; readonly decision: Decision }>();
  return orders.map((order) => {
    const request = mark(order.request);
    const twin = first.get(request);
    if (twin) return twin.decision.outcome === 'committed' ? { outcome: 'already', twin: twin.order } : twin.decision;
    const decision = decideFirst(order, { request, handed, fresh });
    first.set(request, { order, decision });
    return decision;
  });
}

interface Standing {
  readonly request: string;
  readonly handed: Set<string>;
  readonly fresh: { readonly requests: ReadonlySet<string>; readonly handles: ReadonlySet<string> };
}

function decideFirst(order: Order, { request, handed, fresh }: Standing): Decision {
  if (!fresh.requests.has(request)) return { outcome: 'already' };
  const marks = order.spends.map(mark);
  const taken = marks.findIndex((handle) => !fresh.handles.has(handle) || handed.has(handle));
  const refused = order.spends[taken];
  if (refused) return { outcome: 'refused', spent: refused.spent };
  for (const handle of marks) handed.add(handle);
  return { outcome: 'committed' };
}
