import { type Guard, guardsIn } from './guard.ts';

const never = 'if (false as boolean)';
const notBelieved = /features B17: a server is not believed for another/;
const exactlyOneKey = /standards V-74: exactly one key/;
const nonceAndAge = /quality R20, R31, standards V-33, E-3: nonce, audience, client and age/;

const accessTokens = guardsIn('src/issuer/access-token.ts', 'src/issuer/access-token.test.ts', [
  {
    without: 'the signature of an access token',
    text: 'await verifySignature(jws, key);',
    instead: '',
    red: /quality T5, features A19: more than sixty mutants/,
  },
  {
    without: 'the issuer of an access token',
    text: 'servers.find(({ issuer }) => issuer === jws.payload.iss)',
    instead: 'servers[0]',
    red: notBelieved,
  },
  {
    without: 'the audience of an access token',
    text: 'if (!names(jws.payload.aud, server.audience ?? identifier))',
    instead: never,
    red: notBelieved,
  },
  {
    without: 'the times of an access token',
    text: 'checkTimes(jws.payload, { clock, toleranceSeconds, maximumLifetimeSeconds: own ? 300 : 3600 });',
    instead: '',
    red: /quality T5, features A19: more than sixty mutants/,
  },
  {
    without: 'the five minutes of our own tokens',
    text: 'maximumLifetimeSeconds: own ? 300 : 3600',
    instead: 'maximumLifetimeSeconds: 3600',
    red: notBelieved,
  },
  {
    without: 'the strict type of our own tokens',
    text: "types: own ? ['at+jwt'] : ['at+jwt', 'jwt']",
    instead: "types: ['at+jwt', 'jwt']",
    red: notBelieved,
  },
  { without: 'a jti in our own tokens', text: "if (own && typeof jws.payload.jti !== 'string')", instead: never, red: notBelieved },
  {
    without: 'the refusal of a binding we cannot check',
    text: "if (cnf !== undefined && typeof jkt !== 'string')",
    instead: never,
    red: notBelieved,
  },
]);

const authorizing = guardsIn('src/issuer/authorize-request.ts', 'test/hostile/credential-endpoint.test.ts', [
  {
    without: 'the refusal of a bound token as a bearer token',
    text: "if ((boundThumbprint === undefined) !== (scheme === 'bearer'))",
    instead: "if (boundThumbprint === undefined && scheme !== 'bearer')",
    test: 'test/hostile/issuer-nodes.test.ts',
    red: /features A17, standards V-29: a token bound to a key/,
  },
  {
    without: 'a look at whether the proof of a bound token was heard before',
    text: "store.claim('dpop-jti', key, expiresAt)",
    instead: "store.claim('dpop-jti', key, expiresAt).then(() => true)",
    test: 'test/hostile/issuer-nodes.test.ts',
    red: /features A17, standards V-29: a token bound to a key/,
  },
  {
    without: 'the one claim of a proof, raced over HTTP',
    text: "store.claim('dpop-jti', key, expiresAt)",
    instead:
      "store.get('dpop-jti', key).then(async (seen) => seen === undefined && (await store.put('dpop-jti', key, 1, expiresAt), true))",
    test: 'test/hostile/races.test.ts',
    red: /quality T2 \(SU5\): .* replay one DPoP proof/,
  },
  {
    without: 'the refusal of a token in the query',
    text: "if (query && 'access_token' in query)",
    instead: never,
    red: /quality R62: a token in the query or a form is refused/,
  },
]);

