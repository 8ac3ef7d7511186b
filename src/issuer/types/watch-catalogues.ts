import type { Log } from '../../lib/log.ts';
import type { TypeStore } from '../../store/type-store.ts';
import type { TypeCatalogue } from './type-catalogue.ts';

/** Twice in the second within which a node has to follow (features B10). */
const lookMilliseconds = 500;

/**
 * Looks at the numbers of all catalogues of this node with one statement, twice a second, and follows those that have grown. A
 * store that does not answer is no reason to stop serving what is known. Returns what ends it.
 */
export function watchCatalogues(store: TypeStore, catalogues: ReadonlyMap<string, TypeCatalogue>, log: Log): () => Promise<void> {
  let stopped = false;
  let away = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();
  const look = async () => {
    const numbers = await store.catalogues([...catalogues.keys()]);
    for (const [issuer, catalogue] of catalogues) await catalogue.follow(numbers.get(issuer) ?? 0);
  };
  const rest = () => {
    if (stopped) return;
    timer = setTimeout(() => {
      looking = look()
        .then(
          () => {
            away = false;
          },
          (fault: Error) => {
            if (!away) log.write('warn', 'credential types not followed', { cause: fault.name });
            away = true;
          },
        )
        .finally(rest);
    }, lookMilliseconds).unref();
  };
  rest();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await looking;
  };
}
