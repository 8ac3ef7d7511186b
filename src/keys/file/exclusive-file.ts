import { link, open, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomHandle } from '../../lib/bytes.ts';

/** What a folder says about its files survives a power cut only after this; Windows offers no such call and needs none. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes a file that nobody but its owner reads, whole or not at all, and on disk before it returns: a key that signed
 * must not be lost to a power cut. False when the file was there already, whoever made it.
 */
export async function createExclusively(path: string, bytes: Uint8Array): Promise<boolean> {
  const folder = dirname(path);
  const draft = join(folder, `.${randomHandle()}`);
  try {
    await writeFile(draft, bytes, { mode: 0o600, flag: 'wx', flush: true });
    // Of several processes that link to one name exactly one succeeds; a rename would let the last one win.
    await link(draft, path);
    await flushFolder(folder);
    return true;
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault;
    return false;
  } finally {
    await rm(draft, { force: true });
  }
}
