import { ProfileFault } from '../../formats/format.ts';
import type { Design } from './design.ts';

/** What two published types of one issuer cannot both have: a name, a scope, an address of a document. */
export function clashOf(design: Design, others: readonly Design[]): ProfileFault | undefined {
  const taken = (values: (each: Design) => readonly string[]) => {
    const own = values(design);
    const twice = own.find((value, index) => own.indexOf(value) !== index);
    return twice ?? own.find((value) => others.some((other) => values(other).includes(value)));
  };
  const name = taken(({ configurations }) => configurations.map(({ id }) => id));
  if (name !== undefined) return new ProfileFault('/id', `${name} is the name of another configuration of this issuer`);
  const scope = taken(({ configurations }) => configurations.map((type) => type.scope));
  if (scope !== undefined) return new ProfileFault('/scope', `${scope} is the scope of another configuration of this issuer`);
  return undefined;
}

/** Every address means one thing for as long as credentials name it: versions that were retired keep theirs. */
export function documentClash(design: Design, others: readonly Design[]): ProfileFault | undefined {
  const paths = design.documents.map(({ path }) => path);
  const taken = paths.find(
    (path, index) => paths.indexOf(path) !== index || others.some(({ documents }) => documents.some((other) => other.path === path)),
  );
  return taken === undefined ? undefined : new ProfileFault('/profile', `another type of this issuer has the address ${taken}`);
}

/** Versions go forward: what came before is brought back as a new version. */
export function outrunBy(design: Design, known: readonly Design[]): ProfileFault | undefined {
  const newest = Math.max(0, ...known.filter(({ id }) => id === design.id).map(({ version }) => version));
  return design.version > newest ? undefined : new ProfileFault('/version', `must be above ${newest}, which was published already`);
}
