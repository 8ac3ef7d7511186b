import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { StartFault } from '../../lib/start-fault.ts';
import { findBinaries, linkLibraries } from './binaries.ts';

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

test('where the package cannot be written, the links stand in a folder of ours', async (t) => {
  const { packageFolder, own } = await packageLike(t);
  const links = [
    { source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' },
    { source: 'native/lib/libx.so.1.2', target: 'native/closed/libx.so' },
  ];
  await writeFile(join(packageFolder, 'native', 'pg-symlinks.json'), JSON.stringify(links));
  // A file where the folder should be refuses the link for root too.
  await writeFile(join(packageFolder, 'native', 'closed'), '');
  const environment = await linkLibraries({ packageFolder, folder: join(packageFolder, 'native', 'bin') }, own);
  assert.deepEqual(Object.values(environment), [own]);
  for (const name of ['libx.so.1', 'libx.so']) assert.equal(await readFile(join(own, name), 'utf8'), 'library');
});
