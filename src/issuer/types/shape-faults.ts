import { ProfileFault } from '../../formats/format.ts';
import { suggestion } from '../../lib/nearest.ts';

/** What TypeBox says of one fault. */
interface ShapeError {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

function membersAt(schema: object, schemaPath: string): readonly string[] {
  let place: unknown = schema;
  for (const step of schemaPath.split('/').slice(1, -1)) place = (place as Record<string, unknown> | undefined)?.[step];
  return Object.keys((place as { readonly properties?: object } | undefined)?.properties ?? {});
}

function readError(schema: object, { keyword, schemaPath, instancePath, params, message }: ShapeError): readonly ProfileFault[] {
  // It says again what the members say that it speaks of.
  if (keyword === 'additionalProperties' || keyword === 'anyOf') return [];
  if (keyword === 'required')
    return (params as { readonly requiredProperties: readonly string[] }).requiredProperties.map(
      (name) => new ProfileFault(`${instancePath}/${name}`, 'is missing'),
    );
  if (keyword === 'boolean') {
    const name = instancePath.slice(instancePath.lastIndexOf('/') + 1);
    return [new ProfileFault(instancePath, `is not known.${suggestion(name, membersAt(schema, schemaPath))}`)];
  }
  return [new ProfileFault(instancePath, message)];
}

/** One fault for each place of a document that its schema does not fit, by JSON Pointer; of an unknown member the nearest known one (quality R44). */
export function shapeFaults(schema: object, errors: readonly ShapeError[]): readonly ProfileFault[] {
  const choices = new Map<string, string[]>();
  for (const { keyword, instancePath, params } of errors)
    if (keyword === 'const')
      choices.set(instancePath, [...(choices.get(instancePath) ?? []), String((params as { allowedValue: unknown }).allowedValue)]);
  const faults = errors.flatMap((error) => {
    const allowed = error.keyword === 'const' ? choices.get(error.instancePath) : undefined;
    return allowed ? [new ProfileFault(error.instancePath, `must be ${allowed.join(' or ')}`)] : readError(schema, error);
  });
  const seen = new Set<string>();
  return faults.filter(({ pointer }) => !seen.has(pointer) && seen.add(pointer));
}
