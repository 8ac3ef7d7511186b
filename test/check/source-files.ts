import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of the tree with its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** One thing to mend: where, and what to do. */
export interface Finding {
  readonly path: string;
  readonly line?: number;
  readonly message: string;
}

export type Check = (files: readonly SourceFile[], root: string) => readonly Finding[];

const textual = /\.(?:ts|tsx|mjs|js|json|md|css|html|svg|yml|yaml|txt|csv)$|^(?:\.ci\/run|LICENSE|\.npmrc|\.gitignore)$/;

/** Everything git tracks or would track, as text. */
export function readTree(root: string): readonly SourceFile[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' }).split(
    '\n',
  );
  return listed
    .filter((path) => textual.test(path) && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

export const isCode = ({ path }: SourceFile) => /\.(?:ts|tsx|mjs)$/.test(path);
export const isTest = ({ path }: SourceFile) => path.startsWith('test/') || /\.test\.tsx?$/.test(path);
export const lineOf = (text: string, index: number) => text.slice(0, index).split('\n').length;

/** The text with comments, strings and templates blanked out, same length: what is left is code. */
export function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g, (part) =>
    part.replace(/[^\n]/g, ' '),
  );
}
