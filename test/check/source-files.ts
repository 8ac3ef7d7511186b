import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
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

/** Every file that git tracks or would track, in an order that does not tell which of the two. */
export function listTree(root: string): readonly string[] {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 } as const;
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], options).split('\0');
  return [...new Set(listed)].toSorted().filter((path) => path !== '' && statSync(join(root, path), { throwIfNoEntry: false })?.isFile());
}

/** Those of them that are text: no zero byte in the beginning. */
export function readTree(root: string): readonly SourceFile[] {
  return listTree(root).flatMap((path) => {
    const bytes = readFileSync(join(root, path));
    return bytes.subarray(0, 8192).includes(0) ? [] : [{ path, text: bytes.toString() }];
  });
}

export const isCode = ({ path }: SourceFile) => /\.(?:ts|tsx|mjs)$/.test(path);
export const isTest = ({ path }: SourceFile) => path.startsWith('test/') || /\.test\.tsx?$/.test(path);
export const lineOf = (text: string, index: number) => text.slice(0, index).split('\n').length;
