import { type Check, type Finding, isCode, isTest, lineOf, type SourceFile } from './source-files.ts';
import { codeOf, withoutComments } from './tokens.ts';

function findAll({ path, text }: SourceFile, pattern: RegExp, message: string, where = text): readonly Finding[] {
  return [...where.matchAll(pattern)].map((match) => ({
    path,
    line: lineOf(text, match.index),
    message: `${message}: ${match[0].trim().slice(0, 60)}`,
  }));
}

const formatIdentifier = /\b(?:mso_mdoc|(?:dc|vc)\+sd-jwt|ldp_vc|jwt_vc_json)\b/g;
const environment = /\bprocess\s*\??\.\s*env\b|\bprocess\s*\[|=\s*process\b(?!\s*\.)|\bimport\.meta\.env\b/g;
const unsafe = /\bMath\s*(?:\.\s*random\b|\[)|=\s*Math\b(?!\s*\.)|\beval\b|\bFunction\s*\(/g;
const aroundEgress = /\bglobalThis\s*(?:\.\s*fetch\b|\[)|=\s*fetch\b(?!\s*\()|\bnew\s+(?:WebSocket|EventSource|XMLHttpRequest)\b/g;
const bareFetch = /(?<![.\w#]|function )fetch\s*\(/g;
const inSource = (file: SourceFile) => file.path.startsWith('src/') && isCode(file) && !isTest(file);

/** A file that names its own `fetch` (by the egress client) calls that one. */
function judgeRequests(file: SourceFile, code: string): readonly Finding[] {
  const patterns = /\bconst fetch\s*:/.test(code) ? [aroundEgress] : [aroundEgress, bareFetch];
  return patterns.flatMap((pattern) => findAll(file, pattern, 'requests go out through lib/egress.ts', code));
}

/** What may be written only in one place (design §3, quality Q17, Q18, Q34). */
export const checkPlaces: Check = (files) =>
  files.filter(inSource).flatMap((file) => {
    const code = codeOf(file.text);
    const outside = (home: RegExp) => !home.test(file.path);
    return [
      ...(outside(/^src\/config\.ts$/) ? findAll(file, environment, 'the environment is read in src/config.ts alone', code) : []),
      ...(outside(/^src\/formats\/|\/compat\//)
        ? findAll(file, formatIdentifier, 'a format is named in its own folder alone', withoutComments(file.text))
        : []),
      ...findAll(file, unsafe, 'not used here', code),
      ...(outside(/\/browser\/|^src\/lib\/egress/) ? judgeRequests(file, code) : []),
    ];
  });

const unfinished = new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`, 'g');
const machinePath = /(?:^|[\s"'`(=]|:\/\/)\/(?:work|root|home\/[a-z]+|Users\/[A-Za-z]+)\/[\w.-]+/g;
const registryHost = /registry\.(?:npmjs|yarnpkg)\.[a-z]+|deb\.debian\.org|pypi\.org\/simple|repo1?\.maven\.[a-z]+|proxy\.golang\.org/g;
const secret =
  /-----BEGIN (?:EC |RSA |ENCRYPTED |OPENSSH )?PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[opsu]_[A-Za-z0-9]{36}\b|\bnpm_[A-Za-z0-9]{36}\b|"d": ?"[\w-]{43,}"/g;
// Written in halves, so that this file does not hold what it looks for.
const workshop = [
  ['cl', 'aude'],
  ['anth', 'ropic'],
  ['chat', 'gpt'],
  ['open', 'ai'],
  ['co', 'pilot'],
  ['sub', 'agent'],
  ['AI-', 'generated'],
];
const workshopWord = new RegExp(`\\b(?:${workshop.map((halves) => halves.join('')).join('|')})\\b|\\.\\./shared/`, 'gi');

/** What stands nowhere in the tree: unfinished work, paths of a machine, registry hosts, secrets, words of the workshop. */
export const checkHygiene: Check = (files) =>
  files
    .filter(({ path }) => path !== 'package-lock.json')
    .flatMap((file) => [
      ...findAll(file, unfinished, 'work left as a word'),
      ...findAll(file, machinePath, 'a path of one machine'),
      ...findAll(file, registryHost, "a package registry's host"),
      ...findAll(file, secret, 'a secret'),
      ...findAll(file, workshopWord, 'a word on how this was made'),
    ]);
