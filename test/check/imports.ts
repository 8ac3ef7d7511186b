import { posix } from 'node:path';
import type { SourceFile } from './source-files.ts';
import { codeOf, withoutComments } from './tokens.ts';

/** One thing a file reaches for. */
export interface Import {
  /** A package, or a path from the root of the tree; `undefined` when it is computed, so that nothing can be said of it. */
  readonly target: string | undefined;
  /** Vanishes at run time. */
  readonly typeOnly: boolean;
  readonly index: number;
}

// `import … from 'x'`, `import 'x'`, `export … from 'x'`; what stands between holds no quote, bracket or equals sign.
const declared = /\b(?:import|export)\b(?:[^'"`;()=]*?\bfrom)?\s*['"]([^'"\n]+)['"]/g;
// `import(…)`, in types too, and a file handed to a worker or read as a module by its address.
const called = /\bimport\s*\(\s*(?:(['"`])([^'"`$\n]+)\1\s*[,)])?/g;
const addressed = /\bnew\s+URL\(\s*(['"`])([^'"`$\n]+\.[cm]?[jt]sx?)\1\s*,\s*import\.meta/g;
// Ways round the syntax of modules.
const roundabout = /\b(?:createRequire|getBuiltinModule)\s*\(|(?<![.\w])require\s*\(\s*['"`]/g;

/** What a file imports, types, dynamic imports and workers included; relative targets are paths from the root of the tree. */
export function importsOf({ path, text }: SourceFile): readonly Import[] {
  const readable = withoutComments(text);
  const code = codeOf(text);
  const find = (pattern: RegExp, part: number) =>
    [...readable.matchAll(pattern)]
      .filter(({ index }) => code[index] === readable[index])
      .map((match) => ({ target: match[part], typeOnly: /^(?:import|export)\s+type\b/.test(match[0]), index: match.index }));
  return [...find(declared, 1), ...find(called, 2), ...find(addressed, 2), ...find(roundabout, 9)].map(({ target, ...rest }) => ({
    ...rest,
    target: target?.startsWith('.') ? posix.join(posix.dirname(path), target) : target,
  }));
}
