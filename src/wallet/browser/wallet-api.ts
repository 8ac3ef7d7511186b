import type { Office } from './document.ts';

/** The server's refusal, or no answer at all; `code` chooses the words. */
export class ApiFault extends Error {
  readonly code: string;
  readonly reference: string | undefined;
  constructor(code: string, reference?: string) {
    super(code);
    this.name = 'ApiFault';
    this.code = code;
    this.reference = reference;
  }
}

/** What the wallet's server knows of an issuance of this browser. */
export interface IssuanceDetails {
  readonly id: string;
  readonly csrf: string;
  readonly clientId: string;
  readonly allowedAt: string;
  readonly configurationId: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly category: string | null;
  readonly issuer: Office;
}

const base = '/wallet/api/issuances';

async function call(path: string, request: RequestInit = {}): Promise<Record<string, unknown>> {
  const response = await fetch(`${base}/${path}`, { ...request, credentials: 'same-origin', cache: 'no-store' }).catch(() => undefined);
  if (!response) throw new ApiFault('offline');
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (response.ok) return body;
  const { error, reference } = body;
  throw new ApiFault(typeof error === 'string' ? error : 'unavailable', typeof reference === 'string' ? reference : undefined);
}

function post({ id, csrf }: IssuanceDetails, action: string, body: unknown = {}): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json', 'x-csrf-token': csrf };
  return call(`${encodeURIComponent(id)}/${action}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

export async function readIssuance(id: string): Promise<IssuanceDetails> {
  return (await call(encodeURIComponent(id))) as unknown as IssuanceDetails;
}

export async function fetchNonce(details: IssuanceDetails): Promise<string | undefined> {
  const { nonce } = await post(details, 'nonce');
  return typeof nonce === 'string' ? nonce : undefined;
}

export async function fetchCredential(details: IssuanceDetails, proof: string): Promise<unknown> {
  return (await post(details, 'credential', { proof })).credential;
}

/** The permission is not needed any more; nothing depends on the answer. */
export async function endIssuance(details: IssuanceDetails): Promise<void> {
  await post(details, 'end').catch(() => undefined);
}
