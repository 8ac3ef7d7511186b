import { createCipheriv, createDecipheriv } from 'node:crypto';
import { chmod, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes, randomHandle, utf8 } from '../../lib/bytes.ts';
import { StartFault } from '../../lib/start-fault.ts';

/** Files of one folder, each encrypted under the key-encryption key and bound to its own name. */
export interface SealedFiles {
  read(name: string): Promise<string | undefined>;
  /** Writes a file that is not there yet; what counts is what stands there afterwards, whoever wrote it. */
  create(name: string, text: string): Promise<string>;
  /** Replaces a file in one step. */
  replace(name: string, text: string): Promise<void>;
}

const algorithm = 'aes-256-gcm';
const ivLength = 12;
const tagLength = 16;

function seal(key: Uint8Array, name: string, text: string): Uint8Array {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv(algorithm, key, iv).setAAD(utf8(name));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

function unseal(key: Uint8Array, name: string, bytes: Uint8Array): string {
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, ivLength)).setAAD(utf8(name));
  decipher.setAuthTag(bytes.subarray(ivLength, ivLength + tagLength));
  return Buffer.concat([decipher.update(bytes.subarray(ivLength + tagLength)), decipher.final()]).toString('utf8');
}

const codeOf = (fault: unknown) => (fault as NodeJS.ErrnoException).code;

/** Opens the folder (0700, files 0600), safe for several nodes on one folder: a file appears whole or not at all. */
export async function openSealedFiles(folder: string, key: Uint8Array): Promise<SealedFiles> {
  if (key.byteLength !== 32)
    throw new StartFault('The key-encryption key must be 32 bytes (base64url). Correct CHANCERY_KEY_ENCRYPTION_KEY.');
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  const pathOf = (name: string) => join(folder, `${name.replaceAll(':', '.')}.sealed`);

  async function write(name: string, text: string): Promise<string> {
    const draft = join(folder, `.${randomHandle()}`);
    await writeFile(draft, seal(key, name, text), { mode: 0o600, flag: 'wx' });
    return draft;
  }

  async function read(name: string): Promise<string | undefined> {
    const bytes = await readFile(pathOf(name)).catch((fault: unknown) => {
      if (codeOf(fault) === 'ENOENT') return undefined;
      throw fault;
    });
    if (!bytes) return undefined;
    try {
      return unseal(key, name, bytes);
    } catch (cause) {
      throw new StartFault(
        `The key file ${name} in ${folder} does not open. Start with the key-encryption key it was made under, in CHANCERY_KEY_ENCRYPTION_KEY.`,
        cause,
      );
    }
  }

  return {
    read,
    async create(name, text) {
      const draft = await write(name, text);
      await link(draft, pathOf(name)).catch((fault: unknown) => {
        if (codeOf(fault) !== 'EEXIST') throw fault;
      });
      await rm(draft, { force: true });
      return (await read(name)) as string;
    },
    async replace(name, text) {
      await rename(await write(name, text), pathOf(name));
    },
  };
}
