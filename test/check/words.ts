import { type Check, codeOf, type Finding, isCode, isTest, lineOf, type SourceFile } from './source-files.ts';

function findAll({ path, text }: SourceFile, pattern: RegExp, message: string, where = text): readonly Finding[] {
  return [...where.matchAll(pattern)].map((match) => ({
    path,
    line: lineOf(text, match.index),
    message: `${message}: ${match[0].trim().slice(0, 60)}`,
  }));
}

const formatIdentifier = /['"`](?:mso_mdoc|dc\+sd-jwt|ldp_vc|jwt_vc_json(?:-ld)?)['"`]/g;
const inSource = (file: SourceFile) => file.path.startsWith('src/') && isCode(file) && !isTest(file);

/** What may be written only in one place (design §3, quality Q17, Q18, Q34). */
export const checkPlaces: Check = (files) =>
  files.filter(inSource).flatMap((file) => {
    const code = codeOf(file.text);
    const home = (pattern: RegExp) => pattern.test(file.path);
    return [
      ...(home(/^src\/config\.ts$/) ? [] : findAll(file, /\bprocess\.env\b/g, 'the environment is read in src/config.ts alone', code)),
      ...(home(/^src\/formats\/|\/compat\//) ? [] : findAll(file, formatIdentifier, 'a format is named in its own folder alone')),
      ...findAll(file, /\bMath\.random\b|\beval\(|\bnew Function\b/g, 'not used here', code),
      ...(home(/\/browser\/|^src\/lib\/egress|^src\/wallet\/oauth-client/)
        ? []
        : findAll(file, /(?<![.\w#])(?<!function )fetch\(/g, 'requests go out through lib/egress.ts', code)),
    ];
  });

const unfinished = new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`, 'g');
const machinePath = /(?:^|[\s"'`(=])\/(?:work|root|home\/[a-z]+|Users\/[A-Za-z]+)\/[\w.-]+/g;
const registryHost = /registry\.(?:npmjs|yarnpkg)\.[a-z]+|deb\.debian\.org|pypi\.org\/simple|repo1?\.maven\.[a-z]+/g;
const secret = /-----BEGIN (?:EC |RSA )?PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bghp_[A-Za-z0-9]{36}\b/g;

/** What stands nowhere in the tree: unfinished work, paths of a machine, registry hosts, secrets. */
export const checkHygiene: Check = (files) =>
  files
    .filter(({ path }) => path !== 'package-lock.json' && !path.endsWith('.csv'))
    .flatMap((file) => [
      ...findAll(file, unfinished, 'work left as a word'),
      ...findAll(file, machinePath, 'a path of one machine'),
      ...findAll(file, registryHost, "a package registry's host"),
      ...findAll(file, secret, 'a secret'),
    ]);
