import { createCipheriv, createDecipheriv } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes, utf8 } from '../../lib/bytes.ts';
import { StartFault } from '../../lib/start-fault.ts';
import { createExclusively } from './exclusive-file.ts';

/** Texts of one folder, each encrypted under the key-encryption key and bound to its own name. */
export interface SealedFiles {
  read(name: string): Promise<string | undefined>;
  /** Writes a text that is not there yet; what counts is what stands there afterwards, whoever wrote it. */
  create(name: string, text: string): Promise<string>;
  /**
   * Replaces a text by what `change` makes of it; nodes that change at once change one after the other, each what the
   * one before left. `undefined` leaves it as it is.
   */
  update(name: string, change: (text: string) => Promise<string | undefined>): Promise<void>;
}

const algorithm = 'aes-256-gcm';
const ivLength = 12;
const tagLength = 16;

function seal(key: Uint8Array, label: string, text: string): Uint8Array {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv(algorithm, key, iv).setAAD(utf8(label));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

function unseal(key: Uint8Array, label: string, bytes: Uint8Array): string {
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, ivLength)).setAAD(utf8(label));
  decipher.setAuthTag(bytes.subarray(ivLength, ivLength + tagLength));
  return Buffer.concat([decipher.update(bytes.subarray(ivLength + tagLength)), decipher.final()]).toString('utf8');
}

/**
 * The file of one generation of a text. Each change makes the next generation with an exclusive create, which is what
 * lets one of several nodes win; the highest counts, lower ones are removed.
 */
const labelOf = (name: string, generation: number) => (generation === 0 ? name : `${name}~${generation}`);

function stemOf(name: string): string {
  if (!/^[a-z][a-z0-9-]*(?::[a-z0-9-]+)*$/.test(name)) throw new Error(`${name} cannot name a key file.`);
  return name.replaceAll(':', '.');
}

class SealedFolder implements SealedFiles {
  readonly #folder: string;
  readonly #key: Uint8Array;

  constructor(folder: string, key: Uint8Array) {
    this.#folder = folder;
    this.#key = key;
  }

  async read(name: string): Promise<string | undefined> {
    return (await this.#find(name))?.text;
  }

  async create(name: string, text: string): Promise<string> {
    await this.#place(name, 0, text);
    return (await this.#find(name))?.text ?? text;
  }

  async update(name: string, change: (text: string) => Promise<string | undefined>): Promise<void> {
    for (;;) {
      const found = await this.#find(name);
      const text = found && (await change(found.text));
      if (!found || text === undefined) return;
      const generation = found.generation + 1;
      if (!(await this.#place(name, generation, text))) continue;
      const generations = await this.#generations(name);
      // Whoever slept so long that the others are further on has filled a gap below them, which counts for nothing.
      const won = Math.max(...generations) === generation;
      await this.#remove(name, won ? generations.filter((other) => other < generation) : [generation]);
      if (won) return;
    }
  }

  #path(name: string, generation: number): string {
    return join(this.#folder, `${labelOf(stemOf(name), generation)}.sealed`);
  }

  #place(name: string, generation: number, text: string): Promise<boolean> {
    return createExclusively(this.#path(name, generation), seal(this.#key, labelOf(name, generation), text));
  }

  async #remove(name: string, generations: readonly number[]): Promise<void> {
    for (const generation of generations) await rm(this.#path(name, generation), { force: true });
  }

  async #generations(name: string): Promise<readonly number[]> {
    const stem = stemOf(name);
    return (await readdir(this.#folder)).flatMap((file) => {
      if (file === `${stem}.sealed`) return [0];
      const [, generation] = file.startsWith(`${stem}~`) ? (/~(\d{1,9})\.sealed$/.exec(file) ?? []) : [];
      return generation === undefined ? [] : [Number(generation)];
    });
  }

  async #find(name: string): Promise<{ readonly text: string; readonly generation: number } | undefined> {
    for (;;) {
      const generations = await this.#generations(name);
      if (generations.length === 0) return undefined;
      const generation = Math.max(...generations);
      const bytes = await readFile(this.#path(name, generation)).catch((fault: NodeJS.ErrnoException) => {
        if (fault.code === 'ENOENT') return undefined;
        throw fault;
      });
      // Gone between looking and reading: there is a newer one.
      if (bytes) return { text: this.#open(name, generation, bytes), generation };
    }
  }

  #open(name: string, generation: number, bytes: Uint8Array): string {
    try {
      return unseal(this.#key, labelOf(name, generation), bytes);
    } catch (cause) {
      throw new StartFault(
        `The key file ${name} in ${this.#folder} does not open. Start with the key-encryption key it was made under, in CHANCERY_KEY_ENCRYPTION_KEY.`,
        cause,
      );
    }
  }
}

/** Opens the folder (0700, files 0600), safe for several nodes on one folder. */
export async function openSealedFiles(folder: string, key: Uint8Array): Promise<SealedFiles> {
  if (key.byteLength !== 32)
    throw new StartFault('The key-encryption key must be 32 bytes (base64url). Correct CHANCERY_KEY_ENCRYPTION_KEY.');
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  return new SealedFolder(folder, key);
}
