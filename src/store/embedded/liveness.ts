import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a running server writes about itself into `postmaster.pid`. */
export interface ServerRecord {
  readonly pid: number;
  readonly port: number;
  readonly socketFolder: string;
}

export async function readServerRecord(cluster: string): Promise<ServerRecord | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const [pid = '', , , port = '', socketFolder = ''] = text.split('\n').map((line) => line.trim());
  if (!/^\d+$/.test(pid) || !/^\d+$/.test(port)) return undefined;
  return { pid: Number(pid), port: Number(port), socketFolder };
}

/** State letter and name of a process on Linux; `undefined` elsewhere or when it is gone. */
async function processState(pid: number): Promise<{ readonly state: string; readonly name: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const end = text.lastIndexOf(')');
  return end < 0 ? undefined : { name: text.slice(text.indexOf('(') + 1, end), state: text.slice(end + 2, end + 3) };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether a process still runs. A dead one whose parent has not looked after it yet counts as dead. */
export async function isAlive(pid: number): Promise<boolean> {
  if (!exists(pid)) return false;
  const found = await processState(pid);
  // No state: the system keeps it to itself, or the process was cleared away between the two questions.
  return found === undefined ? exists(pid) : found.state !== 'Z' && found.state !== 'X';
}

/** True only where it can be told: the number in a stale lock file has gone to a program that is no database. */
export async function isForeign(pid: number): Promise<boolean> {
  const found = await processState(pid);
  return found !== undefined && !found.name.startsWith('postgres');
}
