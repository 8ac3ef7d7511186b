import type { JsonObject } from '../lib/json.ts';

export interface RefusalOptions {
  /** For the log only: never sent, never with personal data. */
  readonly cause?: unknown;
  /** Response headers the specification asks for, such as `WWW-Authenticate` or `DPoP-Nonce`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the error object. */
  readonly members?: JsonObject;
}

/**
 * The one error of the product (design D15): thrown with the specification's own code, rendered in one place.
 * `description` speaks to the client and holds only the characters of RFC 6749 §5.2.
 */
export class Refusal extends Error {
  readonly status: number;
  readonly error: string;
  readonly description: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly members: JsonObject;

  constructor(status: number, error: string, description: string, options: RefusalOptions = {}) {
    super(`${error}: ${description}`, { cause: options.cause });
    this.name = 'Refusal';
    this.status = status;
    this.error = error;
    this.description = description.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?');
    this.headers = options.headers ?? {};
    this.members = options.members ?? {};
  }

  /** The JSON body of RFC 6749 §5.2. */
  get body(): JsonObject {
    return { error: this.error, error_description: this.description, ...this.members };
  }
}
