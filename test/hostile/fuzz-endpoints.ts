import { type Exchange, Messenger } from '../../examples/walk/exchange.ts';
import { dpopProof, keyProof, makeKey, obtainNonce } from '../../examples/walk/holder.ts';
import { readForms, signIn } from '../../examples/walk/person.ts';
import type { Instance } from '../support/instance.ts';
import { preAuthorizedCodeGrant } from '../support/offers.ts';
import { personOf } from '../support/people.ts';
import { authorizationAddress, locationOf, pushedForm, reachEvidence } from '../support/sign-in-pages.ts';
import { obtainToken, openSession, type Session } from '../support/wallet-client.ts';
import type { Input } from './fuzz-inputs.ts';

/** A good request to an endpoint, made anew each time, and the address it goes to. */
export interface Good extends Input {
  readonly path: string;
}

export interface Endpoint {
  readonly name: string;
  readonly path: string;
  readonly methods: readonly string[];
  /** Machine endpoints answer every refusal with an error object; pages answer with HTML. */
  readonly speaks: 'json' | 'html';
  readonly members: readonly string[];
  readonly operators?: true;
  /** Asks a neighbour in the name of the request, and says 502 when that refuses. */
  readonly relays?: true;
  /** What lets a request through the door, so that what lies behind is reached; some of it lasts a few minutes only. */
  readonly openDoor?: (instance: Instance) => Promise<() => Promise<Good>>;
}

export const issuer = '/issuers/civil-registry';
const authorization = '/authorization';
const formType = 'application/x-www-form-urlencoded';
const empty = { query: '', body: '', headers: {} };

const encode = (form: Readonly<Record<string, string>>) => new URLSearchParams(form).toString();
const sessionOf = ({ url }: Instance) => openSession(url.origin + issuer, 'national_identity');

/** With a token and a proof of its key, to an endpoint of the issuer. */
function withToken(path: string, bodyFor: (session: Session) => Promise<unknown>) {
  return async (instance: Instance): Promise<() => Promise<Good>> => {
    const session = await sessionOf(instance);
    const accessToken = await obtainToken(session, await personOf('ordinary', 'knowledge', instance.url));
    const url = new URL(path, instance.url);
    return async () => {
      const { responseHeaders } = await session.messenger.send('nonce', session.issuer.nonceEndpoint, { method: 'POST' });
      const dpop = await dpopProof(session.client.dpopKey, 'POST', url, { accessToken, nonce: responseHeaders.get('dpop-nonce') ?? '' });
      const headers = { authorization: `DPoP ${accessToken}`, dpop };
      return { method: 'POST', path, query: '', mediaType: 'application/json', body: JSON.stringify(await bodyFor(session)), headers };
    };
  };
}

const credentialRequest = async ({ messenger, issuer: office }: Session) => {
  const proof = await keyProof(await makeKey(), office.identifier, await obtainNonce(messenger, office));
  return { credential_configuration_id: 'NationalIdentity', proofs: { jwt: [proof] } };
};

/** At PAR and the token endpoint: a form that is right but for its code, with a proof that is right. */
function withProof(path: string, change: (form: Record<string, string>) => Record<string, string>) {
  return async (instance: Instance): Promise<() => Promise<Good>> => {
    const { messenger, request, client } = await sessionOf(instance);
    const url = new URL(path, instance.url);
    const body = encode(change(pushedForm(request)));
    const first = await messenger.send('x', url, {
      form: pushedForm(request),
      headers: { dpop: await dpopProof(client.dpopKey, 'POST', url) },
    });
    const nonce = first.responseHeaders.get('dpop-nonce') ?? '';
    return async () => {
      const dpop = await dpopProof(client.dpopKey, 'POST', url, nonce === '' ? {} : { nonce });
      return { method: 'POST', path, query: '', mediaType: formType, body, headers: { dpop } };
    };
  };
}

