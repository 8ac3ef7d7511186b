import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchAnswers } from './described-answers.ts';

const root = new URL('../..', import.meta.url).pathname;

/** A running product in a process of its own, as an operator starts it. */
export interface Instance {
  readonly process: ChildProcess;
  readonly url: URL;
  /** The operators' listener. */
  readonly operators: URL;
  readonly dataFolder: string;
  /** Everything it printed: standard output and the log. */
  output(): string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface InstanceOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly port?: number;
  /** Shared by nodes of one deployment; by default a folder of its own, removed at stop. */
  readonly dataFolder?: string;
  /** Another tree than this one. */
  readonly tree?: string;
}

const handedOut = new Set<number>();

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  await new Promise((resolve) => server.close(resolve));
  return free;
}

/**
 * Ports that are free and were handed out to nobody of this process. They are drawn below the range the system gives
 * to outgoing connections, so that nothing takes them between the draw and the start.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = randomInt(15_000, 30_000);
    if (handedOut.has(port) || !(await isFree(port))) continue;
    handedOut.add(port);
    ports.push(port);
  }
  return ports;
}

/** Only what the product needs, and what the launcher gives it: nothing of the surroundings reaches it by accident. */
function cleanEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  const passedOn = ['TMPDIR', 'UV_THREADPOOL_SIZE', 'NODE_COMPILE_CACHE'].flatMap((name): [string, string][] => {
    const value = process.env[name];
    return value ? [[name, value]] : [];
  });
  return { PATH, HOME, ...Object.fromEntries(passedOn) };
}

function waitForReady(child: ChildProcess, output: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The instance did not become ready:\n${output()}`)), 60_000);
    const look = () => {
      if (!output().includes('Chancery is ready at')) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout?.on('data', look);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`The instance ended with ${code}:\n${output()}`));
    });
  });
}

function exited(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

export async function startInstance({ environment = {}, port, dataFolder, tree = root }: InstanceOptions = {}): Promise<Instance> {
  const [chosen = 0, operators = 0] = await freePorts(2);
  const publicPort = port ?? chosen;
  const folder = dataFolder ?? (await mkdtemp(join(tmpdir(), 'chancery-instance-')));
  const settings = { PORT: String(publicPort), CHANCERY_OPERATOR_PORT: String(operators), CHANCERY_DATA: folder, ...environment };
  const child = spawn(process.execPath, [join(tree, 'src/main.ts')], {
    cwd: tree,
    env: { ...cleanEnvironment(), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += String(chunk)));
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const output = () => printed;
  try {
    await waitForReady(child, output);
  } catch (fault) {
    kill();
    throw fault;
  }
  const url = new URL(`http://localhost:${publicPort}`);
  for (const origin of [url.origin, `http://127.0.0.1:${publicPort}`]) watchAnswers(origin, 'public');
  watchAnswers(`http://127.0.0.1:${operators}`, 'operators');
  return {
    process: child,
    url,
    operators: new URL(`http://127.0.0.1:${operators}`),
    dataFolder: folder,
    output,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const code = await exited(child);
      process.off('exit', kill);
      if (!dataFolder) await rm(folder, { recursive: true, force: true });
      return code;
    },
  };
}

/** For tests that bring a wallet of their own: the other two services alone. */
export const withoutWallet: Readonly<Record<string, string>> = { CHANCERY_ROLES: 'authorization,issuer' };
