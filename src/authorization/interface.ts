import { Type } from 'typebox';
import type { Media, Operation, ServiceInterface } from '../operation.ts';
import { authorizationRoutes } from '../routes.ts';

const text = Type.String({ minLength: 1 });
const address = Type.String({ format: 'uri' });
const texts = Type.Array(text, { minItems: 1 });
const page: readonly Media[] = [{ mediaType: 'text/html' }];
const form: readonly Media[] = [{ mediaType: 'application/x-www-form-urlencoded', schema: Type.Record(Type.String(), Type.String()) }];

const Keys = Type.Object({ keys: Type.Array(Type.Object({ kty: text, kid: text })) });

/** RFC 8414 §2, OpenID Connect Discovery §3. */
const Discovery = Type.Object({
  issuer: address,
  authorization_endpoint: address,
  token_endpoint: address,
  jwks_uri: address,
  pushed_authorization_request_endpoint: Type.Optional(address),
  scopes_supported: Type.Optional(texts),
  response_types_supported: texts,
  grant_types_supported: Type.Optional(texts),
  code_challenge_methods_supported: texts,
  dpop_signing_alg_values_supported: Type.Optional(texts),
});
const discovery: Operation = { summary: 'Read what this authorization server offers', answers: { 200: Discovery } };

/** RFC 6749 §5.1, RFC 9396 §7, OpenID Connect Core §3.1.3.3. */
const Tokens = Type.Object({
  access_token: text,
  token_type: Type.Union([Type.Literal('DPoP'), Type.Literal('Bearer')]),
  expires_in: Type.Integer({ minimum: 1 }),
  scope: Type.Optional(Type.String()),
  id_token: Type.Optional(text),
  refresh_token: Type.Optional(text),
  authorization_details: Type.Optional(Type.Array(Type.Object({ type: text }))),
});

/** The authorization server as clients and browsers see it; `base` is the path of its issuer identifier. */
export const authorizationInterface = (base: string): ServiceInterface => ({
  tag: 'Authorization server',
  base,
  routes: {
    [`GET ${authorizationRoutes.authorize}`]: {
      summary: 'Begin a sign-in',
      query: { client_id: text, request_uri: Type.Optional(text) },
      answers: { 303: undefined, 200: page },
    },
    [`POST ${authorizationRoutes.authorize}`]: { summary: 'Begin a sign-in by a form', body: form, answers: { 303: undefined } },
    [`GET ${authorizationRoutes.authorize}/:uid`]: { summary: 'End a sign-in', answers: { 303: undefined } },
    [`POST ${authorizationRoutes.pushedAuthorization}`]: {
      summary: 'Push an authorization request (RFC 9126)',
      body: form,
      answers: { 201: Type.Object({ request_uri: text, expires_in: Type.Integer({ minimum: 1 }) }) },
    },
    [`POST ${authorizationRoutes.token}`]: { summary: 'Redeem a code or a refresh token', body: form, answers: { 200: Tokens } },
    [`GET ${authorizationRoutes.jwks}`]: {
      summary: 'Read the keys that tokens are signed with',
      answers: { 200: [{ mediaType: 'application/jwk-set+json', schema: Keys }] },
    },
    [`GET /.well-known/oauth-authorization-server${base}`]: discovery,
    [`GET /.well-known/openid-configuration${base}`]: discovery,
    [`GET ${base}/.well-known/oauth-authorization-server`]: discovery,
    [`GET ${base}/.well-known/openid-configuration`]: discovery,
    [`GET ${authorizationRoutes.interaction}/:uid`]: { summary: 'Show the page of a sign-in', answers: { 200: page, 303: undefined } },
    [`POST ${authorizationRoutes.interaction}/:uid`]: {
      summary: 'Answer the page of a sign-in',
      body: form,
      answers: { 200: page, 303: undefined },
    },
    'GET /assets/look/*': { summary: 'Read a file of the pages', answers: { 200: [{ mediaType: '*/*' }], 304: undefined } },
    'GET /assets/brands.css': { summary: 'Read the colours of the authorities', answers: { 200: [{ mediaType: 'text/css' }] } },
    'POST /appearance': { summary: 'Choose light or dark pages', body: form, answers: { 303: undefined } },
    [`GET ${authorizationRoutes.mailbox}`]: { summary: 'Show the one-time codes of a demonstration', answers: { 200: page } },
    'GET /*': 'fallback',
  },
});