const keyProofs = guardsIn('src/issuer/proofs/jwt-proof.ts', 'src/issuer/key-proof.test.ts', [
  {
    without: 'the signature of a key proof',
    text: 'await Promise.all(read.map(({ jws, holder }) => verifySignature(jws, importPublicKey(holder.jwk))));',
    instead: '',
    red: /quality T5: more than sixty mutants of a good proof/,
  },
  {
    without: 'the type of a key proof',
    text: "types: ['openid4vci-proof+jwt']",
    instead: "types: ['openid4vci-proof+jwt', 'jwt', 'jose', 'dpop+jwt']",
    red: /quality T5: more than sixty mutants of a good proof/,
  },
  {
    without: 'the algorithms of the credential type',
    text: 'algorithms: binding.proofs.jwt?.algorithms ?? []',
    instead: "algorithms: ['ES256', 'EdDSA']",
    red: /standards V-78: only methods and algorithms of the type/,
  },
  {
    without: 'the binding methods of the credential type',
    text: '!holder || !binding.methods.includes(holder.method)',
    instead: '!holder',
    red: /standards V-78: only methods and algorithms of the type/,
  },
  {
    without: 'the count of keys',
    text: '.length !== 1 || header.trust_chain',
    instead: '.length === 0 || header.trust_chain',
    red: exactlyOneKey,
  },
  {
    without: 'the refusal of keys in other forms',
    text: ' || header.trust_chain !== undefined',
    instead: '',
    red: exactlyOneKey,
  },
  { without: 'the audience of a key proof', text: 'if (aud !== audience &&', instead: 'if (aud === undefined &&', red: nonceAndAge },
  {
    without: 'one audience and no more',
    text: 'aud.length === 1 && aud[0] === audience',
    instead: 'aud.includes(audience)',
    red: nonceAndAge,
  },
  {
    without: 'the client of a key proof',
    text: 'if (iss !== undefined && clientId !== undefined && iss !== clientId)',
    instead: never,
    red: nonceAndAge,
  },
  {
    without: 'the window of iat',
    text: 'checkTimes(jws.payload, { clock, toleranceSeconds, maximumAgeSeconds: proofAgeSeconds });',
    instead: '',
    red: nonceAndAge,
  },
  {
    without: 'another key in each proof',
    text: 'checkKeysDiffer(read);',
    instead: '',
    red: /features B27, standards V-40, X-8: one bad proof, one key twice or a second nonce/,
  },
  {
    without: 'one nonce for all proofs',
    text: 'if (others.some(({ jws }) => jws.payload.nonce !== nonce))',
    instead: 'if (others.length < 0)',
    red: /features B27, standards V-40, X-8: one bad proof, one key twice or a second nonce/,
  },
]);

const attestations = [
  ...guardsIn('src/issuer/proofs/jwt-proof.ts', 'src/issuer/proofs/key-attestation.test.ts', [
    {
      without: 'the proof key among the attested ones',
      text: 'if (!keys.some((key) => key.thumbprint === thumbprint))',
      instead: never,
      red: /standards V-76, quality R79: a proof by another key/,
    },
    {
      without: 'the look at the nonce of an attestation',
      text: 'if (nonce !== undefined && nonce !== jws.payload.nonce)',
      instead: never,
      red: /quality R79, standards V-77, E-3: the nonce of an attestation/,
    },
    {
      without: 'the chain behind a certified holder key',
      text: 'jwt?.certificates ? trust.holderCertificates?.verify(x5c) : readCertificates(x5c)[0]?.publicKey',
      instead: 'readCertificates(x5c)[0]?.publicKey',
      test: 'src/issuer/key-proof.test.ts',
      red: /features B24, standards V-74: a certificate names the holder key/,
    },
  ]),
  ...guardsIn('src/issuer/proofs/key-attestation.ts', 'src/issuer/proofs/key-attestation.test.ts', [
    {
      without: 'the signature of an attestation',
      text: 'await verifySignature(jws, attesters.keyOf(jws));',
      instead: 'attesters.keyOf(jws);',
      red: /quality T5: more than sixty mutants of a good attestation/,
    },
    {
      without: 'the times of an attestation',
      text: 'checkTimes(payload, { clock, toleranceSeconds });',
      instead: '',
      red: /quality R71, standards V-77: iat, nbf and exp/,
    },
  ]),
  ...guardsIn('src/formats/ldp-vc/presentation.ts', 'test/interop/di-vp-proof.test.ts', [
    {
      without: 'the signature of a presentation',
      text: "if (!verifySignature(hash, hashes, { key, dsaEncoding: 'ieee-p1363' }, signature))",
      instead: never,
      red: /presentations of @digitalbazaar.vc under eddsa-rdfc-2022 prove a key/,
    },
    {
      without: 'the domain of a presentation',
      text: 'if (told !== domain && !(Array.isArray(told) && told.length === 1 && told[0] === domain))',
      instead: never,
      red: /quality R20: purpose, domain, challenge, suite/,
    },
  ]),
  ...guardsIn('src/issuer/proofs/attested-dpop-key.ts', 'test/hostile/key-proofs.test.ts', [
    {
      without: 'the DPoP key among the attested ones',
      text: 'if (!keys.some(({ thumbprint }) => thumbprint === proven.thumbprint))',
      instead: never,
      red: /quality R79: where the issuer wants it/,
    },
  ]),
  ...guardsIn('src/oauth/p256-point.ts', 'src/oauth/p256-point.test.ts', [
    {
      without: 'the equation of the curve',
      text: ' && (v * v - (u * u * u - 3n * u + b)) % prime === 0n',
      instead: '',
      red: /standards V-77: a point is on P-256/,
    },
  ]),
  ...guardsIn('src/oauth/certificate-chain.ts', 'src/oauth/certificate-chain.test.ts', [
    {
      without: 'the refusal of an anchor that rides along',
      text: 'if (chain.some((facts) => anchors.some(({ certificate }) => sameKey(certificate, facts.certificate)) || wasIssuedBy(facts, facts)))',
      instead: never,
      red: /standards H-18, quality R80: a chain below a configured root/,
    },
    {
      without: 'each signature of a chain',
      text: 'if (above && !wasIssuedBy(facts, above))',
      instead: never,
      red: /quality R80: a foreign root, a gap/,
    },
  ]),
];

