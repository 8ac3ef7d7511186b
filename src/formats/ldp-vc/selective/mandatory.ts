import type { Json, JsonObject } from '../../../lib/json.ts';
import { type ClaimRule, ProfileFault } from '../../format.ts';
import { leadsSomewhere, pointerOf } from './pointers.ts';

/** What every presentation shows, whoever the type is about: without it nobody could tell whose credential it is, and whether it still holds. */
const always: readonly string[] = [
  '/issuer',
  '/validFrom',
  '/validUntil',
  '/issuanceDate',
  '/expirationDate',
  '/credentialStatus',
  '/credentialSubject/id',
];

const text = (path: ClaimRule['path']) => path.map((step) => step ?? '*').join('/');
const startsWith = (path: ClaimRule['path'], beginning: ClaimRule['path']) => beginning.every((step, index) => path[index] === step);

/**
 * The pointers that a type makes mandatory: its claims with the disclosure `always`. A pointer shows all that is below it and stands by
 * itself, so what the other formats can say of single elements, or of parts of something else, is refused. Throws `ProfileFault`.
 */
export function readMandatory(rules: readonly ClaimRule[]): readonly string[] {
  return rules.flatMap((rule, index) => {
    if (rule.disclosure !== 'always') return [];
    const end = rule.path.findLastIndex((step) => step !== null) + 1;
    const steps = rule.path.slice(0, end);
    const pointer = `/claims/${index}/path`;
    if (!steps.every((step) => typeof step === 'string'))
      throw new ProfileFault(pointer, 'goes through single elements: this suite shows always a whole list, or what may be kept back of it');
    const other = rules.find(
      (entry) => entry.disclosure === 'selective' && (startsWith(entry.path, steps) || startsWith(steps, entry.path)),
    );
    if (other)
      throw new ProfileFault(pointer, `is always shown, and ${text(other.path)} could not be kept back: this suite shows both or neither`);
    return [pointerOf(['credentialSubject', ...steps])];
  });
}

/** Holders' libraries of this suite cannot tell the parts of an ordered list. Throws `ProfileFault`. */
export function checkNoLists(context: JsonObject, pointer: string): void {
  const walk = (value: Json, place: string): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, entry] of Object.entries(value as JsonObject)) {
      if (name === '@container' && [entry].flat().includes('@list'))
        throw new ProfileFault(`${place}/@container`, 'must not be @list under this suite');
      walk(entry, `${place}/${name}`);
    }
  };
  walk(context, pointer);
}

/** The pointers of one credential: those that lead somewhere in it. */
export function mandatoryPointers(document: JsonObject, ofType: readonly string[]): readonly string[] {
  return [...always, ...ofType].filter((pointer) => leadsSomewhere(document, pointer));
}
