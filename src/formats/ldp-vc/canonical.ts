import type { DigestName } from '../../lib/bytes.ts';
import type { JsonObject } from '../../lib/json.ts';
import { ClaimFault } from '../format.ts';
import type { JsonLd } from './json-ld.ts';
import { type Known, losesSlots, makePlan, markSlots, type Plan, termsOf } from './plan.ts';
import type { Survey } from './shape.ts';

/** How often the two paths were taken (performance C-12). */
export interface PathCounts {
  compiled: number;
  fallback: number;
}

export interface Canonicaliser {
  readonly counts: Readonly<PathCounts>;
  /** Canonical N-Quads of a credential that was surveyed. Throws `ClaimFault` for what JSON-LD cannot carry without loss. */
  canonicalise(document: JsonObject, survey: Survey): Promise<string>;
}

/** A type whose lists have any length has many shapes; the oldest are forgotten. */
const maximumShapes = 256;

class Shapes<Value> {
  readonly #values = new Map<string, Value>();
  get(shape: string): Value | undefined {
    return this.#values.get(shape);
  }
  set(shape: string, value: Value): void {
    for (const oldest of this.#values.keys()) {
      if (this.#values.size < maximumShapes) break;
      this.#values.delete(oldest);
    }
    this.#values.set(shape, value);
  }
}

/** Compiles a shape at its first credential, whose plain path is the proof that the plan is right. */
async function compileShape(
  jsonLd: JsonLd,
  { document, slots, canonical }: { readonly document: JsonObject; readonly slots: Survey['slots']; readonly canonical: string },
  known: Known,
): Promise<Plan | 'none' | 'lossy'> {
  const quads = await jsonLd.dataset(markSlots(document)).catch(() => undefined);
  if (quads && losesSlots(quads, slots)) return 'lossy';
  const plan = quads && makePlan(quads, slots, known);
  const made = plan?.(slots);
  // A plan that gave nothing here may still do for other values; one that gave other bytes does for none.
  return plan && (made === undefined || made === canonical) ? plan : 'none';
}

/** Canonical form of a type's credentials: compiled by shape, with RDFC-1.0 in full for what a template cannot tell (design D5). */
export function createCanonicaliser(jsonLd: JsonLd, digest: DigestName = 'sha256'): Canonicaliser {
  const plans = new Shapes<Plan | 'none' | 'lossy'>();
  const counts: PathCounts = { compiled: 0, fallback: 0 };
  let terms: Promise<ReadonlySet<string>> | undefined;
  return {
    counts,
    async canonicalise(document, survey) {
      const plan = plans.get(survey.shape);
      const made = typeof plan === 'function' ? plan(survey.slots) : undefined;
      if (made !== undefined) {
        counts.compiled += 1;
        return made;
      }
      counts.fallback += 1;
      const canonical = await jsonLd.canonical(document, digest);
      terms ??= jsonLd.contexts().then(termsOf);
      const known = plan ?? (await compileShape(jsonLd, { document, slots: survey.slots, canonical }, { terms: await terms, digest }));
      plans.set(survey.shape, known);
      if (known === 'lossy') throw new ClaimFault('JSON-LD cannot carry the claims: a value vanishes');
      return canonical;
    },
  };
}