/** The cookies a browser has gathered. */
function cookiesOf(exchanges: readonly Exchange[]): string {
  const jar = new Map<string, string>();
  for (const { responseHeaders } of exchanges)
    for (const line of responseHeaders.getSetCookie()) {
      const [name = '', ...value] = (line.split(';')[0] ?? '').split('=');
      jar.set(name, value.join('='));
    }
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
}

/** A sign-in that asks for evidence; a person of their own each time, so that locks of one do not hide the pages of another. */
async function withSignIn(instance: Instance): Promise<() => Promise<Good>> {
  const { messenger, request } = await sessionOf(instance);
  let turn = 0;
  return async () => {
    const seen: Exchange[] = [];
    const browser = new Messenger((exchange) => seen.push(exchange));
    turn += 1;
    const page = await reachEvidence(browser, await authorizationAddress(messenger, request), `1${turn}`, 'knowledge');
    const fields = readForms(page.responseBody).find(({ actions }) => actions.has('continue'))?.fields ?? {};
    const body = encode({ ...fields, name: 'Amina Kareem', birthdate: '1988-03-27', action: 'continue' });
    const headers = { cookie: cookiesOf(seen), origin: instance.url.origin };
    return { method: 'POST', path: page.url.pathname, query: '', mediaType: formType, body, headers };
  };
}

async function walletVisit(instance: Instance) {
  const seen: Exchange[] = [];
  const browser = new Messenger((exchange) => seen.push(exchange));
  const landing = await browser.send('landing', instance.url);
  const form = readForms(landing.responseBody).find(({ fields }) => fields.configuration === 'NationalIdentity')?.fields ?? {};
  const headers = () => ({
    cookie: cookiesOf(seen.filter(({ url }) => !url.pathname.startsWith(authorization))),
    origin: instance.url.origin,
  });
  return { browser, form, headers };
}

function withWalletForm(path: string, fields: Readonly<Record<string, string>> = {}) {
  return async (instance: Instance): Promise<() => Promise<Good>> => {
    const { form, headers } = await walletVisit(instance);
    const { csrf = '' } = form;
    const body = encode(Object.keys(fields).length > 0 ? { csrf, ...fields } : form);
    return async () => ({ method: 'POST', path, query: '', mediaType: formType, body, headers: headers() });
  };
}

/** An issuance in this browser: what its application may ask of the wallet's server. */
function withIssuance(action: string, body: unknown) {
  return async (instance: Instance): Promise<() => Promise<Good>> => {
    const { browser, form, headers } = await walletVisit(instance);
    const started = await browser.send('start', new URL('/wallet/start', instance.url), { form, headers: { origin: instance.url.origin } });
    const callback = new URL('/wallet/callback', instance.url).href;
    const person = await personOf('ordinary', 'knowledge', instance.url);
    const back = await signIn(browser, locationOf(started), callback, person);
    const id = locationOf(await browser.send('callback', back)).hash.replace('#/issuing/', '');
    const path = `/wallet/api/issuances/${id}${action}`;
    return async () => ({
      ...empty,
      method: action === '' ? 'GET' : 'POST',
      path,
      mediaType: 'application/json',
      body: JSON.stringify(body),
      headers: { ...headers(), 'x-csrf-token': form.csrf ?? '' },
    });
  };
}

/** An answer to a login that waits; the state is right and the code is not. */
async function withAnswer(instance: Instance): Promise<() => Promise<Good>> {
  const { browser, form, headers } = await walletVisit(instance);
  const callback = new URL('/wallet/callback', instance.url).href;
  const person = await personOf('ordinary', 'knowledge', instance.url);
  const started = await browser.send('start', new URL('/wallet/start', instance.url), { form, headers: { origin: instance.url.origin } });
  const back = await signIn(browser, locationOf(started), callback, person);
  return async () => ({
    ...empty,
    method: 'GET',
    path: back.pathname,
    query: back.search.slice(1),
    mediaType: 'text/plain',
    headers: headers(),
  });
}

