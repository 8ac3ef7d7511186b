import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { base64url, randomBytes, readBase64url, utf8 } from '../../lib/bytes.ts';
import { StartFault } from '../../lib/start-fault.ts';
import { createExclusively } from './exclusive-file.ts';

/** The demo's key-encryption key: random, in a file only its owner can read. In production it comes from outside (design D20). */
export async function demoKeyEncryptionKey(folder: string): Promise<Uint8Array> {
  const file = join(folder, 'key-encryption-key');
  const readKey = () =>
    readFile(file, 'utf8').catch((fault: NodeJS.ErrnoException) => (fault.code === 'ENOENT' ? undefined : Promise.reject(fault)));
  let text = await readKey();
  if (text === undefined) {
    await createExclusively(file, utf8(`${base64url(randomBytes(32))}\n`));
    text = await readKey();
  }
  const key = readBase64url((text ?? '').trim());
  if (key?.byteLength !== 32) throw new StartFault(`The file ${file} holds no key. Restore it, or remove the data folder to begin anew.`);
  return key;
}
