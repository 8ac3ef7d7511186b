import { lookup } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

export interface EgressRequest {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Default 5 seconds, whole exchange. */
  readonly timeoutSeconds?: number;
  /** Default 1 MiB. */
  readonly maximumBytes?: number;
}

export interface EgressResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/**
 * The one way out of the process (design D19, quality Q17). Origins of the operator's own configuration are trusted;
 * every other address is guarded: https, public ranges only, the resolved address pinned, at most three redirects each checked again.
 */
export interface Egress {
  fetch(url: URL, request?: EgressRequest): Promise<EgressResponse>;
}

/** The address may not be asked, or did not answer as it must; `reason` is for the log. */
export class EgressFailure extends Error {
  readonly reason: 'address' | 'scheme' | 'timeout' | 'size' | 'redirects' | 'network';
  constructor(reason: EgressFailure['reason'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'EgressFailure';
    this.reason = reason;
  }
}

/** Finds the addresses of a host name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface EgressOptions {
  /** Scheme, host and port of the operator's own configuration. */
  readonly trustedOrigins: readonly URL[];
  readonly resolve?: Resolve;
}

const maximumRedirects = 3;
const defaultTimeoutSeconds = 5;
const defaultMaximumBytes = 1024 * 1024;

const systemResolve: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/** One hop to send: `addresses` pin a guarded host to what was checked, so that a second look-up cannot lead elsewhere. */
interface Hop {
  readonly url: URL;
  readonly addresses: readonly string[] | undefined;
  readonly request: EgressRequest;
}

async function guard(url: URL, resolve: Resolve): Promise<readonly string[]> {
  if (url.protocol !== 'https:') throw new EgressFailure('scheme', 'Only https addresses may be asked.');
  if (url.port !== '') throw new EgressFailure('address', 'Only the standard port may be asked.');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host)
    ? [host]
    : await resolve(host).catch((cause: unknown) => Promise.reject(new EgressFailure('network', 'The host has no address.', cause)));
  // All of them must be public: a name that also leads inside is a trap.
  if (addresses.length === 0 || !addresses.every(isPublicAddress)) throw new EgressFailure('address', 'The address is not a public one.');
  return addresses;
}

function open({ url, addresses, request }: Hop, signal: AbortSignal): Promise<IncomingMessage> {
  const pinned = addresses === undefined ? {} : { lookup: pinTo(addresses), agent: false as const };
  const options: RequestOptions = {
    method: request.method ?? 'GET',
    headers: { 'user-agent': 'Chancery', ...request.headers },
    signal,
    ...pinned,
  };
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    send(url, options, resolve).on('error', reject).end(request.body);
  });
}

/** The addresses that were checked and no others; all of them, so that a machine without IPv6 finds the other kind. */
function pinTo(addresses: readonly string[]): NonNullable<RequestOptions['lookup']> {
  const checked = addresses.map((address) => ({ address, family: isIP(address) }));
  const [first = { address: '', family: 0 }] = checked;
  return (_host, { all }, callback) => (all ? callback(null, checked) : callback(null, first.address, first.family));
}

async function readBody(incoming: IncomingMessage, maximumBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.byteLength;
    if (length > maximumBytes) {
      incoming.destroy();
      throw new EgressFailure('size', 'The answer is too large.');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function headersOf(incoming: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headersDistinct)) for (const entry of value ?? []) headers.append(name, entry);
  return headers;
}

/** What a redirect may carry on: nothing that was meant for the first address alone. */
function followed(request: EgressRequest): EgressRequest {
  const headers = Object.fromEntries(Object.entries(request.headers ?? {}).filter(([name]) => name.toLowerCase() === 'accept'));
  return { ...request, headers };
}

export function createEgress({ trustedOrigins, resolve = systemResolve }: EgressOptions): Egress {
  // Other schemes share the origin `null`, which must never be a trusted one.
  const trusted = new Set(trustedOrigins.filter(({ protocol }) => /^https?:$/.test(protocol)).map(({ origin }) => origin));

  async function exchange(first: URL, request: EgressRequest, signal: AbortSignal): Promise<EgressResponse> {
    let url = first;
    let sent = request;
    for (let hop = 0; hop <= maximumRedirects; hop += 1) {
      if (url.username || url.password) throw new EgressFailure('address', 'An address with credentials in it is refused.');
      const addresses = trusted.has(url.origin) ? undefined : await guard(url, resolve);
      const incoming = await open({ url, addresses, request: sent }, signal);
      const status = incoming.statusCode ?? 0;
      const { location } = incoming.headers;
      const follows = (sent.method ?? 'GET') === 'GET' && [301, 302, 303, 307, 308].includes(status) && location !== undefined;
      if (!follows)
        return { status, headers: headersOf(incoming), body: await readBody(incoming, request.maximumBytes ?? defaultMaximumBytes) };
      incoming.destroy();
      if (!URL.canParse(location, url)) throw new EgressFailure('address', 'A redirect leads nowhere.');
      const next = new URL(location, url);
      // A neighbour of ours may send us on, but never turn our trust in it into a way to another neighbour.
      if (trusted.has(next.origin) && next.origin !== url.origin)
        throw new EgressFailure('redirects', 'A redirect leads to another neighbour.');
      sent = followed(sent);
      url = next;
    }
    throw new EgressFailure('redirects', 'Too many redirects.');
  }

  return {
    async fetch(url, request = {}) {
      const timeout = AbortSignal.timeout((request.timeoutSeconds ?? defaultTimeoutSeconds) * 1000);
      const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
      const aborted = new Promise<never>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new EgressFailure('timeout', 'The answer took too long.')), { once: true }),
      );
      try {
        return await Promise.race([exchange(url, request, signal), aborted]);
      } catch (fault) {
        if (fault instanceof EgressFailure) throw fault;
        throw new EgressFailure(signal.aborted ? 'timeout' : 'network', `${url.origin} does not answer.`, fault);
      }
    },
  };
}