export const get = (name: string, path: string, speaks: Endpoint['speaks'], members: readonly string[] = ['x']): Endpoint => ({
  name,
  path,
  methods: ['GET'],
  speaks,
  members,
});
export const post = (
  name: string,
  path: string,
  speaks: Endpoint['speaks'],
  more: Pick<Endpoint, 'members'> & Partial<Endpoint>,
): Endpoint => ({
  name,
  path,
  methods: ['POST'],
  speaks,
  ...more,
});

const tokenForm = (form: Record<string, string>) => ({
  grant_type: 'authorization_code',
  client_id: form.client_id ?? '',
  code: 'x'.repeat(43),
  redirect_uri: form.redirect_uri ?? '',
  code_verifier: 'v'.repeat(43),
});

const offeredForm = (form: Record<string, string>) => ({
  grant_type: preAuthorizedCodeGrant,
  client_id: form.client_id ?? '',
  'pre-authorized_code': 'x'.repeat(43),
  tx_code: '123456',
});

const issuerEndpoints: readonly Endpoint[] = [
  post('credential', `${issuer}/credential`, 'json', {
    members: ['credential_configuration_id', 'credential_identifier', 'proofs', 'proof', 'credential_response_encryption'],
    openDoor: withToken(`${issuer}/credential`, credentialRequest),
  }),
  post('deferred credential', `${issuer}/deferred-credential`, 'json', {
    members: ['transaction_id', 'credential_response_encryption'],
    openDoor: withToken(`${issuer}/deferred-credential`, async () => ({ transaction_id: 'x'.repeat(43) })),
  }),
  post('notification', `${issuer}/notification`, 'json', {
    members: ['notification_id', 'event', 'event_description'],
    openDoor: withToken(`${issuer}/notification`, async () => ({ notification_id: 'x'.repeat(80), event: 'credential_accepted' })),
  }),
  get('credential offer', `${issuer}/credential-offers/${'A'.repeat(43)}`, 'json'),
  post('nonce', `${issuer}/nonce`, 'json', { members: ['nonce'] }),
  get('issuer metadata', `/.well-known/openid-credential-issuer${issuer}`, 'json', ['version']),
  get('JWT VC issuer metadata', `/.well-known/jwt-vc-issuer${issuer}`, 'json'),
  get('issuer keys', `${issuer}/jwks.json`, 'json'),
  get('DID document', `${issuer}/did.json`, 'json'),
  get('trust anchor', `${issuer}/trust-anchor.cer`, 'json'),
  get('trust anchor as PEM', `${issuer}/trust-anchor.pem`, 'json'),
  get('certificate revocation list', `${issuer}/root.crl`, 'json'),
  get('type metadata', `${issuer}/types/national-identity/v1`, 'json', ['v']),
  get('status list', `${issuer}/status-lists/${'A'.repeat(22)}`, 'json', ['time']),
  get('status list of a key', `${issuer}/status-lists/${'A'.repeat(22)}/eddsa`, 'json', ['time']),
  get('W3C status list', `${issuer}/status-lists/${'A'.repeat(22)}/jwt-es256/revocation`, 'json'),
];

