import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign, type webcrypto } from 'node:crypto';

/** A valid token in parts, and the private key it was signed with. */
export interface TokenParts {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly key: KeyObject;
}

export interface Mutant {
  readonly name: string;
  readonly token: string;
}

/** Keys of an attacker: made once, since making them costs more than all the mutants of a token. */
const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;

const encode = (value: unknown) =>
  (Buffer.isBuffer(value) ? value : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))).toString('base64url');
/** The same name with its first letter as an escape. */
const escaped = (name: string) => `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`;
const signEs256 = (input: string, key: KeyObject) =>
  sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');

/** Header and payload as given, signed as ES256 by the key. */
export function compact(header: unknown, payload: unknown, key: KeyObject): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signEs256(input, key)}`;
}

function headerMutants({ header, payload, key }: TokenParts): Mutant[] {
  const publicKey = createPublicKey(key);
  const pem = publicKey.export({ format: 'pem', type: 'spki' });
  const unsigned = (alg: unknown) => `${encode({ ...header, alg })}.${encode(payload)}.`;
  const hmac = (secret: string | Buffer) => {
    const input = `${encode({ ...header, alg: 'HS256' })}.${encode(payload)}`;
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  };
  const withHeader = (name: string, change: Record<string, unknown>) => ({ name, token: compact({ ...header, ...change }, payload, key) });
  const without = (member: string) => ({
    name: `header without ${member}`,
    token: compact(Object.fromEntries(Object.entries(header).filter(([name]) => name !== member)), payload, key),
  });
  const rsaInput = `${encode({ ...header, alg: 'RS256' })}.${encode(payload)}`;
  return [
    ...['none', 'None', 'NONE', 'nOnE', '', null, 0, ['ES256']].map((alg) => ({
      name: `alg ${JSON.stringify(alg)} unsigned`,
      token: unsigned(alg),
    })),
    { name: 'alg none with the old signature', token: `${encode({ ...header, alg: 'none' })}.${encode(payload)}.${signEs256('x', key)}` },
    { name: 'HS256 under the public key as PEM', token: hmac(pem) },
    { name: 'HS256 under the public key as DER', token: hmac(publicKey.export({ format: 'der', type: 'spki' })) },
    { name: 'HS256 under the public key as JWK', token: hmac(JSON.stringify(publicKey.export({ format: 'jwk' }))) },
    { name: 'HS256 under an empty secret', token: hmac('') },
    { name: 'RS256 by a foreign key', token: `${rsaInput}.${sign('sha256', Buffer.from(rsaInput), rsa.privateKey).toString('base64url')}` },
    { name: 'signed by a foreign key', token: compact(header, payload, foreign.privateKey) },
    {
      name: 'signed by a foreign key that rides along',
      token: compact({ ...header, jwk: foreign.publicKey.export({ format: 'jwk' }) }, payload, 'jwk' in header ? key : foreign.privateKey),
    },
    {
      name: 'the private key rides along',
      token: compact({ ...header, jwk: key.export({ format: 'jwk' }) as webcrypto.JsonWebKey }, payload, key),
    },
    ...['ES384', 'ES256K', 'EdDSA', 'PS256', 'es256'].map((alg) => withHeader(`alg ${alg} over an ES256 signature`, { alg })),
    ...['JWT', 'jose', '', null, 'dpop', 'application/json'].map((typ) => withHeader(`typ ${JSON.stringify(typ)}`, { typ })),
    without('typ'),
    without('alg'),
    withHeader('crit names what nobody knows', { crit: ['x'], x: 1 }),
    withHeader('crit is empty', { crit: [] }),
    withHeader('b64 is false', { b64: false, crit: ['b64'] }),
    withHeader('zip', { zip: 'DEF' }),
    withHeader('enc', { enc: 'A256GCM' }),
  ];
}

/** Signed by somebody else, with a hint to where the verifier might find the key that fits. */
function hintMutants({ header, payload }: TokenParts): Mutant[] {
  const { privateKey, publicKey } = foreign;
  const jwk = publicKey.export({ format: 'jwk' });
  const hint = (name: string, change: Record<string, unknown>) => ({
    name: `signed by a foreign key, ${name}`,
    token: compact({ ...header, ...change }, payload, privateKey),
  });
  return [
    hint('jku points to it', { jku: 'https://attacker.example/jwks.json' }),
    hint('x5u points to it', { x5u: 'https://attacker.example/chain.pem' }),
    hint('x5c holds something', { x5c: [publicKey.export({ format: 'der', type: 'spki' }).toString('base64')] }),
    hint('x5c is empty', { x5c: [] }),
    hint('kid is a path', { kid: '../../../../dev/null' }),
    hint('kid is SQL', { kid: "' UNION SELECT 'key" }),
    hint('kid is a URL', { kid: 'https://attacker.example/key' }),
    hint('kid is an object', { kid: { key: jwk } }),
    hint('kid is __proto__', { kid: '__proto__' }),
    hint('kid is a DID of it', { kid: `did:jwk:${encode(jwk)}#0` }),
    hint('keys in the header', { keys: [jwk] }),
  ];
}

