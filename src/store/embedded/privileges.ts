import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { StartFault } from '../../lib/start-fault.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** How a database program is started: words in front of its command, and the user it gives up root for. */
export interface Privileges {
  readonly prefix: readonly string[];
  readonly spawnAs: Owner | undefined;
}

/** `nobody` on every Linux and macOS in use: PostgreSQL refuses to run as root, and no user is created for it. */
const nobody: Owner = { uid: 65534, gid: 65534 };
const endWithParent = ['--pdeathsig', 'INT'];

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Who shall own the cluster when we are root: whoever owns it already, else nobody. `undefined` when we are not root. */
export async function chooseOwner(cluster: string): Promise<Owner | undefined> {
  if (!isRoot()) return undefined;
  const found = await stat(cluster).catch(() => undefined);
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : nobody;
}

/** Whether `owner` can walk down to the folder through all its parents. */
async function isReachable(folder: string, owner: Owner): Promise<boolean> {
  const { mode, uid } = await stat(folder);
  const enter = uid === owner.uid ? 0o100 : 0o001;
  if ((mode & enter) === 0) return false;
  const parent = dirname(folder);
  return parent === folder || isReachable(parent, owner);
}

async function works(prefix: readonly string[], setpriv: string): Promise<boolean> {
  try {
    await promisify(execFile)(setpriv, [...prefix, 'true'], { cwd: '/', env: { LC_ALL: 'C' } });
    return true;
  } catch {
    return false;
  }
}

async function reachThroughClosedFolders({ uid, gid }: Owner, setpriv: string): Promise<Privileges> {
  const identity = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const prefix = [...identity, '--inh-caps=+dac_override', '--ambient-caps=+dac_override', ...endWithParent];
  if (await works(prefix, setpriv)) return { prefix: [setpriv, ...prefix], spawnAs: undefined };
  throw new StartFault(
    'As root the database needs the program setpriv (package util-linux), because a parent folder is closed to other users. ' +
      'Install it, start as an ordinary user, open the folder, or set DATABASE_URL.',
  );
}

/**
 * Chooses how to run a program that must not be root and must reach `folders`; on Linux it also ends when we are killed.
 * The three ways and their traps were measured on Linux; elsewhere only the plain one and `spawnAs` apply.
 */
export async function choosePrivileges(owner: Owner | undefined, folders: readonly string[], setpriv = 'setpriv'): Promise<Privileges> {
  const onLinux = process.platform === 'linux';
  if (owner && onLinux) {
    const reachable = await Promise.all(folders.map((folder) => isReachable(folder, owner)));
    if (reachable.includes(false)) return reachThroughClosedFolders(owner, setpriv);
  }
  const guarded = onLinux && (await works(endWithParent, setpriv));
  return { prefix: guarded ? [setpriv, ...endWithParent] : [], spawnAs: owner };
}
