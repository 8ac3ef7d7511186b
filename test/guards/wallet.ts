import { type Guard, guardsIn } from './guard.ts';

const login = 'src/wallet/login.test.ts';
const idTokens = /features A15: an ID token of another nonce/;

const answers = [
  ...guardsIn('src/wallet/id-token.ts', login, [
    { without: 'the signature of an ID token', text: 'await verifySignature(jws, key);', instead: '', red: idTokens },
    {
      without: 'the issuer of an ID token',
      text: 'if (payload.iss !== server.issuer)',
      instead: 'if (payload.iss === undefined)',
      red: idTokens,
    },
    {
      without: 'the audience of an ID token',
      text: 'if (!audience.includes(clientId) ||',
      instead: 'if (audience.length === 0 ||',
      red: idTokens,
    },
    {
      without: 'the only audience of an ID token',
      text: ' || (audience.length > 1 && payload.azp !== clientId)',
      instead: '',
      red: idTokens,
    },
    {
      without: 'the authorized party',
      text: 'if (payload.azp !== undefined && payload.azp !== clientId)',
      instead: 'if (payload.azp === null)',
      red: idTokens,
    },
    {
      without: 'the nonce of an ID token',
      text: 'if (payload.nonce !== nonce)',
      instead: 'if (payload.nonce === undefined)',
      red: idTokens,
    },
    {
      without: 'the times of an ID token',
      text: 'checkTimes(payload, { clock, toleranceSeconds });',
      instead: '',
      red: idTokens,
    },
    {
      without: 'the type of an ID token',
      text: "if (header.typ !== undefined && String(header.typ).toLowerCase() !== 'jwt')",
      instead: 'if (header.typ === null)',
      red: idTokens,
    },
    {
      without: 'the subject of an ID token',
      text: "if (typeof payload.sub !== 'string' || payload.sub === '')",
      instead: "if (typeof payload.sub !== 'string')",
      red: idTokens,
    },
    {
      without: 'the times that an ID token must have',
      text: 'if (payload.exp === undefined || payload.iat === undefined)',
      instead: 'if (payload.exp === null)',
      test: 'src/wallet/id-token.test.ts',
      red: /quality T5: an ID token without its times/,
    },
  ]),
  ...guardsIn('src/wallet/callback.ts', login, [
    {
      without: 'the end of a login by its first answer',
      text: 'await logins.take(session, answer.state)',
      instead: 'await logins.get(session, answer.state)',
      red: /features A13: a replayed answer/,
    },
    {
      without: 'the one winner among equal answers, raced over HTTP',
      text: 'await logins.take(session, answer.state)',
      instead: 'await logins.get(session, answer.state).finally(() => logins.remove(session, answer.state))',
      test: 'test/hostile/sign-in-races.test.ts',
      red: /quality T2, R57, features A28: .* bring one answer back to the wallet/,
    },
    {
      without: 'the server that answers (RFC 9207)',
      text: 'if (iss === undefined ? server.namesItselfInAnswers : iss !== server.issuer)',
      instead: 'if (iss === server.tokenEndpoint.href)',
      red: /standards B \(RFC 9207\)/,
    },
  ]),
  ...guardsIn('src/wallet/oauth-client.ts', login, [
    {
      without: 'an assertion of its own for each request',
      text: 'aud: audience, jti: randomHandle(),',
      instead: "aud: audience, jti: randomHandle().slice(0, 0) || 'one',",
      red: /features A15, A13: the code is redeemed once with a client assertion/,
    },
    {
      without: 'the issuer as the only audience of an assertion',
      text: 'await assertion(clientId, server.issuer)',
      instead: 'await assertion(clientId, url.href)',
      red: /features A15, A13: the code is redeemed once with a client assertion/,
    },
  ]),
];

const browsers = [
  ...guardsIn('src/wallet/sealed-records.ts', login, [
    {
      without: 'the browser in the place of a record',
      text: '{session.id}|',
      instead: '{session.id.slice(0, 0)}|',
      red: /quality R72: an assertion is made only for the own pending login/,
    },
    {
      without: 'the seal on what the server remembers',
      text: 'return store.put(',
      instead: "void store.put('leak', address, value, expiresAt); return store.put(",
      red: /features A15, A13: the code is redeemed once with a client assertion/,
    },
  ]),
  ...guardsIn('src/wallet/browser-session.ts', login, [
    {
      without: 'the token of a page of the wallet',
      text: "if (typeof token !== 'string' || !equalBytes(utf8(token), utf8(session.csrf)))",
      instead: "if (typeof token !== 'string' || !equalBytes(utf8(session.csrf), utf8(session.csrf)))",
      red: /quality R75: each state-changing route/,
    },
    {
      without: 'the origin of a request',
      text: "if (request.headers.origin !== publicUrl.origin || (site !== undefined && site !== 'same-origin'))",
      instead: "if (site !== undefined && site !== 'same-origin')",
      red: /quality R75: each state-changing route/,
    },
    {
      without: 'the site of a request',
      text: " || (site !== undefined && site !== 'same-origin')",
      instead: '',
      red: /quality R75: each state-changing route/,
    },
  ]),
  ...guardsIn('src/wallet/issuance-api.ts', 'src/wallet/issuance-api.test.ts', [
    {
      without: 'the end of a permission',
      text: 'if (new Date(issuance.expiresAt) <= clock.now())',
      instead: 'if (new Date(issuance.expiresAt) <= new Date(0))',
      red: /design D12: an issuance is there for its own browser alone/,
    },
    {
      without: 'the look whether it is a proof that is sent on',
      text: "if (parseJws(proof).header.typ === 'openid4vci-proof+jwt') return proof;",
      instead: 'if (parseJws(proof).header) return proof;',
      red: /quality T1: anything but a proof is refused/,
    },
  ]),
];

/** design D19, quality Q17 */
const egress = guardsIn('src/lib/egress.ts', 'test/hostile/egress.test.ts', [
  {
    without: 'public addresses only',
    text: 'if (addresses.length === 0 || !addresses.every(isPublicAddress))',
    instead: 'if (addresses.length === 0)',
    red: /quality T6, R13: a name that leads to any place inside is refused/,
  },
  {
    without: 'the look at every address of a name',
    text: '!addresses.every(isPublicAddress)',
    instead: '!addresses.some(isPublicAddress)',
    red: /quality T6, R13: a name that leads to any place inside is refused/,
  },
  {
    without: 'https only',
    text: "if (url.protocol !== 'https:')",
    instead: "if (url.protocol === 'ftp:')",
    red: /quality T6: other schemes, ports and credentials/,
  },
  {
    without: 'the pin on what was checked',
    text: 'const pinned = addresses === undefined ? {} :',
    instead: 'const pinned = addresses === undefined || addresses.length > 0 ? {} :',
    red: /quality T6: a name is looked up once/,
  },
  {
    without: 'the limit of trust: a redirect may lead to another neighbour',
    text: 'if (trusted.has(next.origin) && next.origin !== url.origin)',
    instead: 'if (next.origin === undefined)',
    red: /quality T6, design D19: a redirect from a trusted origin/,
  },
  {
    without: 'what a redirect must leave behind',
    text: 'sent = followed(sent);',
    instead: 'sent = followed === undefined ? sent : sent;',
    red: /quality T6: three redirects and no more/,
  },
  {
    without: 'a bound of the size',
    text: 'if (length > maximumBytes)',
    instead: 'if (length > maximumBytes * 1000)',
    red: /quality Q39: size and time are bounded/,
  },
]);

export const walletGuards: readonly Guard[] = [...answers, ...browsers];
export const egressGuards: readonly Guard[] = egress;
