import assert from 'node:assert/strict';
import { type Exchange, jsonOf, Messenger } from '../../examples/walk/exchange.ts';
import { dpopProof, obtainNonce, redeemCode } from '../../examples/walk/holder.ts';
import { type Person, readForms, signIn } from '../../examples/walk/person.ts';
import { authorizationAddress, locationOf, pushedForm, verifier } from './sign-in-pages.ts';
import { openSession, prepareRequest, type Session } from './wallet-client.ts';

/** A place that takes a handle of one kind: whether it took what was presented, and the answer. */
export interface Place {
  readonly handle: string;
  present(handle: string): Promise<{ readonly taken: boolean; readonly answer: Exchange }>;
}

const judged = (isTaken: (answer: Exchange) => boolean, answer: Exchange) => ({ taken: isTaken(answer), answer });
const succeeded = ({ status }: Exchange) => status === 200;
const errorIs =
  (error: string) =>
  ({ responseBody }: Exchange) =>
    responseBody.includes(`"${error}"`);

/** A sign-in that stands on its first page: the engine's name for it, and what our form carries. */
async function beginSignIn({ request }: Session) {
  const messenger = new Messenger();
  const address = await authorizationAddress(messenger, request);
  const begun = await messenger.send('authorize', address);
  const page = locationOf(begun);
  const { responseBody } = await messenger.send('page', page);
  const csrf = readForms(responseBody).find(({ fields }) => fields.csrf)?.fields.csrf ?? '';
  return { messenger, address, page, uid: page.pathname.split('/').at(-1) ?? '', csrf };
}

/** Another browser at our own wallet: an answer that waits to be used, and an issuance that has begun. */
async function useWallet(origin: URL, person: Person) {
  const messenger = new Messenger();
  const begin = async () => {
    const landing = await messenger.send('landing', origin);
    const form = readForms(landing.responseBody).find(({ fields }) => fields.configuration === 'NationalIdentity');
    assert.ok(form);
    const started = await messenger.send('start', new URL(form.action, origin), { form: form.fields, headers: { origin: origin.origin } });
    return signIn(messenger, locationOf(started), new URL('/wallet/callback', origin).href, person);
  };
  const finished = await messenger.send('callback', await begin());
  return { messenger, waiting: await begin(), issuance: locationOf(finished).hash.replace('#/issuing/', '') };
}

/** Every kind of handle of the running product, each with the place that takes it. */
export async function makePlaces(origin: URL, person: Person): Promise<Readonly<Record<string, Place>>> {
  const session = await openSession(`${origin.origin}/issuers/civil-registry`, 'national_identity');
  const { messenger, request, client, issuer } = session;
  const codeOf = async () => {
    const answer = await signIn(messenger, await authorizationAddress(messenger, request), client.redirectUri, person);
    return answer.searchParams.get('code') ?? '';
  };
  const tokens = jsonOf(await redeemCode(messenger, request, { code: await codeOf(), verifier }), 200);
  const accessToken = String(tokens.access_token);
  const begun = await beginSignIn(session);
  const wallet = await useWallet(origin, person);
  const cNonce = await obtainNonce(messenger, issuer);
  const freshNonce = async () =>
    (await messenger.send('nonce', issuer.nonceEndpoint, { method: 'POST' })).responseHeaders.get('dpop-nonce') ?? '';
  const parAddress = request.server.pushedAuthorizationRequestEndpoint;
  const push = async (nonce?: string) => {
    const dpop = await dpopProof(client.dpopKey, 'POST', parAddress, nonce === undefined ? {} : { nonce });
    return messenger.send('par', parAddress, { form: pushedForm(request), headers: { dpop } });
  };
  const ask = async (token: string, nonce: string, body: unknown) => {
    const proof = await dpopProof(client.dpopKey, 'POST', issuer.credentialEndpoint, { accessToken: token, nonce });
    return messenger.send('credential', issuer.credentialEndpoint, {
      json: body,
      headers: { authorization: `DPoP ${token}`, dpop: proof },
    });
  };
  const bodyWith = async (nonce: string) => (await prepareRequest(session, 'NationalIdentity', nonce)).body;
  const pathEnd = (url: URL, handle: string) => new URL(url.href.replace(/[^/]+$/, encodeURIComponent(handle)));
  const waitingWith = (state: string) => {
    const url = new URL(wallet.waiting);
    url.searchParams.set('state', state);
    return url;
  };
  return {
    'authorization code': {
      handle: await codeOf(),
      present: async (code) => judged(succeeded, await redeemCode(messenger, request, { code, verifier })),
    },
    'access token': {
      handle: accessToken,
      present: async (token) =>
        judged(succeeded, await ask(token, await freshNonce(), await bodyWith(await obtainNonce(messenger, issuer)))),
    },
    c_nonce: {
      handle: cNonce,
      present: async (nonce) => judged(succeeded, await ask(accessToken, await freshNonce(), await bodyWith(nonce))),
    },
    'DPoP nonce of the issuer': {
      handle: await freshNonce(),
      present: async (nonce) => judged((answer) => !errorIs('use_dpop_nonce')(answer), await ask(accessToken, nonce, {})),
    },
    'DPoP nonce of the authorization server': {
      handle: (await push()).responseHeaders.get('dpop-nonce') ?? '',
      present: async (nonce) => judged(({ status }) => status === 201, await push(nonce)),
    },
    request_uri: {
      handle: begun.address.searchParams.get('request_uri') ?? '',
      async present(handle) {
        const address = new URL(begun.address);
        address.searchParams.set('request_uri', handle);
        const answer = await new Messenger().send('authorize', address);
        return judged(({ responseHeaders }) => /\/interaction\//.test(responseHeaders.get('location') ?? ''), answer);
      },
    },
    'sign-in': {
      handle: begun.uid,
      present: async (uid) => judged(succeeded, await begun.messenger.send('page', pathEnd(begun.page, uid))),
    },
    'token of a form': {
      handle: begun.csrf,
      async present(csrf) {
        const form = { csrf, stage: 'identify', action: 'continue', factor: 'knowledge', individual_id: '' };
        // The token is looked at first; the empty answer only then.
        return judged(({ status }) => status === 422, await begun.messenger.send('answer', begun.page, { form }));
      },
    },
    'issuance of the wallet': {
      handle: wallet.issuance,
      async present(id) {
        const address = pathEnd(new URL('/wallet/api/issuances/x', origin), id);
        return judged(succeeded, await wallet.messenger.send('issuance', address));
      },
    },
    'state of the wallet': {
      handle: wallet.waiting.searchParams.get('state') ?? '',
      present: async (state) => judged(({ status }) => status === 303, await wallet.messenger.send('callback', waitingWith(state))),
    },
  };
}
