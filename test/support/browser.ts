import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';

/** Where a Chromium is, or why there is none. */
export type FoundBrowser = { readonly executablePath: string; readonly libraryPath?: string } | { readonly missing: string };

const require = createRequire(import.meta.url);

async function unpack(source: string, folder: string): Promise<void> {
  const binary = join(folder, 'chromium');
  await pipeline(createReadStream(join(source, 'chromium.br')), createBrotliDecompress(), createWriteStream(binary));
  await chmod(binary, 0o755);
  for (const archive of ['al2023.tar', 'swiftshader.tar']) {
    const file = join(folder, archive);
    await pipeline(createReadStream(join(source, `${archive}.br`)), createBrotliDecompress(), createWriteStream(file));
    if (spawnSync('tar', ['-xf', file, '-C', folder]).status !== 0) throw new Error(`${archive} cannot be unpacked: is tar installed?`);
    await rm(file);
  }
}

/** The Chromium that comes inside an npm package, unpacked once into a cache: into a draft folder first, so that a race or a kill leaves nothing half done. */
async function unpackedChromium(): Promise<FoundBrowser> {
  const packageFolder = dirname(require.resolve('@sparticuz/chromium')).replace(/build.*$/, '');
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const cache = join(process.env.XDG_CACHE_HOME ?? (existsSync(homedir()) ? join(homedir(), '.cache') : tmpdir()), 'chancery', 'browsers');
  const folder = join(cache, `chromium-${version}`);
  if (!existsSync(join(folder, 'chromium'))) {
    await mkdir(cache, { recursive: true });
    const draft = await mkdtemp(join(cache, 'draft-'));
    await unpack(join(packageFolder, 'bin'), draft);
    await rename(draft, folder).catch(() => rm(draft, { recursive: true, force: true }));
  }
  await access(join(folder, 'chromium'));
  return { executablePath: join(folder, 'chromium'), libraryPath: [join(folder, 'al2023', 'lib'), join(folder, 'lib')].join(':') };
}

/** `CHROME_PATH` first, then the packaged Chromium on Linux x64 (setup: none is fetched from elsewhere). */
export async function findBrowser(): Promise<FoundBrowser> {
  const named = process.env.CHROME_PATH;
  if (named) return { executablePath: named };
  if (process.platform === 'linux' && process.arch === 'x64') return unpackedChromium();
  const missing = 'browser tests skipped: no Chromium (set CHROME_PATH)';
  if (process.env.CI) throw new Error(missing);
  return { missing };
}

/** A browser of several processes, as people have one; the packaged arguments would switch its guards off. */
export async function launchBrowser(): Promise<Browser | { readonly missing: string }> {
  const found = await findBrowser();
  if ('missing' in found) {
    console.warn(found.missing);
    return found;
  }
  const { executablePath, libraryPath } = found;
  const environment = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  return chromium.launch({
    executablePath,
    chromiumSandbox: false,
    env: { ...environment, ...(libraryPath ? { LD_LIBRARY_PATH: libraryPath } : {}) },
  });
}
