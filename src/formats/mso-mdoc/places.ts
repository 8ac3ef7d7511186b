import type { ClaimPath } from '../format.ts';
import type { Element, Encoding, Namespace } from './elements.ts';

type Step = ClaimPath[number];

/** "Every element" of a list stands also for one of them. */
const meets = (step: Step | undefined, other: Step | undefined): boolean =>
  step === other || (step === null && typeof other === 'number') || (typeof step === 'number' && other === null);

/** Whether a path begins with another. */
export function startsWith(path: ClaimPath, beginning: ClaimPath): boolean {
  return beginning.length <= path.length && beginning.every((step, index) => meets(step, path[index]));
}

/** What a path has left behind a beginning; `undefined` when it begins otherwise. */
function behind(path: ClaimPath, beginning: ClaimPath): ClaimPath | undefined {
  return startsWith(path, beginning) ? path.slice(beginning.length) : undefined;
}

/** Where the rest of a path leads inside an encoding; `undefined` when that place has no name of its own here. */
function findInside(encoding: Encoding, path: ClaimPath): ClaimPath | undefined {
  const [step, ...rest] = path;
  if (encoding.kind === 'list') {
    if (step === undefined) return [];
    const inner = typeof step === 'string' ? undefined : findInside(encoding.element, rest);
    return inner && [step, ...inner];
  }
  const member = encoding.kind === 'map' ? findElement(encoding.members, path) : undefined;
  return member ?? (step === undefined ? [] : undefined);
}

function findElement(elements: readonly Element[], path: ClaimPath): ClaimPath | undefined {
  for (const { name, claim, encoding } of elements) {
    const rest = behind(path, claim);
    const inner = rest && findInside(encoding, rest);
    if (inner) return [name, ...inner];
  }
  return undefined;
}

/**
 * Where a claim of the type stands: `[namespace, element, …]` (OpenID4VCI 1.0 appendix C.2). `undefined` for a claim that
 * has no place as a whole because its parts are elements of their own.
 */
export function findPlace(namespaces: readonly Namespace[], path: ClaimPath): ClaimPath | undefined {
  for (const { name, elements } of namespaces) {
    const inner = findElement(elements, path);
    if (inner) return [name, ...inner];
  }
  return undefined;
}

/** The paths of the claims an element is made of. */
export function leavesOf({ claim, encoding }: Element): readonly ClaimPath[] {
  const inside = (inner: Encoding): readonly ClaimPath[] => {
    if (inner.kind === 'list') return inside(inner.element).map((path) => [null, ...path]);
    return inner.kind === 'map' ? inner.members.flatMap(leavesOf) : [[]];
  };
  return inside(encoding).map((path) => [...claim, ...path]);
}
