import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors, type InteractionResults } from 'oidc-provider';
import type { JsonObject } from '../../lib/json.ts';
import { Refusal } from '../../oauth/refusal.ts';
import { readDetail, readDetails } from '../credential-details.ts';
import type { CredentialIssuers, OfferedType } from '../credential-issuers.ts';
import type { Next } from '../interaction.ts';
import type { Engine } from './provider.ts';

/** A sign-in the engine waits for. */
export interface EngineInteraction {
  readonly uid: string;
  readonly clientId: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly expiresAtSeconds: number | undefined;
}

/** The sign-in this browser began; the engine's signed cookie must name the same one as the address (features C53). */
export async function readInteraction(
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
  uid: string,
): Promise<EngineInteraction> {
  const provider = await engine.current();
  try {
    const details = await provider.interactionDetails(request, response);
    if (details.uid !== uid) throw new Refusal(400, 'expired', 'This sign-in is not the one this browser began.');
    return { uid, clientId: String(details.params.client_id), params: details.params, expiresAtSeconds: details.exp };
  } catch (fault) {
    if (fault instanceof errors.SessionNotFound)
      throw new Refusal(400, 'expired', 'This sign-in has ended.', { cause: fault.error_description });
    throw fault;
  }
}

/** The credential types a request is about, by details and by scope, each once. */
export async function askedTypes(params: Readonly<Record<string, unknown>>, issuers: CredentialIssuers): Promise<readonly OfferedType[]> {
  const { scope, authorization_details: details } = params;
  const byDetails = await Promise.all(
    readDetails(details).map(({ configurationId, locations }) => issuers.findByConfiguration(configurationId, locations)),
  );
  const byScope = await issuers.findByScopes(typeof scope === 'string' ? scope.split(' ') : []);
  const all = [...byDetails.filter((type) => type !== undefined), ...byScope];
  return all.filter(
    (type, index) => all.findIndex((other) => other.issuer === type.issuer && other.configurationId === type.configurationId) === index,
  );
}

/** Whether a detail asks for one of the types; what the consent page could not name is not granted. */
function isAbout(detail: JsonObject, types: readonly OfferedType[]): boolean {
  const read = readDetail(detail);
  return types.some(
    ({ issuer, configurationId }) => configurationId === read?.configurationId && (read.locations?.includes(issuer) ?? true),
  );
}

async function grantFor(
  engine: Engine,
  { clientId, params }: EngineInteraction,
  accountId: string,
  types: readonly OfferedType[],
): Promise<string> {
  const provider = await engine.current();
  const grant = new provider.Grant({ accountId, clientId });
  const scopes = typeof params.scope === 'string' ? params.scope.split(' ') : [];
  if (scopes.includes('openid')) grant.addOIDCScope('openid');
  for (const { issuer, scope } of types) if (scope !== undefined && scopes.includes(scope)) grant.addResourceScope(issuer, scope);
  if (typeof params.authorization_details === 'string') {
    // The published types lag behind the pinned engine here.
    const details = grant as unknown as { addRar(detail: JsonObject): void };
    for (const detail of JSON.parse(params.authorization_details) as JsonObject[]) if (isAbout(detail, types)) details.addRar(detail);
  }
  return grant.save();
}

export interface Ending {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly current: EngineInteraction;
  readonly next: Extract<Next, { show: 'allowed' | 'denied' }>;
  /** What the person decided about. */
  readonly types: readonly OfferedType[];
}

/** Tells the engine how the sign-in ended; returns where the browser goes now. Codes are made only behind `allowed` (features A10). */
export async function finish(engine: Engine, { request, response, current, next, types }: Ending): Promise<string> {
  const provider = await engine.current();
  const result: InteractionResults =
    next.show === 'denied'
      ? { error: 'access_denied', error_description: 'The person stopped.' }
      : {
          login: { accountId: next.login.accountId, acr: next.login.acr, amr: [...next.login.amr], ts: next.login.ts, remember: false },
          consent: { grantId: await grantFor(engine, current, next.login.accountId, types) },
        };
  return provider.interactionResult(request, response, result, { mergeWithLastSubmission: false });
}
