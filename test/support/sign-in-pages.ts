import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type Exchange, jsonOf, type Messenger } from '../../examples/walk/exchange.ts';
import { type AuthorizationRequest, postWithDpop } from '../../examples/walk/holder.ts';
import { type Person, readForms } from '../../examples/walk/person.ts';

/** The verifier of every request that `pushRequest` makes. */
export const verifier = 'v'.repeat(43);

/** The parameters of a pushed authorization request as the walk makes one. */
export function pushedForm({ client, scope = '' }: AuthorizationRequest): Record<string, string> {
  return {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    scope,
    state: 's',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
}

/** Pushes such a request, with members changed or left out. */
export function pushRequest(
  messenger: Messenger,
  request: AuthorizationRequest,
  change: Readonly<Record<string, string | undefined>> = {},
): Promise<Exchange> {
  const { server, client } = request;
  const entries = Object.entries({ ...pushedForm(request), ...change });
  const form = Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
  return postWithDpop(messenger, { step: 'par', url: server.pushedAuthorizationRequestEndpoint, key: client.dpopKey, form });
}

/** Where a browser goes with a pushed request. */
export async function authorizationAddress(messenger: Messenger, request: AuthorizationRequest): Promise<URL> {
  const { request_uri } = jsonOf(await pushRequest(messenger, request), 201);
  const address = new URL(request.server.authorizationEndpoint);
  address.search = new URLSearchParams({ client_id: request.client.clientId, request_uri: String(request_uri) }).toString();
  return address;
}

export const locationOf = (exchange: Exchange): URL => new URL(exchange.responseHeaders.get('location') ?? '', exchange.url);
const isRedirect = ({ status }: Exchange) => status === 302 || status === 303;

/** Follows redirects to the page they end on. */
export async function follow(messenger: Messenger, exchange: Exchange): Promise<Exchange> {
  let last = exchange;
  while (isRedirect(last)) last = await messenger.send('follow', locationOf(last));
  return last;
}

/** Answers the form of a page; the answer is not followed. */
export function answerForm(
  messenger: Messenger,
  { responseBody, url }: Exchange,
  answers: Readonly<Record<string, string>>,
): Promise<Exchange> {
  const { action = 'continue' } = answers;
  const form = readForms(responseBody).find(({ actions }) => actions.has(action));
  assert.ok(form, `a form that can be answered with ${action}`);
  const target = new URL(form.action || url.href, url);
  return messenger.send('answer', target, { form: { ...form.fields, ...answers, action }, headers: { origin: target.origin } });
}

/** From the authorization request to the page that asks for evidence. */
export async function reachEvidence(messenger: Messenger, address: URL, individualId: string, factor: Person['factor']): Promise<Exchange> {
  const identify = await follow(messenger, await messenger.send('authorize', address));
  return follow(messenger, await answerForm(messenger, identify, { individual_id: individualId, factor }));
}

/** From the authorization request to the consent page, by what the person knows. */
export async function reachConsent(messenger: Messenger, address: URL, person: Person): Promise<Exchange> {
  const evidence = await reachEvidence(messenger, address, person.individualId, 'knowledge');
  const { name = '', birthdate = '' } = person;
  return follow(messenger, await answerForm(messenger, evidence, { name, birthdate }));
}