const requestProofs = [
  ...guardsIn('src/issuer/key-proof.ts', 'src/issuer/key-proof.test.ts', [
    {
      without: 'the judgement on a nonce',
      text: "if (reading.state !== 'valid')",
      instead: "if (!('expiresAt' in reading) && nonce === '')",
      red: nonceAndAge,
    },
  ]),
  ...guardsIn('src/issuer/proofs/request-proofs.ts', 'src/issuer/credential-request.test.ts', [
    {
      without: 'a bound of the number of proofs',
      text: 'if (value.length > maximum)',
      instead: never,
      red: /features B27, standards V-31, V-64, quality R26: as many proofs/,
    },
  ]),
];

const requests = [
  ...guardsIn('src/issuer/subject.ts', 'src/issuer/subject.test.ts', [
    {
      without: 'the token that a subject was sealed to',
      text: 'if (iss !== identifier || boundTo !== jti ||',
      instead: 'if (iss !== identifier ||',
      red: /design D6: a reference of another token, issuer, key or kind/,
    },
    {
      without: 'the issuer that a subject was sealed to',
      text: 'if (iss !== identifier || boundTo !== jti ||',
      instead: 'if (boundTo !== jti ||',
      red: /design D6: a reference of another token, issuer, key or kind/,
    },
  ]),
  ...guardsIn('src/issuer/credential-request.ts', 'src/issuer/credential-request.test.ts', [
    {
      without: 'the scope of a credential type',
      text: 'if (!grant.scopes.has(type.scope)) throw insufficientScope(grant, type.scope);',
      instead: '',
      test: 'test/hostile/credential-endpoint.test.ts',
      red: /quality R32, features A21, standards E-2, E-3, V-43, V-44, V-45: each failure has the exact code/,
    },
    {
      without: 'strict JSON in a credential request',
      text: 'const body = parseStrictJson(text);',
      instead: 'const body = JSON.parse(text || parseStrictJson(text)) as Json;',
      red: /quality Q39: a body that is no object, names a member twice/,
    },
    {
      without: 'one of two ways to name the credential',
      text: 'if ((identifier === undefined) === (configuration === undefined))',
      instead: 'if (identifier === undefined && configuration === undefined)',
      red: /standards V-30, features B18: a token with credential_identifiers/,
    },
  ]),
];

const serverKeys = guardsIn('src/oauth/server-keys.ts', 'src/issuer/access-token.test.ts', [
  {
    without: 'the name in the metadata of a token issuer',
    text: 'if (told !== issuer || typeof',
    instead: 'if (typeof',
    red: /standards EP-2: metadata in the name of another server/,
  },
]);

export const issuerGuards: readonly Guard[] = [
  ...accessTokens,
  ...serverKeys,
  ...authorizing,
  ...keyProofs,
  ...attestations,
  ...requestProofs,
  ...requests,
];
