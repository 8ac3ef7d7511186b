import { isJsonObject, type Json, type JsonObject } from '../../../lib/json.ts';

/** A JSON Pointer that leads nowhere in the document. */
export class PointerFault extends Error {
  constructor(pointer: string) {
    super(`the JSON Pointer ${pointer} does not lead to anything in the credential`);
    this.name = 'PointerFault';
  }
}

const maximumLength = 1024;

type Fragment = Json | undefined | Fragment[] | { [name: string]: Fragment };

/** RFC 6901 §4 */
export function stepsOf(pointer: string): readonly string[] {
  if (pointer.length > maximumLength || !/^(?:\/(?:[^~/]|~[01])*)+$/.test(pointer)) throw new PointerFault(pointer.slice(0, maximumLength));
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The JSON Pointer of a path of member names. */
export const pointerOf = (steps: readonly string[]): string =>
  steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

function below(value: Json, step: string): Json | undefined {
  if (Array.isArray(value)) return /^(?:0|[1-9]\d*)$/.test(step) ? (value as readonly Json[])[Number(step)] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

/** Whether a pointer leads to something. */
export function leadsSomewhere(document: JsonObject, pointer: string): boolean {
  let value: Json | undefined = document;
  for (const step of stepsOf(pointer)) value = value === undefined ? undefined : below(value, step);
  return value !== undefined;
}

/** Data Integrity ECDSA §3.4.11: what a node shows of itself as soon as anything of it is shown. */
function initialSelection({ id, type }: JsonObject): Record<string, Fragment> {
  return {
    ...(typeof id === 'string' && !id.startsWith('_:') ? { id } : {}),
    ...(type === undefined ? {} : { type }),
  };
}

/** §3.4.12: puts what a pointer leads to where it stands in the selection. */
function select(document: JsonObject, pointer: string, selection: Record<string, Fragment>): void {
  const steps = stepsOf(pointer);
  let value: Json = document;
  let selected: Record<string, Fragment> = selection;
  for (const [depth, step] of steps.entries()) {
    const next = below(value, step);
    if (next === undefined || step === '__proto__') throw new PointerFault(pointer);
    // Own members alone: a name such as `constructor` is data here.
    const known = Object.hasOwn(selected, step) ? selected[step] : undefined;
    if (depth === steps.length - 1)
      selected[step] = isJsonObject(next) ? { ...(known as object), ...structuredClone(next) } : structuredClone(next);
    // An array is sparse until the end.
    else selected[step] = known ?? (Array.isArray(next) ? [] : isJsonObject(next) ? initialSelection(next) : null);
    selected = selected[step] as Record<string, Fragment>;
    value = next;
  }
}

/** §3.4.13: sparse arrays become dense. */
function dense(fragment: Fragment): Json {
  if (Array.isArray(fragment)) return fragment.filter((entry) => entry !== undefined).map((entry) => dense(entry as Fragment));
  if (typeof fragment !== 'object' || fragment === null) return fragment as Json;
  return Object.fromEntries(Object.entries(fragment).map(([name, entry]) => [name, dense(entry as Fragment)]));
}

/** §3.4.13: the part of a compact document that pointers lead to; `undefined` when there are none. Throws `PointerFault`. */
export function selectJson(document: JsonObject, pointers: readonly string[]): JsonObject | undefined {
  if (pointers.length === 0) return undefined;
  const context = document['@context'];
  const selection: Record<string, Fragment> = { ...(context === undefined ? {} : { '@context': context }), ...initialSelection(document) };
  for (const pointer of pointers) select(document, pointer, selection);
  return dense(selection) as JsonObject;
}
