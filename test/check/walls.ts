import { posix } from 'node:path';
import { type Check, type Finding, isTest, lineOf, type SourceFile } from './source-files.ts';

/** Which rooms of `src/` a room may import (design §3). The first rule that fits a file counts. */
interface Wall {
  readonly from: RegExp;
  readonly may: readonly RegExp[];
}

const interfaces = /^(?:store\/(?:store|artifacts|ledger|connection-target)|keys\/keys|registry\/registry|formats\/format)\.ts$/;
const lib = /^lib\//;
const shared = [/^oauth\//, lib, /^config-schema\.ts$/, /^(?:routes|service)\.ts$/, interfaces];

const walls: readonly Wall[] = [
  { from: /^(?:main|app)\.ts$/, may: [/./] },
  { from: /^lib\//, may: [lib] },
  { from: /^(?:wallet|formats)\/browser\//, may: [/^formats\/browser\//, /^wallet\/(?:browser|words)\//, /^lib\/(?:json|language)\.ts$/] },
  { from: /^wallet\/words\//, may: [/^wallet\/words\//, lib] },
  { from: /^oauth\//, may: [/^oauth\//, lib, interfaces] },
  { from: /^wallet\//, may: [/^wallet\//, ...shared] },
  { from: /^authorization\//, may: [/^authorization\//, ...shared] },
  { from: /^issuer\//, may: [/^issuer\//, ...shared] },
  { from: /^formats\/format\.ts$/, may: [interfaces, lib] },
  { from: /^store\/embedded\//, may: [/^store\/embedded\//, /^store\/[^/]+$/, lib] },
  { from: /^store\/postgres\//, may: [/^store\/postgres\//, /^store\/[^/]+$/, lib] },
  { from: /^registry\/csv\//, may: [/^registry\/csv\//, /^registry\/[^/]+$/, lib] },
  { from: /^registry\//, may: [/^registry\/[^/]+$/, lib, interfaces] },
  { from: /^keys\/file\//, may: [/^keys\/file\//, /^keys\/[^/]+$/, lib] },
  { from: /^(?:store|keys)\//, may: [interfaces, lib] },
  { from: /^config\//, may: [/^config/, lib, /^routes\.ts$/, /^formats\/format\.ts$/] },
  { from: /^[^/]+\.ts$/, may: [/^[^/]+\.ts$/, /^config\//, lib, /^oauth\//, interfaces] },
];

function wallOf(file: string): Wall | undefined {
  const format = /^formats\/([^/]+)\//.exec(file)?.[1];
  if (format && format !== 'browser') return { from: /./, may: [new RegExp(`^formats/${format}/`), interfaces, /^oauth\//, lib] };
  return walls.find(({ from }) => from.test(file));
}

const importPattern =
  /(?:\bimport|\bexport)\s+(?:type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

export interface Import {
  readonly target: string;
  /** Vanishes at run time. */
  readonly typeOnly: boolean;
  readonly index: number;
}

/** What a file imports, types included; relative targets are paths from the root of the tree. */
export function importsOf({ path, text }: SourceFile): readonly Import[] {
  return [...text.matchAll(importPattern)].map((match) => {
    const target = match[1] ?? match[2] ?? '';
    return {
      typeOnly: /^(?:import|export)\s+type\b/.test(match[0]),
      target: target.startsWith('.') ? posix.join(posix.dirname(path), target) : target,
      index: match.index,
    };
  });
}

const judges =
  /^(?:@openid4vc|@credo-ts|@sphereon|@sd-jwt|@owf|@auth0\/mdl|@digitalbazaar|openid-client|oauth4webapi|fast-check|playwright-core|axe-core)(?:\/|$)/;

function packageFault(file: string, target: string): string | undefined {
  if (judges.test(target)) return `${target} judges us and may not be used by us`;
  if (target === 'oidc-provider' && !file.startsWith('authorization/engine/')) return 'only authorization/engine may import oidc-provider';
  if (
    /^(?:node:)?(?:http|https|net|tls|undici|dgram|vm)$/.test(target) &&
    !/^(?:lib\/egress|lib\/public-address|store\/|config\/variables)/.test(file)
  )
    return `${target} is for lib/egress.ts (and the database's start) alone`;
  return undefined;
}

/** The walls between the rooms (design §3): a forbidden import is named with the wall it breaks. */
export const checkWalls: Check = (files) =>
  files
    .filter((file) => file.path.startsWith('src/') && /\.tsx?$/.test(file.path) && !isTest(file))
    .flatMap((file): Finding[] => {
      const from = file.path.slice('src/'.length);
      const wall = wallOf(from);
      return importsOf(file).flatMap(({ target, index, typeOnly }) => {
        const line = lineOf(file.text, index);
        const fault = target.startsWith('src/') ? undefined : packageFault(from, target);
        if (fault && !typeOnly) return [{ path: file.path, line, message: fault }];
        if (!target.startsWith('src/')) return [];
        const to = target.slice('src/'.length);
        return wall?.may.some((pattern) => pattern.test(to))
          ? []
          : [{ path: file.path, line, message: `the wall: ${from} may not import ${to}` }];
      });
    });
