import { ConfigFile } from '../config-schema.ts';
import type { Schema } from './check-value.ts';
import { variables } from './variables.ts';

/** One setting for the reference page. */
export interface SettingDescription {
  readonly place: 'environment' | 'file';
  /** A variable, or the path of a member: `<name>` stands for a name of the operator's choice, `[]` for every entry of a list. */
  readonly name: string;
  /** Empty when nothing stands in. */
  readonly default: string;
  readonly required: boolean;
  readonly meaning: string;
}

const shown = (value: unknown) => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));

function meaningOf({ description = '', enum: choices, const: only }: Schema): string {
  const allowed = choices ?? (only === undefined ? undefined : [only]);
  return [description, allowed ? `One of ${allowed.map(String).join(', ')}.` : ''].filter((part) => part !== '').join(' ');
}

function describeMembers(schema: Schema, path: string): readonly SettingDescription[] {
  const members = Object.entries(schema.properties ?? {}).map(
    ([name, member]) => [name, member, schema.required?.includes(name) ?? false] as const,
  );
  const entries = Object.values(schema.patternProperties ?? {}).map((member) => ['<name>', member, false] as const);
  const listed = schema.items ? describeMembers(schema.items, `${path}[]`) : [];
  const shapes = (schema.anyOf ?? []).flatMap((shape) => describeMembers(shape, path));
  const own = [...members, ...entries].flatMap(([name, member, required]): readonly SettingDescription[] => {
    const below = path === '' ? name : `${path}.${name}`;
    const inner = describeMembers(member, below);
    const meaning = meaningOf(member);
    // An entry without words of its own is told by its members, or by the words above it.
    if (meaning === '') return inner;
    return [{ place: 'file', name: below, default: shown(member.default), required, meaning }, ...inner];
  });
  return [...own, ...listed, ...shapes];
}

/** Every variable and every member of the settings file, from the same tables that read them. */
export function describeSettings(): readonly SettingDescription[] {
  const environment = Object.entries(variables).map(
    ([name, { default: fallback, meaning }]): SettingDescription => ({
      place: 'environment',
      name,
      default: fallback,
      required: false,
      meaning,
    }),
  );
  const seen = new Set<string>();
  const file = describeMembers(ConfigFile as object, '').filter(({ name }) => !seen.has(name) && seen.add(name));
  return [...environment, ...file];
}
