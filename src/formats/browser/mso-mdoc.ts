import { type Bytes, base64url, readBase64url, sameBytes, toBase64, utf8 } from './bytes.ts';
import { type Cbor, type CborMap, encodeByteString, readCbor, Tagged } from './cbor.ts';
import { type Certificate, importVerificationKey, verifyChain } from './certificate.ts';
import { CredentialFault, type CredentialReader, type Expectation, type HolderJwk, type ReadCredential } from './credential-reader.ts';

const maximumLength = 2 * 1024 * 1024;
const toleranceMilliseconds = 60_000;
const embedded = 24;
const leastRandom = 16;
/** ISO/IEC 18013-5 annex B.1.4: 1.0.18013.5.1.2. */
const documentSigner = '28818c5d050102';
const doctypePattern = /^.{1,256}$/;

const fault = (reason: string) => new CredentialFault(reason);
const isBytes = (value: Cbor | undefined): value is Bytes => value instanceof Uint8Array;

function mapOf(value: Cbor | undefined, name: string): CborMap {
  if (!(value instanceof Map)) throw fault(`the ${name} is no map`);
  return value as CborMap;
}

/** Exactly the members that the standard has. */
function membersOf(value: Cbor | undefined, name: string, members: readonly string[]): CborMap {
  const map = mapOf(value, name);
  if (map.size !== members.length || !members.every((member) => map.has(member))) throw fault(`the ${name} has other members`);
  return map;
}

/** What travels as bytes inside a tag 24. */
function openEmbedded(value: Cbor | undefined, name: string): { readonly value: Cbor; readonly whole: Bytes } {
  if (!(value instanceof Tagged) || value.tag !== embedded || !isBytes(value.value)) throw fault(`the ${name} does not stand in a tag 24`);
  return { value: readCbor(value.value), whole: value.whole };
}

/** RFC 9053 §2.1, §2.2: an algorithm by its number, the curve it needs, and how long its signatures are. */
const algorithms: Readonly<
  Record<string, Readonly<Record<'name' | 'curve', string>> & { readonly length: number; readonly hash?: string }>
> = {
  '-7': { name: 'ES256', curve: 'P-256', length: 64, hash: 'SHA-256' },
  '-35': { name: 'ES384', curve: 'P-384', length: 96, hash: 'SHA-384' },
  '-8': { name: 'EdDSA', curve: 'Ed25519', length: 64 },
};

interface Signed {
  readonly algorithm: string;
  readonly payload: Bytes;
  readonly signer: Certificate;
}

/** RFC 9360 §2: one certificate alone, or more in an array. */
function chainOf(header: CborMap): readonly Bytes[] {
  const listed = header.get(33);
  const chain = isBytes(listed) ? [listed] : Array.isArray(listed) ? (listed as readonly Cbor[]) : [];
  if (!chain.every(isBytes)) throw fault('a certificate that is no bytes');
  return chain;
}

/** RFC 9052 §4.4, ISO/IEC 18013-5 §9.1.2.4: an untagged COSE_Sign1 whose protected header holds the algorithm alone. */
async function verifyIssuerAuth(value: Cbor | undefined, { trustAnchor, issuer, now }: Expectation): Promise<Signed> {
  const [header, beside, payload, signature, ...more] = Array.isArray(value) ? (value as readonly Cbor[]) : [];
  if (!isBytes(header) || !isBytes(payload) || !isBytes(signature) || more.length > 0) throw fault('the issuerAuth is no COSE_Sign1');
  const names = mapOf(readCbor(header), 'protected header');
  const label = names.get(1);
  const algorithm = typeof label === 'number' ? algorithms[label] : undefined;
  if (names.size !== 1 || !algorithm) throw fault('an algorithm we do not take');
  const signer = await verifyChain(chainOf(mapOf(beside, 'unprotected header')), trustAnchor, now);
  if (!signer.purposes.includes(documentSigner)) throw fault('a certificate that signs no documents');
  // The object does not name its issuer: the pinned root does, and the certificate where it names anybody.
  if (signer.uris.length > 0 && !signer.uris.includes(issuer)) throw fault('a certificate of another issuer');
  if (signer.curve !== algorithm.curve || signature.length !== algorithm.length) throw fault('the key does not fit the algorithm');
  const parts = [Uint8Array.of(0x84, 0x6a), utf8('Signature1'), encodeByteString(header), Uint8Array.of(0x40), encodeByteString(payload)];
  const input = new Uint8Array(await new Blob(parts).arrayBuffer());
  const { name, curve, hash } = algorithm;
  const parameters = hash === undefined ? { name: curve } : { name: 'ECDSA', hash };
  const good = await crypto.subtle.verify(parameters, await importVerificationKey(signer), signature, input);
  if (!good) throw fault('a wrong signature');
  return { algorithm: name, payload, signer };
}

/** RFC 9053 §7: the members that make the key, on the two curves of holders' keys. */
function jwkOf(value: Cbor | undefined): HolderJwk {
  const key = mapOf(value, 'device key');
  const [x, y] = [key.get(-2), key.get(-3)];
  if (key.get(1) === 2 && key.get(-1) === 1 && isBytes(x) && isBytes(y))
    return { kty: 'EC', crv: 'P-256', x: base64url(x), y: base64url(y) };
  if (key.get(1) === 1 && key.get(-1) === 6 && isBytes(x)) return { kty: 'OKP', crv: 'Ed25519', x: base64url(x) };
  throw fault('a device key we do not know');
}

function timeOf(validity: CborMap, name: string): Date {
  const moment = validity.get(name);
  const text = moment instanceof Tagged && moment.tag === 0 ? moment.value : undefined;
  const time = new Date(typeof text === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? text : Number.NaN);
  if (Number.isNaN(time.getTime())) throw fault(`${name} is no time`);
  return time;
}

