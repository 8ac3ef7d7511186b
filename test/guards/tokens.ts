import { type Guard, guardsIn } from './guard.ts';

const tokens = 'test/hostile/tokens.test.ts';
const hostileTokens = /a hundred hostile tokens at the hot path/;
const hostileProofs = /a hundred hostile DPoP proofs/;
const eachMember = /standards F-34: each member that must be there or must fit/;

const reading = [
  ...guardsIn('src/lib/bytes.ts', 'src/lib/bytes.test.ts', [
    {
      without: 'spare bits that must be zero',
      text: '/^(?:[\\w-]{4})*(?:[\\w-][AQgw]|[\\w-]{2}[AEIMQUYcgkosw048])?$/',
      instead: '/^[\\w-]*$/',
      red: /quality Q22: base64url has one spelling per value/,
    },
    {
      without: 'spare bits that must be zero, in a token',
      text: '/^(?:[\\w-]{4})*(?:[\\w-][AQgw]|[\\w-]{2}[AEIMQUYcgkosw048])?$/',
      instead: '/^[\\w-]*$/',
      test: tokens,
      red: hostileTokens,
    },
  ]),
  ...guardsIn('src/lib/strict-json.ts', 'src/lib/strict-json.test.ts', [
    {
      without: 'the count of members named',
      text: 'if (countMembers(value) !== named)',
      instead: 'if (countMembers(value) > named)',
      red: /quality Q22: doubled members/,
    },
    {
      without: 'a bound of the depth',
      text: 'if (depth > maximumDepth)',
      instead: 'if (depth > 1000 * maximumDepth)',
      red: /quality Q22: doubled members, deep nesting/,
    },
    {
      without: 'the look for half characters',
      text: 'if (!text.isWellFormed() ||',
      instead: 'if (false &&',
      red: /quality Q22: doubled members, deep nesting, half characters/,
    },
  ]),
];

const signatures = [
  ...guardsIn('src/oauth/jws.ts', tokens, [
    {
      without: 'the answer of the signature check',
      text: "if (!good) throw new JwsFault('a wrong signature');",
      instead: '',
      red: hostileTokens,
    },
    {
      without: 'the key that decides about the algorithm',
      text: "if (!fitsAlgorithm(key, alg)) throw new JwsFault('the key does not fit the algorithm');",
      instead: '',
      test: 'src/oauth/jws.test.ts',
      red: /by a key of that algorithm only/,
    },
    {
      without: 'strict JSON inside a token',
      text: 'value = parseStrictJson(new TextDecoder',
      instead: 'value = JSON.parse(new TextDecoder',
      red: hostileTokens,
    },
    { without: 'strict UTF-8 inside a token', text: 'fatal: true', instead: 'fatal: false', red: hostileTokens },
    {
      without: 'the refusal of extensions',
      text: "if ('crit' in header || 'b64' in header || 'zip' in header || 'enc' in header)",
      instead: 'if (false as boolean)',
      red: hostileTokens,
    },
    {
      without: 'the refusal of a private key in the header',
      text: 'if (isJsonObject(header.jwk) && hasPrivateMember(header.jwk))',
      instead: 'if (false as boolean)',
      red: hostileTokens,
    },
    { without: 'three parts and no more', text: 'if (parts.length !== 3)', instead: 'if (parts.length < 3)', red: hostileTokens },
    { without: 'a bound of the length', text: 'if (token.length > maximumLength)', instead: 'if (false as boolean)', red: hostileTokens },
    {
      without: 'the type of a token',
      text: 'if (typ === undefined || !types.includes(typ))',
      instead: 'if (false as boolean)',
      red: hostileTokens,
    },
    {
      without: 'the list of algorithms',
      text: 'if (!(algorithms as readonly string[]).includes(header.alg))',
      instead: 'if (false as boolean)',
      test: 'src/issuer/access-token.test.ts',
      red: /features B17: a server is not believed for another/,
    },
  ]),
  ...guardsIn('src/oauth/public-key.ts', 'src/oauth/public-key.test.ts', [
    {
      without: 'the look for private members of a key',
      text: 'if (!isJsonObject(value) || hasPrivateMember(value)) return undefined;',
      instead: 'if (!isJsonObject(value)) return undefined;',
      red: /quality Q22: private, symmetric, foreign/,
    },
    {
      without: 'a least strength of RSA keys',
      text: 'return modulusLength >= leastModulus && publicExponent >= leastExponent ? key : undefined;',
      instead: 'return modulusLength + Number(publicExponent) > leastModulus - Number(leastExponent) ? key : undefined;',
      red: /quality Q22: RSA keys of foreign parties: strong ones alone/,
    },
  ]),
  ...guardsIn('src/oauth/remote-keys.ts', 'src/oauth/remote-keys.test.ts', [
    {
      without: 'the use of a published key',
      text: " && (key.use === undefined || key.use === 'sig')",
      instead: '',
      red: /quality Q22: a key is found by its id, its use/,
    },
    {
      without: 'the refusal to choose among keys without an id',
      text: 'return keyId !== undefined || !second ? first : undefined;',
      instead: 'return second ?? first;',
      red: /quality Q22: without an id only a set with one fitting key is clear/,
    },
  ]),
];

