import { type Static, Type } from 'typebox';
import { ProfileFault } from '../formats/format.ts';
import { isJsonObject, type Json, type JsonObject } from '../lib/json.ts';
import type { Claims } from '../registry/registry.ts';
import { type MappingMoment, mappingFunctions } from './mapping-functions.ts';

/** What values of the registry are called in credentials, by the name of the table; the function `lookup` reads them. */
export const LookupTables = Type.Record(
  Type.String({ pattern: '^[a-z][a-z0-9_-]{0,63}$' }),
  Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), { maxProperties: 5000 }),
  { additionalProperties: false, maxProperties: 32 },
);
export type LookupTables = Static<typeof LookupTables>;

/** A mapping made ready: which claims of the registry it asks for, and what it makes of them. */
export interface ClaimsMapping {
  readonly names: readonly string[];
  evaluate(claims: Claims, moment: MappingMoment): JsonObject;
}

type Evaluate = (claims: Claims, moment: MappingMoment) => Json | undefined;

/** Nodes of one mapping: every evaluation visits each at most once, so this bounds its cost. */
const maximumNodes = 500;
const maximumDepth = 16;

class Compiler {
  readonly names = new Set<string>();
  readonly #tables: LookupTables;
  #nodes = 0;

  constructor(tables: LookupTables) {
    this.#tables = tables;
  }

  compile(node: Json, pointer: string, depth = 0): Evaluate {
    this.#nodes += 1;
    if (this.#nodes > maximumNodes || depth > maximumDepth) throw new ProfileFault(pointer, 'the mapping is too large');
    if (Array.isArray(node)) return this.#list(node, pointer, depth);
    if (!isJsonObject(node)) return () => node;
    const special = Object.keys(node).filter((name) => name.startsWith('$'));
    if (special.length === 0) return this.#object(node, pointer, depth);
    if ('$claim' in node) return this.#claim(node, pointer);
    if ('$call' in node) return this.#call(node, pointer, depth);
    throw new ProfileFault(`${pointer}/${special[0]}`, 'is not known; $claim and $call are');
  }

  #claim(node: JsonObject, pointer: string): Evaluate {
    const { $claim: name, ...rest } = node;
    if (typeof name !== 'string' || name === '' || Object.keys(rest).length > 0)
      throw new ProfileFault(`${pointer}/$claim`, 'must stand alone and name a claim of the registry');
    this.names.add(name);
    return (claims) => (Object.hasOwn(claims, name) ? claims[name] : undefined);
  }

  #call(node: JsonObject, pointer: string, depth: number): Evaluate {
    const { $call: name, args = [], ...rest } = node;
    const known = typeof name === 'string' ? mappingFunctions.get(name) : undefined;
    if (!known) throw new ProfileFault(`${pointer}/$call`, `is none of ${[...mappingFunctions.keys()].join(', ')}`);
    if (!Array.isArray(args) || Object.keys(rest).length > 0) throw new ProfileFault(pointer, 'a call has $call and args and nothing else');
    const { least, most } = known.parameters;
    if (args.length < least || args.length > most)
      throw new ProfileFault(`${pointer}/args`, `must have ${least === most ? least : `${least} to ${most}`} entries`);
    const parts = args.map((argument: Json, index) => {
      const place = `${pointer}/args/${index}`;
      return name === 'lookup' && index === 1 && typeof argument === 'string'
        ? this.#table(argument, place)
        : this.compile(argument, place, depth + 1);
    });
    return (claims, moment) =>
      known.apply(
        parts.map((part) => part(claims, moment)),
        moment,
      );
  }

  #table(name: string, pointer: string): Evaluate {
    const table = Object.hasOwn(this.#tables, name) ? this.#tables[name] : undefined;
    if (!table) throw new ProfileFault(pointer, `is none of the type's tables: ${Object.keys(this.#tables).join(', ') || 'it has none'}`);
    return () => table;
  }

  #list(node: readonly Json[], pointer: string, depth: number): Evaluate {
    const parts = node.map((entry, index) => this.compile(entry, `${pointer}/${index}`, depth + 1));
    // What is absent leaves no gap; a list inside a list stays one.
    return (claims, moment) => parts.map((part) => part(claims, moment)).filter((value) => value !== undefined);
  }

  #object(node: JsonObject, pointer: string, depth: number): Evaluate {
    const parts = Object.entries(node).map(([name, entry]) => [name, this.compile(entry, `${pointer}/${name}`, depth + 1)] as const);
    return (claims, moment) => {
      const members = parts.flatMap(([name, part]): [string, Json][] => {
        const value = part(claims, moment);
        return value === undefined ? [] : [[name, value]];
      });
      // A branch nobody could fill is left out as a whole.
      return members.length > 0 || parts.length === 0 ? Object.fromEntries(members) : undefined;
    };
  }
}

/** Reads a mapping (design D13): JSON with references and calls, output built as a value tree. Throws `ProfileFault`. */
export function compileMapping(tree: Json, tables: LookupTables = {}): ClaimsMapping {
  if (!isJsonObject(tree)) throw new ProfileFault('/mapping', 'must be an object');
  const compiler = new Compiler(tables);
  const evaluate = compiler.compile(tree, '/mapping');
  return {
    names: [...compiler.names],
    evaluate: (claims, moment) => {
      const value = evaluate(claims, moment);
      return isJsonObject(value) ? value : {};
    },
  };
}
