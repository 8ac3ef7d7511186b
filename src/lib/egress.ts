export interface EgressRequest {
  readonly method?: 'GET' | 'POST';
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