const authorizationEndpoints: readonly Endpoint[] = [
  post('pushed authorization', `${authorization}/par`, 'json', {
    members: [
      'client_id',
      'scope',
      'redirect_uri',
      'response_type',
      'code_challenge',
      'request_uri',
      'request',
      'authorization_details',
      'resource',
      'issuer_state',
      'claims',
      'client_assertion',
      'dpop_jkt',
    ],
    openDoor: withProof(`${authorization}/par`, (form) => form),
  }),
  post('token', `${authorization}/token`, 'json', {
    members: [
      'grant_type',
      'code',
      'client_id',
      'client_assertion',
      'client_assertion_type',
      'redirect_uri',
      'code_verifier',
      'pre-authorized_code',
      'refresh_token',
    ],
    openDoor: withProof(`${authorization}/token`, tokenForm),
  }),
  post('token of an offer', `${authorization}/token`, 'json', {
    members: ['pre-authorized_code', 'tx_code', 'client_id', 'authorization_details', 'resource', 'client_assertion'],
    openDoor: withProof(`${authorization}/token`, offeredForm),
  }),
  {
    ...get('authorize', `${authorization}/authorize`, 'html', [
      'client_id',
      'request_uri',
      'response_type',
      'redirect_uri',
      'scope',
      'ui_locales',
      'prompt',
    ]),
    methods: ['GET', 'POST'],
  },
  get('way back', `${authorization}/authorize/abcdef`, 'html'),
  {
    ...get('interaction', `${authorization}/interaction/abcdef`, 'html', [
      'individual_id',
      'otp',
      'password',
      'action',
      'csrf',
      'name',
      'birthdate',
      'factor',
      'stage',
      'language',
    ]),
    methods: ['GET', 'POST'],
    openDoor: withSignIn,
  },
  get('authorization server metadata', '/.well-known/oauth-authorization-server/authorization', 'json'),
  get('OpenID configuration', `${authorization}/.well-known/openid-configuration`, 'json'),
  get('authorization server keys', `${authorization}/jwks.json`, 'json'),
  get('mailbox', `${authorization}/mailbox`, 'html', ['language']),
  post('appearance at sign-in', `${authorization}/appearance`, 'html', { members: ['appearance', 'back'] }),
  get('brands', `${authorization}/assets/brands.css`, 'html'),
];

const walletEndpoints: readonly Endpoint[] = [
  get('landing', '/', 'html', ['q', 'category', 'language']),
  {
    ...get('offer', '/offer', 'html', ['credential_offer', 'credential_offer_uri', 'offer', 'csrf', 'invitation']),
    methods: ['GET', 'POST'],
    openDoor: withWalletForm('/offer', {
      invitation: 'openid-credential-offer://?credential_offer=%7B%22credential_issuer%22%3A%22x%22%7D',
    }),
  },
  post('wallet start', '/wallet/start', 'html', {
    members: ['issuer', 'configuration', 'csrf', 'issuer_state'],
    openDoor: withWalletForm('/wallet/start'),
  }),
  {
    ...get('wallet callback', '/wallet/callback', 'html', ['code', 'state', 'iss', 'error', 'error_description']),
    openDoor: withAnswer,
    relays: true,
  },
  get('wallet keys', '/wallet/jwks.json', 'html'),
  get('wallet application', '/wallet/', 'html', ['language']),
  get('service worker', '/wallet/service-worker.js', 'html'),
  get('help', '/help', 'html', ['language', 'back']),
  post('appearance of the wallet', '/wallet/appearance', 'html', { members: ['appearance', 'back'] }),
  get('emblem', '/wallet/emblems/abcdef', 'html'),
  get('wallet style', '/wallet/style.css', 'html'),
  { ...get('issuance', '/wallet/api/issuances/abcdef', 'json'), openDoor: withIssuance('', {}) },
  post('nonce of an issuance', '/wallet/api/issuances/abcdef/nonce', 'json', { members: ['x'], openDoor: withIssuance('/nonce', {}) }),
  post('credential of an issuance', '/wallet/api/issuances/abcdef/credential', 'json', {
    members: ['proof'],
    relays: true,
    openDoor: withIssuance('/credential', { proof: 'eyJhbGciOiJFUzI1NiIsInR5cCI6Im9wZW5pZDR2Y2ktcHJvb2Yrand0In0.e30.AAAA' }),
  }),
  post('end of an issuance', '/wallet/api/issuances/abcdef/end', 'json', { members: ['x'] }),
];

/** Every address of the public listener that answers something. */
export const endpoints: readonly Endpoint[] = [
  ...issuerEndpoints,
  ...authorizationEndpoints,
  ...walletEndpoints,
  get('live', '/health/live', 'json'),
  get('ready', '/health/ready', 'json'),
  get('look', '/wallet/look/tokens.css', 'html'),
  get('nowhere', '/nowhere', 'json'),
];