/** Integers r and s of a signature, changed one by one: a signature must be a pair of numbers in 1 … n − 1. */
function signatureMutants({ header, payload, key }: TokenParts): Mutant[] {
  const token = compact(header, payload, key);
  const [head = '', body = '', tail = ''] = token.split('.');
  const good = Buffer.from(tail, 'base64url');
  const zeros = Buffer.alloc(32);
  const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
  const [r, s] = [good.subarray(0, 32), good.subarray(32)];
  const with384 = `${encode({ ...header, alg: 'ES384' })}.${encode(payload)}`;
  const withEd = `${encode({ ...header, alg: 'EdDSA' })}.${encode(payload)}`;
  const signed = (name: string, signature: Buffer) => ({ name, token: `${head}.${body}.${signature.toString('base64url')}` });
  return [
    signed('r is zero', Buffer.concat([zeros, s])),
    signed('s is zero', Buffer.concat([r, zeros])),
    signed('r and s are the order', Buffer.concat([order, order])),
    signed('r and s changed places', Buffer.concat([s, r])),
    signed('one bit of s', Buffer.concat([r, s.subarray(0, 31), Buffer.from([(s[31] ?? 0) ^ 1])])),
    signed('r with a zero before it', Buffer.concat([Buffer.alloc(1), r, s])),
    signed('all ones', Buffer.alloc(64, 0xff)),
    signed('twice as long', Buffer.concat([good, good])),
    {
      name: 'another curve',
      token: `${with384}.${sign('sha384', Buffer.from(with384), { key: p384, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`,
    },
    { name: 'an Edwards curve', token: `${withEd}.${sign(null, Buffer.from(withEd), ed25519).toString('base64url')}` },
    { name: 'of the header alone', token: `${head}.${body}.${signEs256(head, key)}` },
    { name: 'of the payload alone', token: `${head}.${body}.${signEs256(body, key)}` },
    { name: 'nested in another token', token: compact({ ...header, cty: 'JWT' }, token, key) },
    { name: 'five parts like a JWE', token: `${encode({ ...header, alg: 'ECDH-ES', enc: 'A256GCM' })}..${tail}.${body}.${tail}` },
    { name: 'JSON serialisation', token: encode({ protected: head, payload: body, signature: tail }) },
  ];
}

