import { chmod, link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes, randomHandle, sha256 } from '../lib/bytes.ts';
import { StartFault } from '../lib/start-fault.ts';
import { operatorRoles } from '../operation.ts';
import type { OperatorProof } from './operator-guard.ts';

/** 32 random bytes as base64url; shorter is no key. */
const leastKeyLength = 43;

const fileIn = (folder: string) => join(folder, 'operator-key');

/** The key in the file, where one stands there. */
export async function findOperatorKey(folder: string): Promise<string | undefined> {
  const file = fileIn(folder);
  const text = await readFile(file, 'utf8').catch((fault: NodeJS.ErrnoException) =>
    fault.code === 'ENOENT' ? undefined : Promise.reject(fault),
  );
  if (text === undefined) return undefined;
  await chmod(file, 0o600);
  const key = text.trim();
  if (key.length < leastKeyLength)
    throw new StartFault(`The file ${file} holds no operator key. Remove it, and start again to get a new one.`);
  return key;
}

/** A key for the scripts of a demonstration: made at first start, kept in a file only its owner can read, shown nowhere else. */
export async function readOperatorKey(folder: string): Promise<string> {
  const file = fileIn(folder);
  const draft = `${file}-${randomHandle()}`;
  try {
    await writeFile(draft, `${randomHandle()}\n`, { flag: 'wx', mode: 0o600 });
    // Whole or not at all: half a key, or none, must never stand there under this name.
    await link(draft, file);
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault;
  } finally {
    await rm(draft, { force: true });
  }
  return (await findOperatorKey(folder)) ?? readOperatorKey(folder);
}

/** Whoever reads the file may do everything: it is for scripts on the machine itself. */
export function proofByFile(key: string): OperatorProof {
  const keyHash = sha256(key);
  return async (token) =>
    equalBytes(keyHash, sha256(token)) ? { id: 'operator-key', name: 'the key in the data folder', roles: operatorRoles } : undefined;
}
