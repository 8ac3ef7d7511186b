import { createEgress, EgressFailure } from '../lib/egress.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';

/** What stops a command, in a sentence for whoever typed it. */
export class CommandFault extends Error {
  /** 1: it was refused or could not be done; 2: it was not understood. */
  readonly exitCode: 1 | 2;
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = 'CommandFault';
    this.exitCode = exitCode;
  }
}

export interface Asking {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly body?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface OperatorAnswer {
  readonly status: number;
  readonly body: JsonObject;
  readonly etag: string | undefined;
}

/** The operators' listener as the command line asks it. Throws `CommandFault` when it refuses or does not answer. */
export interface OperatorClient {
  ask(path: string, asking?: Asking): Promise<OperatorAnswer>;
  /** As `ask`, but 404 is an answer. */
  find(path: string): Promise<OperatorAnswer | undefined>;
}

export interface OperatorClientOptions {
  readonly url: URL;
  /** `undefined` for the one request that needs none. */
  readonly key: string | undefined;
}

const timeoutSeconds = 30;

export function createOperatorClient({ url, key }: OperatorClientOptions): OperatorClient {
  const egress = createEgress({ trustedOrigins: [url] });

  async function send(path: string, { method, body, headers = {} }: Asking): Promise<OperatorAnswer> {
    const sent = {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...headers,
    };
    const order = { method: method ?? (body ? ('POST' as const) : ('GET' as const)), headers: sent, timeoutSeconds };
    try {
      const answer = await egress.fetch(new URL(path, url), body ? { ...order, body: JSON.stringify(body) } : order);
      const text = Buffer.from(answer.body).toString('utf8');
      const read = text === '' ? {} : (JSON.parse(text) as unknown);
      if (!isJsonObject(read as JsonObject)) throw new CommandFault(`${url.origin} did not answer as the operators' listener does.`);
      return { status: answer.status, body: read as JsonObject, etag: answer.headers.get('etag') ?? undefined };
    } catch (fault) {
      if (fault instanceof EgressFailure)
        throw new CommandFault(
          `The operators' listener at ${url.origin} does not answer. Start the product, or set CHANCERY_OPERATOR_URL.`,
        );
      if (fault instanceof SyntaxError) throw new CommandFault(`${url.origin} did not answer as the operators' listener does.`);
      throw fault;
    }
  }

  function judge(answer: OperatorAnswer): OperatorAnswer {
    const { status, body } = answer;
    if (status < 400) return answer;
    const said = typeof body.error_description === 'string' ? body.error_description : String(body.error ?? 'no reason given');
    if (status === 401) throw new CommandFault(`The operator key is not taken here. Set CHANCERY_OPERATOR_KEY to one that is in force.`);
    const faults = Array.isArray(body.faults) ? body.faults.filter((fault) => isJsonObject(fault)) : [];
    throw new CommandFault([`Refused (${status}): ${said}`, ...faults.map(({ pointer, reason }) => `  ${pointer}: ${reason}`)].join('\n'));
  }

  return {
    ask: async (path, asking = {}) => judge(await send(path, asking)),
    async find(path) {
      const answer = await send(path, {});
      return answer.status === 404 ? undefined : judge(answer);
    },
  };
}
