import { readFile } from 'node:fs/promises';
import { sha256 } from '../../lib/bytes.ts';
import type { JsonObject } from '../../lib/json.ts';

interface Pin {
  readonly file: string;
  readonly sha256: string;
}

export const contextUrls = {
  credentials2: 'https://www.w3.org/ns/credentials/v2',
  credentials1: 'https://www.w3.org/2018/credentials/v1',
  dataIntegrity: 'https://w3id.org/security/data-integrity/v2',
  ed25519Signature2020: 'https://w3id.org/security/suites/ed25519-2020/v1',
  status: 'https://www.w3.org/ns/credentials/status/v1',
} as const;

/** The contexts there are, by address: from disk, by hash, never from the network (quality Q35). Sources and licences: contexts/README.md. */
const pins: ReadonlyMap<string, Pin> = new Map([
  [contextUrls.credentials2, { file: 'credentials-v2.json', sha256: '59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734' }],
  [contextUrls.credentials1, { file: 'credentials-v1.json', sha256: 'ab4ddd9a531758807a79a5b450510d61ae8d147eab966cc9a200c07095b0cdcc' }],
  [
    contextUrls.dataIntegrity,
    { file: 'data-integrity-v2.json', sha256: '67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4' },
  ],
  [
    contextUrls.ed25519Signature2020,
    { file: 'ed25519-2020-v1.json', sha256: 'b9e1ab971fd8bf2c7553e0c4a9438e0b9450afde1ea1ca5b2492368b9f549588' },
  ],
  [contextUrls.status, { file: 'status-v1.json', sha256: 'fda5add353231e6a6884a46b12e6c75464281900cb348284d9c360f62381d9f7' }],
]);

export const pinnedUrls: readonly string[] = [...pins.keys()];

const read = new Map<string, Promise<JsonObject>>();

async function readPinned({ file, sha256: expected }: Pin): Promise<JsonObject> {
  const bytes = await readFile(new URL(`contexts/${file}`, import.meta.url));
  const found = Buffer.from(sha256(bytes)).toString('hex');
  if (found !== expected) throw new Error(`The context ${file} is not the one that was pinned: its SHA-256 is ${found}.`);
  return JSON.parse(bytes.toString('utf8')) as JsonObject;
}

/** The pinned document of an address; `undefined` for every other. */
export function findContext(url: string): Promise<JsonObject> | undefined {
  const pin = pins.get(url);
  if (!pin) return undefined;
  const known = read.get(url) ?? readPinned(pin);
  read.set(url, known);
  return known;
}
