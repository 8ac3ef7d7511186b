import { suggestion } from '../lib/nearest.ts';

/** Collects every fault of the settings, so that all are told at once. */
export class Faults {
  readonly #sentences: string[] = [];
  add(path: string, sentence: string): void {
    this.#sentences.push(`${path}: ${sentence}`);
  }
  get sentences(): readonly string[] {
    return this.#sentences;
  }
}

/** The part of JSON Schema that our own schemas use. */
export interface Schema {
  readonly type?: string | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly patternProperties?: Readonly<Record<string, Schema>> | undefined;
  readonly items?: Schema | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown | undefined;
  readonly pattern?: string | undefined;
  readonly minLength?: number | undefined;
  readonly minItems?: number | undefined;
  readonly uniqueItems?: boolean | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly default?: unknown | undefined;
  readonly description?: string | undefined;
}

const articles: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function isOfType(value: unknown, type: string): boolean {
  return type === 'integer' ? Number.isInteger(value) : kindOf(value) === type;
}

const below = (path: string, name: string | number) => (path === '' ? String(name) : `${path}.${name}`);

function checkObject(schema: Schema, value: Readonly<Record<string, unknown>>, path: string, faults: Faults): void {
  const known = Object.keys(schema.properties ?? {});
  const [pattern, entry] = Object.entries(schema.patternProperties ?? {})[0] ?? [];
  for (const name of schema.required ?? []) if (!Object.hasOwn(value, name)) faults.add(below(path, name), 'is missing.');
  for (const [name, member] of Object.entries(value)) {
    const property = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined;
    const found = property ?? (pattern !== undefined && new RegExp(pattern).test(name) ? entry : undefined);
    if (found) checkValue(found, member, below(path, name), faults);
    else if (pattern !== undefined) faults.add(below(path, name), `this name must match ${pattern}.`);
    else if (schema.properties) faults.add(below(path, name), `is not known.${suggestion(name, known)}`);
  }
}

function checkScalar(schema: Schema, value: unknown, path: string, faults: Faults): void {
  if (typeof value === 'string' && value.length < (schema.minLength ?? 0)) faults.add(path, 'must not be empty.');
  if (typeof value === 'string' && schema.pattern && !new RegExp(schema.pattern).test(value))
    faults.add(path, `must match ${schema.pattern}.`);
  if (typeof value === 'number' && value < (schema.minimum ?? value)) faults.add(path, `must be at least ${schema.minimum}.`);
  if (typeof value === 'number' && value > (schema.maximum ?? value)) faults.add(path, `must be at most ${schema.maximum}.`);
}

function checkList(schema: Schema, value: readonly unknown[], path: string, faults: Faults): void {
  if (value.length < (schema.minItems ?? 0)) faults.add(path, 'must not be empty.');
  if (schema.uniqueItems && new Set(value).size < value.length) faults.add(path, 'must not name anything twice.');
  for (const [index, item] of value.entries()) if (schema.items) checkValue(schema.items, item, below(path, index), faults);
}

/** Of several shapes the one meant: by the kind of the value, among objects by the members they share. */
function chooseShape(shapes: readonly Schema[], value: unknown): Schema | undefined {
  const fitting = shapes.filter(({ type }) => type === undefined || isOfType(value, type));
  const shared = ({ properties = {} }: Schema) => Object.keys(Object(value)).filter((name) => Object.hasOwn(properties, name)).length;
  return fitting.toSorted((a, b) => shared(b) - shared(a))[0];
}

/** Checks a value that came from outside against a schema of ours and adds one sentence for every fault. */
export function checkValue(schema: Schema, value: unknown, path: string, faults: Faults): void {
  const allowed = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (allowed) {
    const known = allowed.map(String);
    if (!allowed.includes(value)) faults.add(path, `must be one of ${known.join(', ')}.${suggestion(String(value), known)}`);
    return;
  }
  if (schema.anyOf) {
    const shape = chooseShape(schema.anyOf, value);
    if (shape) checkValue(shape, value, path, faults);
    else faults.add(path, `must be ${schema.anyOf.map(({ type = '' }) => articles[type] ?? type).join(' or ')}.`);
    return;
  }
  if (schema.type !== undefined && !isOfType(value, schema.type)) faults.add(path, `must be ${articles[schema.type] ?? schema.type}.`);
  else if (Array.isArray(value)) checkList(schema, value, path, faults);
  else if (typeof value === 'object' && value !== null) checkObject(schema, value as Record<string, unknown>, path, faults);
  else checkScalar(schema, value, path, faults);
}