interface SecurityObject {
  readonly type: string;
  readonly digests: CborMap;
  readonly signed: Date;
  readonly validFrom: Date;
  readonly validUntil: Date;
}

function readTimes(
  object: CborMap,
  { notBefore, notAfter }: Certificate,
  now: Date,
): Pick<SecurityObject, 'signed' | 'validFrom' | 'validUntil'> {
  const validity = mapOf(object.get('validityInfo'), 'validityInfo');
  const [signed, validFrom, validUntil] = [timeOf(validity, 'signed'), timeOf(validity, 'validFrom'), timeOf(validity, 'validUntil')];
  // ISO/IEC 18013-5 §9.1.2.4 and §9.3.1.
  if (signed > validFrom || validFrom >= validUntil) throw fault('times in the wrong order');
  if (signed < notBefore || signed > notAfter) throw fault('signed outside the time of its certificate');
  if (signed.getTime() > now.getTime() + toleranceMilliseconds) throw fault('issued in the future');
  if (validUntil.getTime() <= now.getTime() - toleranceMilliseconds) throw fault('no longer valid');
  return { signed, validFrom, validUntil };
}

function readSecurityObject({ payload, signer }: Signed, { configuration, holderKey, now }: Expectation): SecurityObject {
  const object = mapOf(openEmbedded(readCbor(payload), 'security object').value, 'security object');
  if (object.get('version') !== '1.0') throw fault('another version');
  if (object.get('digestAlgorithm') !== 'SHA-256') throw fault('another hash');
  const type = object.get('docType');
  if (typeof type !== 'string' || !doctypePattern.test(type) || type !== configuration.doctype) throw fault('another type');
  const bound = jwkOf(mapOf(object.get('deviceKeyInfo'), 'deviceKeyInfo').get('deviceKey'));
  const { kty, crv, x, y } = holderKey;
  if (x === undefined || bound.kty !== kty || bound.crv !== crv || bound.x !== x || bound.y !== y) throw fault('bound to another key');
  return { type, digests: mapOf(object.get('valueDigests'), 'valueDigests'), ...readTimes(object, signer, now) };
}

const images: readonly (readonly [string, string])[] = [
  ['image/png', 'iVBORw0KGgo'],
  ['image/jpeg', '/9j/'],
  ['image/webp', 'UklGR'],
];

/** As JSON would carry it: dates as their texts, bytes as a `data:` address. */
function plain(value: Cbor): unknown {
  if (value instanceof Tagged) return plain(value.value);
  if (isBytes(value)) {
    const text = toBase64(value);
    return `data:${images.find(([, beginning]) => text.startsWith(beginning))?.[0] ?? 'application/octet-stream'};base64,${text}`;
  }
  if (Array.isArray(value)) return value.map((entry: Cbor) => plain(entry));
  return value instanceof Map ? Object.fromEntries([...(value as CborMap)].map(([name, entry]) => [String(name), plain(entry)])) : value;
}

/** One item: its digest is the one the issuer signed for its id, over its bytes as they came. */
async function readItem(value: Cbor, digests: CborMap, seen: Set<string | number>): Promise<readonly [string, unknown]> {
  const { value: contents, whole } = openEmbedded(value, 'item');
  const item = membersOf(contents, 'item', ['digestID', 'random', 'elementIdentifier', 'elementValue']);
  const [id, random, name] = [item.get('digestID'), item.get('random'), item.get('elementIdentifier')];
  if (typeof id !== 'number' || seen.has(id) || !isBytes(random) || random.length < leastRandom)
    throw fault('an item without a good id or random');
  if (typeof name !== 'string' || seen.has(name)) throw fault('an element twice, or without a name');
  seen.add(id).add(name);
  const expected = digests.get(id);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
  if (!isBytes(expected) || !sameBytes(digest, expected)) throw fault('an element the issuer did not sign');
  return [name, plain(item.get('elementValue') ?? null)];
}

async function readNameSpaces(value: Cbor | undefined, { digests }: SecurityObject): Promise<ReadCredential['claims']> {
  const claims: [string, unknown][] = [];
  for (const [namespace, listed] of mapOf(value, 'nameSpaces')) {
    const known = mapOf(digests.get(namespace), 'digests of a namespace');
    if (!Array.isArray(listed) || listed.length === 0) throw fault('a namespace without elements');
    const seen = new Set<string | number>();
    const elements: (readonly [string, unknown])[] = [];
    for (const item of listed as readonly Cbor[]) elements.push(await readItem(item, known, seen));
    claims.push([String(namespace), Object.fromEntries(elements)]);
  }
  if (claims.length === 0) throw fault('a document without elements');
  return Object.fromEntries(claims);
}

/** ISO/IEC 18013-5 `IssuerSigned` with an X.509 chain, as issuers of this wallet give it. */
export const msoMdocReader: CredentialReader = {
  async read(credential, expectation) {
    if (typeof credential !== 'string' || credential.length > maximumLength) throw fault('not a text of a sane length');
    const bytes = readBase64url(credential);
    if (!bytes) throw fault('not base64url');
    const whole = membersOf(readCbor(bytes), 'document', ['nameSpaces', 'issuerAuth']);
    const signed = await verifyIssuerAuth(whole.get('issuerAuth'), expectation);
    const object = readSecurityObject(signed, expectation);
    const claims = await readNameSpaces(whole.get('nameSpaces'), object);
    const { type, signed: issuedAt, validFrom, validUntil } = object;
    return { format: 'mso_mdoc', type, algorithm: signed.algorithm, claims, groups: Object.keys(claims), issuedAt, validFrom, validUntil };
  },
};
