import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../lib/bytes.ts';
import { StartFault } from '../lib/start-fault.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const source = join(here, '..');
const builtFolder = join(here, 'built');
/** Everything the browser's files are made of, this file included, since it holds the settings of the build. */
const inputs = ['wallet/browser', 'wallet/words', 'wallet/build.ts', 'formats/browser'];

async function filesOf(path: string): Promise<readonly string[]> {
  const full = join(source, path);
  try {
    const entries = await readdir(full, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [full];
  }
}

/** A name for what the inputs are now: built files are kept under it, so that stale ones are never served. */
async function stampOf(): Promise<string> {
  const files = (await Promise.all(inputs.map(filesOf))).flat().toSorted();
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  const versions = await readFile(join(source, '..', 'package.json'), 'utf8');
  const parts = files.flatMap((file, index) => [relative(source, file).replaceAll('\\', '/'), texts[index] ?? '']);
  return Buffer.from(sha256([...parts, versions].join('\0')))
    .toString('hex')
    .slice(0, 20);
}

async function runVite(outDir: string): Promise<void> {
  const { build } = await import('vite');
  await build({
    root: join(here, 'browser'),
    configFile: false,
    envFile: false,
    logLevel: 'error',
    publicDir: false,
    base: '/wallet/assets/',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir,
      emptyOutDir: false,
      target: 'es2023',
      // No inline script and no eval in what is built, so that the strictest policy holds.
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      rolldownOptions: {
        input: { application: join(here, 'browser/application.tsx'), 'service-worker': join(here, 'browser/service-worker.ts') },
        output: {
          entryFileNames: ({ name }) => (name === 'service-worker' ? 'service-worker.js' : '[name]-[hash].js'),
          chunkFileNames: '[name]-[hash].js',
          assetFileNames: '[name]-[hash][extname]',
        },
      },
    },
  });
}

/** Files of the browser application, read once; `stamp` names their version. */
export interface BuiltFiles {
  readonly stamp: string;
  readonly files: ReadonlyMap<string, Buffer>;
}

async function exists(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.includes('service-worker.js');
}

/** Returns the stamp under which the files are. Safe when several processes start at once. */
async function ensureBuilt(): Promise<string> {
  const stamp = await stampOf();
  const target = join(builtFolder, stamp);
  if (await exists(target)) return stamp;
  const draft = join(builtFolder, `.draft-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(draft, { recursive: true });
    await runVite(draft);
    // Whoever renames first wins; the others made the same files.
    await rename(draft, target).catch(async (fault: unknown) => {
      if (!(await exists(target))) throw fault;
    });
  } catch (cause) {
    throw new StartFault(
      `The wallet's pages could not be prepared in ${builtFolder}. Make that folder writable, or start once as a user who may write it.`,
      cause,
    );
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  for (const old of await readdir(builtFolder)) {
    // Another process may be at its draft; only finished versions of other inputs are removed.
    if (old !== stamp && !old.startsWith('.draft-')) await rm(join(builtFolder, old), { recursive: true, force: true });
  }
  return stamp;
}

/** Makes the browser's files unless they are there and fresh. */
export async function buildBrowser(): Promise<void> {
  await ensureBuilt();
}

/** The browser's files, made when they are missing or stale. */
export async function readBuiltFiles(): Promise<BuiltFiles> {
  const stamp = await ensureBuilt();
  const folder = join(builtFolder, stamp);
  const names = await readdir(folder);
  const entries = await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const));
  return { stamp, files: new Map(entries) };
}
