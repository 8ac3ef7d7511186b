import { spawn } from 'node:child_process';
import { type FileHandle, open, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { StartFault } from '../../lib/start-fault.ts';
import type { Binaries } from './binaries.ts';
import type { Owner, Privileges } from './privileges.ts';

/** Windows has no unix sockets that the client knows: there the cluster listens on 127.0.0.1 with a password. */
export type Access = 'socket' | 'tcp';

export const superuser = 'app';
export const socketPort = 5432;

/** One cluster's place on disk, and how its programs are run. */
export interface Site {
  readonly folder: string;
  readonly cluster: string;
  readonly logFile: string;
  readonly binaries: Binaries;
  /** Environment of the programs: nothing of ours is passed on. */
  readonly environment: Readonly<Record<string, string>>;
  readonly owner: Owner | undefined;
  readonly privileges: Privileges;
  readonly access: Access;
  readonly settings: Readonly<Record<string, string>>;
}

/** The whole command line of one program under the site's privileges. */
export function commandOf({ binaries, privileges }: Site, program: string, parameters: readonly string[]): [string, ...string[]] {
  return [...privileges.prefix, join(binaries.folder, program), ...parameters] as [string, ...string[]];
}

export interface Running {
  readonly pid: number;
  /** The exit code, or the signal's name. */
  readonly ended: Promise<string>;
  /** Lets our process end although the program still runs. */
  release(): void;
}

/**
 * Starts a program that writes to the site's log. It gets a process group of its own, so that Ctrl-C at the terminal does not
 * reach the database before us, and the root folder as working directory, because ours may be closed to its user.
 */
export async function startProgram(site: Site, program: string, parameters: readonly string[]): Promise<Running> {
  const [command, ...rest] = commandOf(site, program, parameters);
  const output = await open(site.logFile, 'a', 0o600);
  try {
    return await spawned(site, output, [command, ...rest]);
  } catch (cause) {
    throw new StartFault(`The built-in database cannot be run (${command}). Install again, or set DATABASE_URL.`, cause);
  } finally {
    await output.close();
  }
}

function spawned({ environment, privileges }: Site, output: FileHandle, [command, ...rest]: [string, ...string[]]): Promise<Running> {
  const child = spawn(command, rest, {
    cwd: process.platform === 'win32' ? undefined : '/',
    detached: process.platform !== 'win32',
    windowsHide: true,
    env: { ...environment },
    stdio: ['ignore', output.fd, output.fd],
    ...privileges.spawnAs,
  });
  const ended = new Promise<string>((resolve) => child.once('exit', (code, signal) => resolve(String(code ?? signal))));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve({ pid: child.pid as number, ended, release: () => child.unref() }));
  });
}

const longestLog = 1_000_000;

/** The log of earlier runs is dropped when it has grown long; while a server runs nobody calls this. */
export async function trimLog({ logFile }: Site): Promise<void> {
  const size = (await stat(logFile).catch(() => undefined))?.size ?? 0;
  if (size > longestLog) await truncate(logFile);
}

/** How long the log is now, so that what is written from here on can be told apart. */
export async function logLength({ logFile }: Site): Promise<number> {
  return (await stat(logFile).catch(() => undefined))?.size ?? 0;
}

export async function logSince({ logFile }: Site, length: number): Promise<string> {
  const text = await readFile(logFile).catch(() => Buffer.alloc(0));
  return text.subarray(length).toString('utf8');
}

/** The line of a log that names the fault, for one clear sentence. */
export function faultLine(log: string): string {
  const lines = log.split('\n').map((line) => line.trim());
  const line = lines.find((entry) => /FATAL|PANIC|error:/.test(entry)) ?? lines.findLast((entry) => entry !== '');
  return line?.replace(/^.*?(FATAL|PANIC|error):\s*/, '') ?? 'no reason given';
}