const times = guardsIn('src/oauth/time-claims.ts', tokens, [
  {
    without: 'a token that ends',
    text: 'if (until !== undefined && until <= now - tolerance)',
    instead: 'if (until === -1)',
    red: hostileTokens,
  },
  {
    without: 'a token that begins',
    text: 'if (from !== undefined && from > now + tolerance)',
    instead: 'if (from === -1)',
    red: hostileTokens,
  },
  {
    without: 'a bound of the future',
    text: 'if (issued !== undefined && issued > now + tolerance)',
    instead: 'if (issued === -1)',
    red: hostileTokens,
  },
  {
    without: 'the age of a proof',
    text: 'if (age !== undefined && (issued === undefined || issued < now - age - tolerance))',
    instead: 'if (age === -1)',
    red: eachMember,
  },
  {
    without: 'a lifetime that we cap',
    text: 'if (until === undefined || until > (issued ?? now) + lifetime + tolerance)',
    instead: 'if (until === -1)',
    test: 'src/oauth/time-claims.test.ts',
    red: /quality Q22: each time is honoured/,
  },
  {
    without: 'the look whether a time is one',
    text: "if (typeof value !== 'number' ||",
    instead: "if (typeof value !== 'number') return undefined;\n  if (",
    test: 'src/oauth/time-claims.test.ts',
    red: /quality Q22: what is no time is refused/,
  },
]);

/** RFC 9449 §4.3, item by item. */
const proofs = guardsIn('src/oauth/dpop.ts', tokens, [
  { without: 'the method of a DPoP proof', text: 'if (htm !== expectation.method)', instead: 'if (htm === undefined)', red: eachMember },
  {
    without: 'the address of a DPoP proof',
    text: 'if (!sameTarget(htu, expectation.url))',
    instead: 'if (htu === undefined)',
    red: eachMember,
  },
  {
    without: 'the path in the address of a proof',
    text: 'return told.origin === url.origin && told.pathname === url.pathname;',
    instead: 'return told.origin === url.origin;',
    red: eachMember,
  },
  {
    without: 'the token that a proof is for',
    text: 'if (!isAtServer(expectation) && ath !== sha256Base64url(expectation.accessToken))',
    instead: 'if (false as boolean)',
    red: eachMember,
  },
  {
    without: 'the look whether a proof has a jti',
    text: "if (typeof jti !== 'string' || jti.length === 0 || jti.length > 256) throw new JwsFault('no jti');",
    instead: "if (typeof jti !== 'string') return { jti: String(jti), nonce };",
    red: eachMember,
  },
  {
    without: 'the key that the token is bound to',
    text: "if (thumbprint !== bound) throw new JwsFault('another key than the token is bound to');",
    instead: '',
    red: eachMember,
  },
  { without: 'exactly one header', text: 'if (headers.length !== 1 || !proof)', instead: 'if (!proof)', red: eachMember },
  {
    without: 'the type of a DPoP proof',
    text: "types: ['dpop+jwt']",
    instead: "types: ['dpop+jwt', 'jwt', 'dpop', 'jose']",
    red: hostileProofs,
  },
  {
    without: 'the algorithms of a DPoP proof',
    text: 'algorithms: dpopAlgorithms });\n  const jwk',
    instead: "algorithms: [...dpopAlgorithms, 'ES384'] });\n  const jwk",
    red: eachMember,
  },
  { without: 'the signature of a DPoP proof', text: 'await verifySignature(jws, importPublicKey(jwk));', instead: '', red: hostileProofs },
  {
    without: 'the nonce of a DPoP proof',
    text: "if (typeof verified.nonce !== 'string' || !nonces.accepts(verified.nonce))",
    instead: 'if (false as boolean)',
    test: 'src/oauth/dpop.test.ts',
    red: /altered ones are not|carries a challenge, at the authorization server none/,
  },
  {
    without: 'a look at whether a proof was fresh',
    text: 'if (!fresh)',
    instead: 'if (!fresh && false)',
    test: 'src/oauth/dpop.test.ts',
    red: /of fifty parallel uses of one proof one passes/,
  },
  {
    without: 'a claim as long as a proof can pass',
    text: 'const claimSeconds = proofAgeSeconds + 2 * toleranceSeconds + 1;',
    instead: 'const claimSeconds = proofAgeSeconds;',
    test: 'src/oauth/dpop.test.ts',
    red: /a proof is taken once in all the time it could be taken/,
  },
]);

const nonces = guardsIn('src/oauth/nonce.ts', 'src/oauth/nonce.test.ts', [
  {
    without: 'the tag of a nonce',
    text: 'if (!equalBytes(tag(mint, body), bytes.subarray(timeLength + randomLength)))',
    instead: 'if (bytes.byteLength === 0)',
    red: /is unknown, and so is every change of a good one/,
  },
  {
    without: 'whom a nonce is for',
    text: 'audience}\\n`',
    instead: 'audience.slice(0, 0)}\\n`',
    red: /a nonce of another issuer/,
  },
  {
    without: 'the end of a nonce',
    text: 'if (ends <= numericDate(mint.clock.now()))',
    instead: 'if (ends < 0)',
    red: /a nonce is valid until its end/,
  },
]);

const sealed = guardsIn('src/oauth/jwe.ts', 'src/oauth/jwe.test.ts', [
  {
    without: 'the type of what was sealed',
    text: 'if (type !== undefined && header.typ !== type)',
    instead: 'if (header.typ === 0)',
    red: /altered, retyped, cut short and for another key are refused/,
  },
]);

export const tokenGuards: readonly Guard[] = [...reading, ...signatures, ...times, ...proofs, ...nonces, ...sealed];
