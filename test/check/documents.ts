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
