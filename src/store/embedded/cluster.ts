import { chmod, chown, link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { base64url, randomBytes } from '../../lib/bytes.ts';
import { StartFault } from '../../lib/start-fault.ts';
import type { Owner } from './privileges.ts';
import { faultLine, logLength, logSince, type Site, startProgram, superuser } from './site.ts';

const abandonedAfterMilliseconds = 10 * 60_000;

/** Makes the folder that guards the cluster: nobody but its owner (and root) may enter, so the socket inside needs no password. */
export async function prepareFolder(folder: string, owner: Owner | undefined): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    if (owner) await chown(folder, owner.uid, owner.gid);
    await chmod(folder, 0o700);
    await rm(join(folder, '.writable'), { force: true });
    await writeFile(join(folder, '.writable'), '');
    await rm(join(folder, '.writable'), { force: true });
  } catch (cause) {
    throw new StartFault(
      `The database folder ${folder} cannot be written by this user. Make it writable, or name another data folder in CHANCERY_DATA.`,
      cause,
    );
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function isComplete({ cluster }: Site): Promise<boolean> {
  return exists(join(cluster, 'PG_VERSION'));
}

function passwordFile({ folder }: Site): string {
  return join(folder, 'password');
}

/** Only for access by TCP: one password per cluster, whoever of several first starters made it. */
async function preparePassword(site: Site): Promise<void> {
  const draft = `${passwordFile(site)}-${draftName()}`;
  await writeFile(draft, base64url(randomBytes(24)), { mode: 0o600 });
  if (site.owner) await chown(draft, site.owner.uid, site.owner.gid);
  await link(draft, passwordFile(site)).catch((fault: NodeJS.ErrnoException) => {
    if (fault.code !== 'EEXIST') throw fault;
  });
  await rm(draft);
}

export async function readPassword(site: Site): Promise<string> {
  return readFile(passwordFile(site), 'utf8');
}

function draftName(): string {
  return `new-${process.pid}-${base64url(randomBytes(6))}`;
}

/** Drafts that a killed process left behind; a living one's is too young to be taken for one. */
async function removeAbandonedDrafts({ folder }: Site): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('new-')) continue;
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > abandonedAfterMilliseconds) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function initParameters(site: Site, draft: string): readonly string[] {
  const access = site.access === 'socket' ? ['-A', 'trust'] : ['-A', 'scram-sha-256', `--pwfile=${passwordFile(site)}`];
  const locale = ['-E', 'UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  return ['-D', draft, '-U', superuser, ...access, ...locale, '--no-instructions', '--no-sync'];
}

async function initialise(site: Site, draft: string): Promise<void> {
  const before = await logLength(site);
  const { ended } = await startProgram(site, 'initdb', initParameters(site, draft));
  const code = await ended;
  if (code === '0') return;
  throw new StartFault(`The built-in database could not be created in ${site.folder}: ${faultLine(await logSince(site, before))}`);
}

/**
 * Creates the cluster when there is none. It grows in a sibling folder and is renamed into place when it is whole, so that an
 * interrupted creation leaves nothing half-made and of several first starters exactly one wins; the others use what it made.
 */
export async function ensureCluster(site: Site): Promise<void> {
  if (await isComplete(site)) return;
  await removeAbandonedDrafts(site);
  if (site.access === 'tcp') await preparePassword(site);
  const draft = join(site.folder, draftName());
  try {
    await initialise(site, draft);
    await rename(draft, site.cluster);
  } catch (fault) {
    if (!(await isComplete(site))) throw fault;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
