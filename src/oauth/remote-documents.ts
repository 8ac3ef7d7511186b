import type { Clock } from '../lib/clock.ts';
import { type Egress, EgressFailure } from '../lib/egress.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { JsonFault, parseStrictJson } from '../lib/strict-json.ts';

interface Kept {
  readonly document: JsonObject;
  readonly freshUntil: number;
  readonly usableUntil: number;
}

export interface RemoteDocumentsOptions {
  readonly egress: Egress;
  readonly clock: Clock;
  /** How long a document counts as fresh when its server says nothing; default 60 s. */
  readonly freshSeconds?: number;
  /** How long an old one still serves while its server is silent; default one hour. */
  readonly usableSeconds?: number;
}

export interface RemoteDocuments {
  /** The JSON object at an address; `fresh` passes the cache. Throws `EgressFailure` when there is none and none is kept. */
  read(url: URL, options?: { readonly fresh?: boolean }): Promise<JsonObject>;
}

const maximumKept = 256;
const silentMilliseconds = 15_000;
const maximumFreshSeconds = 3600;
/** A server that forbids keeping would be asked once per request of ours. */
const minimumFreshSeconds = 1;

function freshness(headers: Headers, fallback: number): number {
  const told = /(?:^|,)\s*max-age=(\d{1,9})/i.exec(headers.get('cache-control') ?? '')?.[1];
  return told === undefined ? fallback : Math.max(minimumFreshSeconds, Math.min(Number(told), maximumFreshSeconds));
}

function readObject(text: string): JsonObject | undefined {
  try {
    const value = parseStrictJson(text);
    return isJsonObject(value) ? value : undefined;
  } catch (fault) {
    if (fault instanceof JsonFault) return undefined;
    throw fault;
  }
}

/** Documents of our neighbours (metadata, key sets): one question in flight per address, bounded, old answers while a server is down. */
export function createRemoteDocuments({ egress, clock, freshSeconds = 60, usableSeconds = 3600 }: RemoteDocumentsOptions): RemoteDocuments {
  const kept = new Map<string, Kept>();
  const asked = new Map<string, Promise<JsonObject>>();

  async function ask(url: URL): Promise<JsonObject> {
    const { status, headers, body } = await egress.fetch(url, { headers: { accept: 'application/json' } });
    const now = clock.now().getTime();
    if (status !== 200) throw new EgressFailure('network', `${url.origin} answered ${status}`);
    const document = readObject(Buffer.from(body).toString('utf8'));
    if (!document) throw new EgressFailure('network', `${url.origin} did not answer with a JSON object`);
    if (!kept.has(url.href) && kept.size >= maximumKept) kept.delete(kept.keys().next().value as string);
    const freshUntil = now + freshness(headers, freshSeconds) * 1000;
    kept.set(url.href, { document, freshUntil, usableUntil: Math.max(freshUntil, now + usableSeconds * 1000) });
    return document;
  }

  function askOnce(url: URL): Promise<JsonObject> {
    const known = asked.get(url.href);
    if (known) return known;
    const question = ask(url).finally(() => asked.delete(url.href));
    asked.set(url.href, question);
    return question;
  }

  return {
    async read(url, { fresh = false } = {}) {
      const now = clock.now().getTime();
      const old = kept.get(url.href);
      if (old && !fresh && old.freshUntil > now) return old.document;
      try {
        return await askOnce(url);
      } catch (fault) {
        if (!old || old.usableUntil <= now) throw fault;
        // Not asked again at once: whoever waits for a silent server would make everybody wait.
        kept.set(url.href, { ...old, freshUntil: clock.now().getTime() + silentMilliseconds });
        return old.document;
      }
    },
  };
}
