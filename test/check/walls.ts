import { importsOf } from './imports.ts';
import { type Check, type Finding, isTest, lineOf } from './source-files.ts';

/** Which rooms of `src/` a room may import (design §3). The first rule that fits a file counts. */
interface Wall {
  readonly from: RegExp;
  readonly may: readonly RegExp[];
}

const interfaces =
  /^(?:store\/(?:store|artifacts|audit|audit-chain|ledger|deferrals|status-lists|type-store|operators|kept-answers|connection-target)|keys\/keys|registry\/registry|formats\/(?:format|lint|order-lints|w3c-lints|presentation|credential-documents))\.ts$/;
const lib = /^lib\//;
const shared = [/^oauth\//, lib, /^config-schema\.ts$/, /^(?:routes|service|operation)\.ts$/, interfaces];

const walls: readonly Wall[] = [
  { from: /^(?:main|app)\.ts$/, may: [/./] },
  { from: /^lib\//, may: [lib] },
  { from: /^(?:wallet|formats)\/browser\//, may: [/^formats\/browser\//, /^wallet\/(?:browser|words)\//, /^lib\/(?:json|language)\.ts$/] },
  { from: /^wallet\/words\//, may: [/^wallet\/words\//, lib] },
  { from: /^oauth\//, may: [/^oauth\//, lib, interfaces] },
  { from: /^wallet\//, may: [/^wallet\//, ...shared] },
  { from: /^authorization\//, may: [/^authorization\//, ...shared] },
  { from: /^issuer\//, may: [/^issuer\//, ...shared] },
  { from: /^cli\//, may: [/^cli\//, lib, /^config\.ts$/, /^routes\.ts$/] },
  { from: /^operators\//, may: [/^operators\//, /^(?:health|server)\.ts$/, ...shared] },
  { from: /^formats\/[^/]+\.ts$/, may: [interfaces, lib] },
  { from: /^store\/embedded\//, may: [/^store\/embedded\//, /^store\/[^/]+$/, lib] },
  { from: /^store\/postgres\//, may: [/^store\/postgres\//, /^store\/[^/]+$/, lib] },
  { from: /^registry\/csv\//, may: [/^registry\/csv\//, /^registry\/[^/]+$/, lib] },
  { from: /^registry\//, may: [/^registry\/[^/]+$/, lib, interfaces] },
  { from: /^keys\/file\//, may: [/^keys\/file\//, /^keys\/[^/]+$/, lib] },
  { from: /^(?:store|keys)\//, may: [interfaces, lib] },
  { from: /^config\//, may: [/^config/, lib, /^(?:routes|operation)\.ts$/, /^formats\/format\.ts$/] },
  { from: /^[^/]+\.ts$/, may: [/^(?!app\.ts$|main\.ts$)[^/]+\.ts$/, /^config\//, lib, /^oauth\//, interfaces] },
];

function wallOf(file: string): Wall | undefined {
  const format = /^formats\/([^/]+)\//.exec(file)?.[1];
  if (format && format !== 'browser') return { from: /./, may: [new RegExp(`^formats/${format}/`), interfaces, /^oauth\//, lib] };
  return walls.find(({ from }) => from.test(file));
}

const judges =
  /^(?:@openid4vc|@credo-ts|@sphereon|@sd-jwt|@owf|@auth0\/mdl|@digitalbazaar|did-jwt(?:-vc)?|openid-client|oauth4webapi|fast-check|playwright-core|@sparticuz\/chromium|axe-core)(?:\/|$)/;

const inBrowser = /^(?:wallet|formats)\/browser\//;
const network = /^(?:node:)?(?:http|https|http2|net|tls|dns|dns\/promises|dgram|undici)$/;
const mayReachOut = /^(?:lib\/egress|lib\/public-address|store\/|config\/variables)/;

/** Why a package, or a module of Node, may not be used in this file. */
function packageFault(file: string, target: string): string | undefined {
  if (judges.test(target)) return `${target} judges us and may not be used by us`;
  if (target === 'oidc-provider' && !file.startsWith('authorization/engine/')) return 'only authorization/engine may import oidc-provider';
  if (inBrowser.test(file) && !/^preact(?:\/|$)/.test(target)) return `${target} is not for the browser`;
  if (/^(?:node:)?(?:vm|process|module|inspector|repl|cluster)$/.test(target)) return `${target} is not used here`;
  if (network.test(target) && !mayReachOut.test(file)) return `${target} is for lib/egress.ts (and the database's start) alone`;
  return undefined;
}

function judgeImport(from: string, target: string | undefined, typeOnly: boolean): string | undefined {
  if (target === undefined) return 'the wall: what is imported must stand here as a plain string';
  if (target.startsWith('src/')) {
    const to = target.slice('src/'.length);
    return wallOf(from)?.may.some((pattern) => pattern.test(to)) ? undefined : `the wall: ${from} may not import ${to}`;
  }
  if (/^(?:test|bench|docs|examples)\/|^\.\.\//.test(target)) return `the wall: ${from} may not import ${target}`;
  const fault = packageFault(from, target);
  // The types of Node's own modules may be named anywhere; a package's types couple as its code does.
  return typeOnly && target.startsWith('node:') ? undefined : fault;
}

/** The walls between the rooms (design §3): a forbidden import is named with the wall it breaks. */
export const checkWalls: Check = (files) =>
  files
    .filter((file) => file.path.startsWith('src/') && /\.[cm]?[jt]sx?$/.test(file.path) && !isTest(file))
    .flatMap((file): Finding[] =>
      importsOf(file).flatMap(({ target, index, typeOnly }) => {
        const message = judgeImport(file.path.slice('src/'.length), target, typeOnly);
        return message ? [{ path: file.path, line: lineOf(file.text, index), message }] : [];
      }),
    );