function encodingMutants({ header, payload, key }: TokenParts): Mutant[] {
  const token = compact(header, payload, key);
  const [head = '', body = '', tail = ''] = token.split('.');
  const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const twisted = tail.slice(0, -1) + last[(last.indexOf(tail.at(-1) ?? 'A') ^ 1) & 63];
  const raw = (headerText: string, payloadText: string) => {
    const input = `${encode(headerText)}.${encode(payloadText)}`;
    return `${input}.${signEs256(input, key)}`;
  };
  const json = JSON.stringify(payload);
  const der = sign('sha256', Buffer.from(`${head}.${body}`), key).toString('base64url');
  return [
    { name: 'signature missing', token: `${head}.${body}.` },
    { name: 'signature and its dot missing', token: `${head}.${body}` },
    { name: 'four parts', token: `${token}.${tail}` },
    { name: 'five parts', token: `${token}..` },
    { name: 'padding', token: `${token}=` },
    { name: 'padding in the header', token: `${head}=.${body}.${tail}` },
    { name: 'another spelling of the last character', token: `${head}.${body}.${twisted}` },
    { name: 'a space behind', token: `${head}.${body}.${tail}%20` },
    { name: 'plus and slash', token: `${head}.${body}.${tail.replace(/[-_]/g, '+')}+/` },
    { name: 'signature as DER', token: `${head}.${body}.${der}` },
    { name: 'signature of zeros', token: `${head}.${body}.${Buffer.alloc(64).toString('base64url')}` },
    { name: 'signature cut short', token: `${head}.${body}.${tail.slice(0, -2)}` },
    { name: 'signature lengthened', token: `${head}.${body}.${tail}AA` },
    { name: 'payload cut short', token: `${head}.${body.slice(0, -4)}.${tail}` },
    { name: 'payload of another token', token: `${head}.${encode({ ...payload, scope: 'everything' })}.${tail}` },
    { name: 'header and payload changed places', token: `${body}.${head}.${tail}` },
    { name: 'case flipped', token: `${head}.${body}.${tail.toLowerCase()}` },
    { name: 'a member twice', token: raw(JSON.stringify(header), `{"${Object.keys(payload)[0]}":"attacker",${json.slice(1)}`) },
    { name: 'a header member twice', token: raw(`{"alg":"none",${JSON.stringify(header).slice(1)}`, json) },
    { name: 'a byte order mark', token: raw(JSON.stringify(header), `\ufeff${json}`) },
    { name: 'payload is a list', token: raw(JSON.stringify(header), `[${json}]`) },
    { name: 'payload is a string', token: raw(JSON.stringify(header), '"x"') },
    { name: 'payload is empty', token: raw(JSON.stringify(header), '') },
    { name: 'payload has something behind it', token: raw(JSON.stringify(header), `${json}{}`) },
    { name: 'payload nested deeply', token: raw(JSON.stringify(header), `{"x":${'['.repeat(200)}${']'.repeat(200)},${json.slice(1)}`) },
    { name: 'half a character', token: raw(JSON.stringify(header), `{"x":"\\ud800",${json.slice(1)}`) },
    { name: 'a header that is null', token: raw('null', json) },
    { name: 'a header that is a list', token: raw(`[${JSON.stringify(header)}]`, json) },
    { name: 'a header with a comment', token: raw(`/**/${JSON.stringify(header)}`, json) },
    {
      name: 'a member twice, once escaped',
      token: raw(JSON.stringify(header), `{"${escaped(Object.keys(payload)[0] ?? '')}":"attacker",${json.slice(1)}`),
    },
    {
      name: 'bytes that are no UTF-8',
      token: compact(header, Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from(',"x":"\xff"}', 'latin1')]), key),
    },
    {
      name: 'padding of every part',
      token: [head, body, tail].map((part) => part.padEnd(part.length + ((4 - (part.length % 4)) % 4), '=')).join('.'),
    },
    {
      name: 'the alphabet of plain base64',
      token: `${head}.${body}.${Buffer.from(tail, 'base64url').toString('base64').replace(/=+$/, '+')}`,
    },
    { name: 'no dots', token: `${head}${body}${tail}` },
    { name: 'dots alone', token: '..' },
    { name: 'empty parts', token: `.${body}.${tail}` },
    { name: 'far too long', token: compact(header, { ...payload, x: 'x'.repeat(40_000) }, key) },
  ];
}

function claimMutants({ header, payload, key }: TokenParts): Mutant[] {
  const now = Math.floor(Date.now() / 1000);
  const change = (name: string, members: Record<string, unknown>) => ({ name, token: compact(header, { ...payload, ...members }, key) });
  const times = [
    change('iat in the future', { iat: now + 3600 }),
    change('iat as a string', { iat: String(now) }),
    change('iat negative', { iat: -1 }),
    change('iat null', { iat: null }),
    change('nbf in the future', { nbf: now + 3600 }),
    change('exp in the past', { exp: now - 3600 }),
    change('exp as a string', { exp: String(now + 60) }),
    change('exp null', { exp: null }),
    change('exp negative', { exp: -1 }),
    change('exp past the end of time', { exp: 1e308 }),
    change('exp a list', { exp: [now + 60] }),
    change('exp an object', { exp: { valueOf: now + 60 } }),
    change('exp true', { exp: true }),
    change('iat past the end of time', { iat: 1e308 }),
    change('iat a list', { iat: [now] }),
    change('iat in milliseconds', { iat: Date.now() }),
    change('nbf past the end of time', { nbf: 1e308 }),
    change('nbf as a string', { nbf: String(now) }),
  ];
  const audience =
    'aud' in payload
      ? [
          change('another audience', { aud: 'https://other.example' }),
          change('audience with a slash', { aud: `${String(payload.aud)}/` }),
          change('audience null', { aud: null }),
          change('audience empty', { aud: [] }),
          change('audience an object', { aud: { x: payload.aud } }),
          change('audience true', { aud: true }),
          change('audience a list of lists', { aud: [[payload.aud]] }),
          change('audience a list of others', { aud: ['https://other.example', `${String(payload.aud)}/`] }),
          change('audience in capitals', { aud: String(payload.aud).toUpperCase() }),
          change('audience with a space', { aud: ` ${String(payload.aud)}` }),
          change('audience with something behind it', { aud: `${String(payload.aud)}.attacker.example` }),
        ]
      : [];
  return [...times, ...audience];
}

/** More than a hundred hostile forms of a valid token (quality T5): none may be taken anywhere. */
export function tokenMutants(parts: TokenParts): readonly Mutant[] {
  return [...headerMutants(parts), ...hintMutants(parts), ...signatureMutants(parts), ...encodingMutants(parts), ...claimMutants(parts)];
}
