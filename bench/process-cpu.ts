import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

interface Accounts {
  readonly parent: number;
  /** CPU seconds of all its threads. */
  readonly own: number;
  /** CPU seconds of children that have ended. */
  readonly ended: number;
}

/** From process accounting (proc(5), fields 4 and 14 to 17); `undefined` for a process that is gone. Linux only. */
function readAccounts(pid: number): Accounts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const seconds = (first: number) => ((fields[first] ?? 0) + (fields[first + 1] ?? 0)) / ticksPerSecond;
    return { parent: fields[1] ?? 0, own: seconds(11), ended: seconds(13) };
  } catch {
    return undefined;
  }
}

/** CPU seconds of one process since its start, all threads, no children (performance §2). */
export function cpuSeconds(pid: number): number {
  return readAccounts(pid)?.own ?? Number.NaN;
}

/** CPU seconds of everything below a process, such as an embedded database: what runs and what has ended since. */
export function cpuSecondsBelow(pid: number): number {
  const accounts = new Map(
    readdirSync('/proc').flatMap((name) => {
      const found = /^\d+$/.test(name) ? readAccounts(Number(name)) : undefined;
      return found ? [[Number(name), found] as const] : [];
    }),
  );
  const family = [pid];
  for (const member of family) for (const [child, { parent }] of accounts) if (parent === member) family.push(child);
  return family.slice(1).reduce((sum, member) => sum + (accounts.get(member)?.own ?? 0) + (accounts.get(member)?.ended ?? 0), 0);
}

/** Resident memory in MiB. */
export function residentMebibytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) / 1024;
}
