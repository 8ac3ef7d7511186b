/** One HTTP exchange as it went over the wire. */
export interface Exchange {
  readonly step: string;
  readonly method: string;
  readonly url: URL;
  readonly requestHeaders: Headers;
  readonly requestBody: string | undefined;
  readonly status: number;
  readonly responseHeaders: Headers;
  readonly responseBody: string;
}

export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

/** Sends requests as a browser or a wallet does: keeps cookies per origin, follows no redirect, tells the listener everything. */
export class Messenger {
  readonly #cookies = new Map<string, Map<string, string>>();
  readonly #listener: (exchange: Exchange) => void;
  readonly #route: (url: URL) => URL;

  /** `route` sends a request to another node than its address names, as a load balancer does. */
  constructor(listener: (exchange: Exchange) => void = () => {}, route: (url: URL) => URL = (url) => url) {
    this.#listener = listener;
    this.#route = route;
  }

  async send(step: string, url: URL, call: Call = {}): Promise<Exchange> {
    const requestBody = call.form
      ? new URLSearchParams(call.form).toString()
      : call.json === undefined
        ? undefined
        : JSON.stringify(call.json);
    const requestHeaders = new Headers(call.headers);
    if (call.form) requestHeaders.set('content-type', 'application/x-www-form-urlencoded');
    if (call.json !== undefined) requestHeaders.set('content-type', 'application/json');
    const cookie = [...(this.#cookies.get(url.origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
    if (cookie) requestHeaders.set('cookie', cookie);
    const method = call.method ?? (requestBody === undefined ? 'GET' : 'POST');
    const response = await fetch(this.#route(url), {
      method,
      headers: requestHeaders,
      redirect: 'manual',
      ...(requestBody === undefined ? {} : { body: requestBody }),
    });
    this.#keepCookies(url.origin, response.headers.getSetCookie());
    const responseBody = await response.text();
    const exchange: Exchange = {
      step,
      method,
      url,
      requestHeaders,
      requestBody,
      status: response.status,
      responseHeaders: response.headers,
      responseBody,
    };
    this.#listener(exchange);
    return exchange;
  }

  #keepCookies(origin: string, lines: readonly string[]): void {
    const jar = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, jar);
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';');
      const [name = '', ...value] = pair.split('=');
      const expired = attributes.some((attribute) => /^\s*(max-age=0|expires=thu, 01 jan 1970)/i.test(attribute));
      if (expired || value.join('=') === '') jar.delete(name.trim());
      else jar.set(name.trim(), value.join('='));
    }
  }
}

/** The JSON object of an answer with the expected status; otherwise an error that quotes what came. */
export function jsonOf(exchange: Exchange, ...expected: readonly number[]): Record<string, unknown> {
  if (!expected.includes(exchange.status))
    throw new Error(`${exchange.step}: expected ${expected.join(' or ')}, got ${exchange.status} ${exchange.responseBody.slice(0, 400)}`);
  return JSON.parse(exchange.responseBody) as Record<string, unknown>;
}
