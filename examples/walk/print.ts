import type { Exchange } from './exchange.ts';

const personal = new Set(['individual_id', 'password', 'otp', 'name', 'birthdate']);
const secrets = new Set(['code', 'code_verifier', 'csrf', 'request_uri', 'state']);
const mask = (text: string) => (text.length === 0 ? '' : `${text.slice(0, 1)}${'•'.repeat(Math.min(6, Math.max(1, text.length - 1)))}`);
const shorten = (text: string) => (text.length > 18 ? `${text.slice(0, 12)}… (${text.length} characters)` : text);
const jwtPattern = /^[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*$/;

function decodeJwt(token: string): unknown {
  const [header = '', payload = ''] = token.split('.');
  const part = (text: string): Record<string, unknown> => JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  const body = part(payload);
  return { header: shown(part(header)), payload: shown(body) };
}

/** Claims that stand inside a credential are personal: their names are shown, their values masked. */
function decodeCredential(credential: string): unknown {
  const [jwt = '', ...disclosures] = credential.split('~').filter(Boolean);
  const claims = disclosures.map((text) => JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[]);
  return {
    issuer_signed: decodeJwt(jwt),
    disclosures: claims.map((claim) =>
      claim.length === 3 ? `${String(claim[1])}: ${mask(JSON.stringify(claim[2]))}` : mask(JSON.stringify(claim[1])),
    ),
  };
}

const open = new Set([
  'iss',
  'aud',
  'typ',
  'alg',
  'kid',
  'iat',
  'nbf',
  'exp',
  'vct',
  'vct#integrity',
  'scope',
  'token_type',
  'expires_in',
  'client_id',
  'htm',
  'htu',
  'acr',
  'amr',
  'auth_time',
  'kty',
  'crv',
  'use',
  'error',
  'error_description',
  '_sd_alg',
  'type',
  'credential_configuration_id',
  'credential_identifiers',
  'grant_type',
  'response_type',
  'code_challenge_method',
  'redirect_uri',
  'action',
  'factor',
]);

/** Every value masked, however deep; what it is called stays. */
function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, masked(entry)]));
  return mask(String(value));
}

function shown(value: unknown, name = ''): unknown {
  if (name === 'credentialSubject') return masked(value);
  if (Array.isArray(value))
    return value.length > 3 && name === '_sd' ? `${value.length} digests` : value.map((entry) => shown(entry, name));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, shown(entry, key)]));
  if (typeof value !== 'string') return value;
  if (value.includes('~')) return decodeCredential(value);
  if (jwtPattern.test(value)) return decodeJwt(value);
  if (personal.has(name)) return mask(value);
  return open.has(name) ? value : shorten(value);
}

function formLines(body: string): string[] {
  return [...new URLSearchParams(body)].map(
    ([name, value]) =>
      `      ${name}=${personal.has(name) ? mask(value) : secrets.has(name) ? shorten(value) : JSON.stringify(shown(value, name))}`,
  );
}

function bodyLines(mediaType: string, body: string): string[] {
  if (body === '') return [];
  if (mediaType.includes('json'))
    return JSON.stringify(shown(JSON.parse(body)), null, 2)
      .split('\n')
      .map((line) => `      ${line}`);
  if (mediaType.includes('form-urlencoded')) return formLines(body);
  return [`      (${mediaType.split(';')[0]}, ${body.length} characters)`];
}

const place = (url: URL) => `${url.origin}${url.pathname}${url.search ? '?…' : ''}`;

/** One exchange for the terminal: tokens decoded, personal values masked, handles shortened. */
export function describeExchange(exchange: Exchange): string {
  const { requestHeaders, responseHeaders } = exchange;
  const lines = [`${exchange.step}`, `  → ${exchange.method} ${place(exchange.url)}`];
  const authorization = requestHeaders.get('authorization');
  if (authorization)
    lines.push(`      Authorization: ${authorization.split(' ')[0]} ${JSON.stringify(shown(authorization.split(' ')[1] ?? ''))}`);
  const dpop = requestHeaders.get('dpop');
  if (dpop) lines.push(`      DPoP: ${JSON.stringify(shown(dpop))}`);
  lines.push(...bodyLines(requestHeaders.get('content-type') ?? '', exchange.requestBody ?? ''));
  lines.push(`  ← ${exchange.status}`);
  const location = responseHeaders.get('location');
  if (location) lines.push(`      Location: ${place(new URL(location, exchange.url))}`);
  lines.push(...bodyLines(responseHeaders.get('content-type') ?? '', exchange.responseBody));
  return lines.join('\n');
}
