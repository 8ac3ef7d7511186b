import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, lstat, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { StartFault } from '../../lib/start-fault.ts';
import { findBinaries, linkLibraries } from './binaries.ts';

const skip = process.platform === 'linux' ? false : 'library names of Linux';

async function packageLike(t: TestContext): Promise<{ packageFolder: string; own: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-binaries-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'package', 'native', 'lib'), { recursive: true });
  await writeFile(join(folder, 'package', 'native', 'lib', 'libx.so.1.2'), 'library');
  const links = [{ source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' }];
  await writeFile(join(folder, 'package', 'native', 'pg-symlinks.json'), JSON.stringify(links));
  return { packageFolder: join(folder, 'package'), own: join(folder, 'own') };
}

test('a machine without a built-in database is told what to do', () => {
  assert.throws(
    () => findBinaries('plan9-mips'),
    (fault: Error) => fault instanceof StartFault && /Set DATABASE_URL/.test(fault.message),
  );
});

test('library links are made beside the libraries, and a second time changes nothing', async (t) => {
  const { packageFolder, own } = await packageLike(t);
  const binaries = { packageFolder, folder: join(packageFolder, 'native', 'bin') };
  assert.deepEqual(await linkLibraries(binaries, own), {});
  assert.deepEqual(await linkLibraries(binaries, own), {});
  assert.equal(await readFile(join(packageFolder, 'native', 'lib', 'libx.so.1'), 'utf8'), 'library');
  await assert.rejects(stat(own), { code: 'ENOENT' });
});

test('where the package cannot be written, the links stand in a folder of ours and the programs run', { skip }, async (t) => {
  const { packageFolder, own } = await packageLike(t);
  const real = findBinaries().packageFolder;
  const isPlain = async (path: string) => !(await lstat(path)).isSymbolicLink();
  for (const part of ['bin', 'lib', 'pg-symlinks.json'])
    await cp(join(real, 'native', part), join(packageFolder, 'native', part), { recursive: true, filter: isPlain });
  const binaries = { packageFolder, folder: join(packageFolder, 'native', 'bin') };
  const version = (env: Readonly<Record<string, string>>) => promisify(execFile)(join(binaries.folder, 'postgres'), ['--version'], { env });
  await assert.rejects(version({}), /shared librar/, 'without its links the program does not run');
  // A file where a folder should be refuses a link for root too.
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  const links = JSON.parse(await readFile(list, 'utf8')) as object[];
  await writeFile(join(packageFolder, 'native', 'closed'), '');
  await writeFile(list, JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target: 'native/closed/libpq.so.0' }, ...links]));
  const environment = await linkLibraries(binaries, own);
  assert.match((await version(environment)).stdout, /PostgreSQL/);
});
