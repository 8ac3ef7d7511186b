import { Type } from 'typebox';
import type { Media, Operation, ServiceInterface } from '../operation.ts';
import { walletRoutes } from '../routes.ts';
import { applicationPaths } from './application-paths.ts';

const text = Type.String({ minLength: 1 });
const object = Type.Record(Type.String(), Type.Unknown());
const page: readonly Media[] = [{ mediaType: 'text/html' }];
const form: readonly Media[] = [{ mediaType: 'application/x-www-form-urlencoded', schema: Type.Record(Type.String(), Type.String()) }];
const file = (summary: string, mediaType: string): Operation => ({ summary, answers: { 200: [{ mediaType }], 304: undefined } });
const issuance = `${walletRoutes.api}/issuances/:id`;

const Issuance = Type.Object({
  id: text,
  csrf: text,
  clientId: text,
  allowedAt: Type.String({ format: 'date-time' }),
  expiresAt: Type.String({ format: 'date-time' }),
  configurationId: text,
  configuration: object,
  category: Type.Union([text, Type.Null()]),
  issuer: Type.Object({ identifier: text, trustAnchor: text }),
});

/** The web wallet as browsers see it. */
export const walletInterface: ServiceInterface = {
  tag: 'Wallet',
  base: '',
  routes: {
    [`GET ${walletRoutes.landing}`]: { summary: 'Show the landing page', answers: { 200: page, 302: undefined } },
    [`GET ${walletRoutes.help}`]: { summary: 'Show the help page', answers: { 200: page } },
    [`GET ${walletRoutes.offer}`]: { summary: 'Show an offer', answers: { 200: page } },
    [`POST ${walletRoutes.offer}`]: { summary: 'Read an offer that was pasted', body: form, answers: { 200: page, 303: undefined } },
    [`POST ${walletRoutes.start}`]: { summary: 'Begin to ask for a document', body: form, answers: { 303: undefined } },
    [`GET ${walletRoutes.callback}`]: { summary: 'Come back from the sign-in', answers: { 200: page, 303: undefined } },
    [`GET ${walletRoutes.jwks}`]: {
      summary: 'Read the keys of this client',
      answers: { 200: Type.Object({ keys: Type.Array(Type.Object({ kty: text, kid: text })) }) },
    },
    [`GET ${issuance}`]: { summary: 'Read what was allowed', answers: { 200: Issuance } },
    [`POST ${issuance}/nonce`]: {
      summary: 'Get a nonce of the issuer',
      answers: { 200: Type.Object({ nonce: Type.Optional(text) }) },
    },
    [`POST ${issuance}/credential`]: {
      summary: 'Ask the issuer for the document',
      body: Type.Object({ proof: text }),
      answers: { 200: Type.Object({ credential: Type.Union([text, object]) }) },
    },
    [`POST ${issuance}/end`]: { summary: 'Forget what was allowed', answers: { 200: Type.Object({}) } },
    [`GET ${walletRoutes.application}`]: { summary: 'Show the documents', answers: { 200: page } },
    [`GET ${walletRoutes.application.slice(0, -1)}`]: { summary: 'Go to the documents', answers: { 308: undefined } },
    [`GET ${applicationPaths.assets}/:name`]: file('Read a file of the application', '*/*'),
    [`GET ${applicationPaths.emblems}/:name`]: file('Read the emblem of an authority', 'image/*'),
    [`GET ${walletRoutes.serviceWorker}`]: file('Read the service worker', 'text/javascript'),
    [`GET ${applicationPaths.stylesheet}`]: file('Read the style of the pages', 'text/css'),
    [`POST ${applicationPaths.appearance}`]: { summary: 'Choose light or dark pages', body: form, answers: { 303: undefined } },
    'GET /wallet/look/*': file('Read a file of the pages', '*/*'),
    'GET /wallet/*': 'fallback',
    'GET /*': 'fallback',
  },
};
