import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeSettings } from '../../src/config.ts';
import { authorizationRoutes, healthRoutes, issuerRoutes, operatorRoutes, walletRoutes } from '../../src/routes.ts';
import { citationsOf, readRows } from '../../test/check/coverage.ts';
import { isTest, readTree, type SourceFile } from '../../test/check/source-files.ts';
import { makeOpenApiPage } from './openapi-page.ts';
import { type GeneratedPage, made, table } from './page.ts';
import { makeTablesPage } from './tables-page.ts';

function configurationPage(): GeneratedPage {
  const rows = describeSettings().map(({ place, name, default: standard, required, meaning }) => [
    place,
    `\`${name}\``,
    standard === undefined || standard === '' ? (required ? 'required' : '') : `\`${standard}\``,
    meaning,
  ]);
  return {
    path: 'docs/reference/configuration.md',
    text: `# Settings\n\n${made}\n\nOne file, named by \`CHANCERY_CONFIG\`, and a few variables. Unknown names are refused with the nearest known one.\n\n${table(['where', 'name', 'default', 'meaning'], rows)}\n`,
  };
}

function endpointsPage(): GeneratedPage {
  const section = (title: string, below: string, routes: Readonly<Record<string, string>>) =>
    `## ${title}\n\nPaths are below ${below}.\n\n${table(
      ['name', 'path'],
      Object.entries(routes).map(([name, path]) => [name, `\`${path}\``]),
    )}\n`;
  const parts = [
    section('Wallet', 'the public URL of the wallet', walletRoutes),
    section('Authorization server', 'its issuer identifier, by default `…/authorization`', authorizationRoutes),
    section('Credential Issuer', 'its identifier, by default `…/issuers/<name>`', issuerRoutes),
    section('Health', 'the root of each host', healthRoutes),
    section(
      'Operators',
      'the listener at `CHANCERY_OPERATOR_PORT`, on loopback only; `Authorization: Bearer` carries the key of an operator. [openapi.json](openapi.json) describes every route of both listeners',
      operatorRoutes,
    ),
  ];
  return {
    path: 'docs/reference/endpoints.md',
    text: `# Endpoints\n\n${made}\n\nThe well-known documents are inserted between host and path, and appended too (RFC 8414 §3.1, OpenID4VCI 1.0 §12.2.2).\n\n${parts.join('\n')}`,
  };
}

function errorsPage(files: readonly SourceFile[]): GeneratedPage {
  const sources = files.filter((file) => file.path.startsWith('src/') && file.path.endsWith('.ts') && !isTest(file));
  const found = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/new Refusal\(\s*(\d{3}),\s*'([a-z_]+)',\s*[`'"]([^`'"]+)[`'"]/g)].map(
      ([, status, code, description]) => [`\`${code}\``, status, description, `[${path}](../../${path})`] as const,
    ),
  );
  const rows = [...new Map(found.map((row) => [row.join(), row])).values()].toSorted((a, b) =>
    (a[0] + a[1] + a[2]).localeCompare(b[0] + b[1] + b[2], 'en'),
  );
  return {
    path: 'docs/reference/errors.md',
    text: `# Errors\n\n${made}\n\nThe machine endpoints answer a refusal with the code of the specification and a sentence.\n\n${table(['error', 'status', 'description', 'file'], rows)}\n`,
  };
}

function coveragePage(files: readonly SourceFile[]): GeneratedPage {
  const cited = citationsOf(files);
  const rows = readRows(files).map(({ id, sentence, waits }) => [
    id,
    sentence,
    (cited.get(id) ?? []).map((path) => `[${path.split('/').at(-1)}](../${path})`).join(' '),
    waits ?? '',
  ]);
  return {
    path: 'docs/coverage.md',
    text: `# What is promised, and the test that holds it\n\n${made}\n\nEach row repeats the sentence it cites. The last column says honestly what is not there yet.\n\n${table(['row', 'sentence', 'held by', 'waits'], rows)}\n`,
  };
}

function decisionsPage(files: readonly SourceFile[]): GeneratedPage {
  const pages = files.filter(({ path }) => /^docs\/adr\/\d{4}-.*\.md$/.test(path));
  const rows = pages.map(({ path, text }) => `- [${/^# (.*)$/m.exec(text)?.[1] ?? path}](${path.slice('docs/adr/'.length)})`);
  return {
    path: 'docs/adr/README.md',
    text: `# Decisions\n\n${made}\n\nOne page for each decision taken or changed, and for each runtime dependency.\n\n${rows.join('\n')}\n`,
  };
}

/** Every page that is made from code or data, as it should read now. */
export async function generatePages(files: readonly SourceFile[]): Promise<readonly GeneratedPage[]> {
  const [tables, openApi] = await Promise.all([makeTablesPage(), makeOpenApiPage()]);
  return [configurationPage(), endpointsPage(), errorsPage(files), tables, openApi, coveragePage(files), decisionsPage(files)];
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  for (const { path, text } of await generatePages(readTree(root))) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    console.log(path);
  }
  process.exit();
}
