import type { KeyStore, Signer } from '../keys/keys.ts';
import { randomHandle } from '../lib/bytes.ts';
import { type Clock, numericDate } from '../lib/clock.ts';
import type { Egress, EgressResponse } from '../lib/egress.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { parseStrictJson } from '../lib/strict-json.ts';
import { createDpopProof } from '../oauth/dpop.ts';
import { signJws } from '../oauth/jws.ts';
import type { AuthorizationServer } from './issuer-directory.ts';
import { walletFault } from './wallet-fault.ts';

export interface OAuthClientOptions {
  readonly egress: Egress;
  readonly keys: KeyStore;
  readonly clock: Clock;
}

export interface FormPost {
  readonly url: URL;
  readonly server: AuthorizationServer;
  readonly clientId: string;
  readonly dpop: Signer;
  readonly form: Readonly<Record<string, string>>;
}

export interface ResourcePost {
  readonly url: URL;
  readonly dpop: Signer;
  readonly accessToken: string;
  readonly body: JsonObject;
}

export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

/** Our side of OAuth: requests of a confidential client with DPoP. */
export interface OAuthClient {
  /** To PAR or the token endpoint, with a fresh client assertion (RFC 7523) and a DPoP proof. */
  postForm(post: FormPost): Promise<Answer>;
  /** To a protected resource with a DPoP-bound token (RFC 9449 §7). */
  postJson(post: ResourcePost): Promise<Answer>;
  /** To an endpoint that asks for nothing, such as the nonce endpoint. */
  postEmpty(url: URL): Promise<Answer>;
}

const assertionSeconds = 60;

function readAnswer({ status, body }: EgressResponse): Answer {
  try {
    const parsed = parseStrictJson(Buffer.from(body).toString('utf8'));
    if (isJsonObject(parsed)) return { status, body: parsed };
  } catch {
    // Only the status is of use then.
  }
  return { status, body: {} };
}

/** RFC 9449 §8 and §9: the server wants its nonce in the proof, once. */
function wantedNonce({ status, headers, body }: EgressResponse): string | undefined {
  if (status !== 400 && status !== 401) return undefined;
  const told = `${headers.get('www-authenticate') ?? ''} ${status === 400 ? Buffer.from(body).toString('utf8') : ''}`;
  return told.includes('use_dpop_nonce') ? (headers.get('dpop-nonce') ?? undefined) : undefined;
}

export function createOAuthClient({ egress, keys, clock }: OAuthClientOptions): OAuthClient {
  // RFC 7523 §3 and FAPI 2.0 §5.3.3.1: the audience is the issuer identifier alone, never an endpoint.
  async function assertion(clientId: string, audience: string): Promise<string> {
    const signer = await keys.signer('wallet-client');
    const now = numericDate(clock.now());
    const claims = { iss: clientId, sub: clientId, aud: audience, jti: randomHandle(), iat: now, nbf: now, exp: now + assertionSeconds };
    return signJws(signer, { kid: signer.keyId }, claims);
  }

  async function send(url: URL, dpop: Signer, make: (proof: string) => Promise<EgressResponse>, accessToken?: string): Promise<Answer> {
    const proof = (nonce?: string) => createDpopProof(dpop, { method: 'POST', url, clock, nonce, accessToken });
    const first = await make(await proof());
    const nonce = wantedNonce(first);
    return readAnswer(nonce === undefined ? first : await make(await proof(nonce)));
  }

  const fetch: Egress['fetch'] = (url, request) =>
    egress.fetch(url, request).catch((cause: unknown) => Promise.reject(walletFault('unavailable', cause)));

  return {
    postForm({ url, server, clientId, dpop, form }) {
      return send(url, dpop, async (proof) => {
        const body = new URLSearchParams({
          ...form,
          client_id: clientId,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await assertion(clientId, server.issuer),
        });
        const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', dpop: proof };
        return fetch(url, { method: 'POST', headers, body: body.toString() });
      });
    },
    postJson({ url, dpop, accessToken, body }) {
      const headers = { 'content-type': 'application/json', accept: 'application/json', authorization: `DPoP ${accessToken}` };
      const request = { method: 'POST' as const, body: JSON.stringify(body), timeoutSeconds: 20 };
      return send(url, dpop, (proof) => fetch(url, { ...request, headers: { ...headers, dpop: proof } }), accessToken);
    },
    async postEmpty(url) {
      return readAnswer(await fetch(url, { method: 'POST', headers: { accept: 'application/json' } }));
    },
  };
}
