import type { Check, Finding, SourceFile } from './source-files.ts';

const lineLimit = 40;
const parts = ['## Context', '## Decision', '## Consequences'];

function judgePage({ path, text }: SourceFile): readonly Finding[] {
  const missing = parts.filter((part) => !text.split('\n').includes(part));
  const number = Number(/\/(\d{4})-/.exec(path)?.[1]);
  return [
    ...missing.map((part): Finding => ({ path, message: `has no part "${part}"` })),
    ...(text.split('\n').length - 1 > lineLimit ? [{ path, message: `is longer than ${lineLimit} lines` }] : []),
    ...(text.startsWith(`# ${number}. `) ? [] : [{ path, message: `does not begin with "# ${number}. "` }]),
  ];
}

/** Decisions have one form, one number each, and a page for every package that runs in production. */
export const checkDecisions: Check = (files) => {
  const pages = files.filter(({ path }) => /^docs\/adr\/\d{4}-[a-z0-9-]+\.md$/.test(path));
  const manifest = JSON.parse(files.find(({ path }) => path === 'package.json')?.text ?? '{}') as {
    readonly dependencies?: Record<string, string>;
    readonly optionalDependencies?: Record<string, string>;
  };
  const told = pages.filter(({ path }) => /^docs\/adr\/\d{4}-dependency-/.test(path)).map(({ text }) => text);
  const tells = (name: string) => told.some((text) => text.includes(`\`${name}\``));
  const untold = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
    .filter((name) => !tells(name) && !tells(name.replace(/(?:\/|-)(?:bin-)?(?:linux|darwin|win|windows)-(?:x64|arm64)$/, '')))
    .map((name): Finding => ({ path: 'docs/adr', message: `\`${name}\` runs in production and has no page that names it` }));
  const numbers = pages.map(({ path }) => path.slice(0, 'docs/adr/0000'.length));
  const twice = pages
    .filter((_, index) => numbers.indexOf(numbers[index] ?? '') !== index)
    .map(({ path }): Finding => ({ path, message: 'has a number that another page has' }));
  return [...pages.flatMap(judgePage), ...twice, ...untold];
};
