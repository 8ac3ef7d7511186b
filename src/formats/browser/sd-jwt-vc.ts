import { type Bytes, readBase64, readBase64url, readUtf8, utf8 } from './bytes.ts';
import { importVerificationKey, verifyChain } from './certificate.ts';
import { CredentialFault, type CredentialReader, type Expectation, type HolderJwk } from './credential-reader.ts';
import { discloseAll } from './disclosures.ts';

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);
const maximumLength = 1024 * 1024;
const toleranceMilliseconds = 60_000;
/** SD-JWT VC §3.2.2.2: members of the encoding, which are no claims about the owner. */
const registered = new Set([
  'iss',
  'nbf',
  'exp',
  'iat',
  'cnf',
  'vct',
  'vct#integrity',
  'status',
  '_sd',
  '_sd_alg',
  'sub',
  'jti',
  'aka_vcts',
]);

function parsePart(text: string, name: string): Members {
  const bytes = readBase64url(text);
  try {
    const value: unknown = bytes && JSON.parse(readUtf8(bytes));
    if (isObject(value)) return value;
  } catch {
    // Told below.
  }
  throw new CredentialFault(`the ${name} cannot be read`);
}

interface Parsed {
  readonly header: Members;
  readonly payload: Members;
  readonly signed: Bytes;
  readonly signature: Bytes;
  readonly disclosures: readonly string[];
}

/** RFC 9901 §4: an issuer-signed JWT and its disclosures; what an issuer gives ends without a key binding JWT. */
function parse(credential: unknown): Parsed {
  if (typeof credential !== 'string' || credential.length > maximumLength) throw new CredentialFault('not a text of a sane length');
  const [jwt = '', ...rest] = credential.split('~');
  if (rest.pop() !== '') throw new CredentialFault('it does not end where it should');
  const [head = '', body = '', tail = '', ...more] = jwt.split('.');
  const signature = readBase64url(tail);
  if (more.length > 0 || !signature || signature.length === 0) throw new CredentialFault('not a signed JWT');
  const [header, payload] = [parsePart(head, 'header'), parsePart(body, 'payload')];
  return { header, payload, signed: utf8(`${head}.${body}`), signature, disclosures: rest };
}

async function verifySignature({ header, signed, signature }: Parsed, { trustAnchor, issuer, now }: Expectation): Promise<void> {
  if (header.typ !== 'dc+sd-jwt') throw new CredentialFault('another typ');
  if (header.alg !== 'ES256') throw new CredentialFault('an algorithm we do not take');
  if ('crit' in header) throw new CredentialFault('an extension we do not know');
  const chain = Array.isArray(header.x5c)
    ? header.x5c.map((text: unknown) => (typeof text === 'string' ? readBase64(text) : undefined))
    : [];
  if (!chain.every((der) => der !== undefined)) throw new CredentialFault('a certificate that cannot be read');
  const signer = await verifyChain(chain, trustAnchor, now);
  // SD-JWT VC §3.5: the certificate speaks for the issuer it names.
  if (!signer.uris.includes(issuer)) throw new CredentialFault('a certificate of another issuer');
  if (signer.curve !== 'P-256') throw new CredentialFault('the key does not fit the algorithm');
  const good = await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, await importVerificationKey(signer), signature, signed);
  if (!good) throw new CredentialFault('a wrong signature');
}

function timeOf(payload: Members, name: string): Date | undefined {
  const seconds = payload[name];
  if (seconds === undefined) return undefined;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) throw new CredentialFault(`${name} is no time`);
  return new Date(seconds * 1000);
}

function checkPayload(payload: Members, { issuer, configuration, holderKey }: Expectation): void {
  if (payload.iss !== issuer) throw new CredentialFault('another issuer');
  if (typeof payload.vct !== 'string' || payload.vct !== configuration.vct) throw new CredentialFault('another type');
  if (payload._sd_alg !== undefined && payload._sd_alg !== 'sha-256') throw new CredentialFault('another hash');
  // RFC 7800 §3.2: bound to the key this browser holds.
  const bound: HolderJwk | undefined = isObject(payload.cnf) && isObject(payload.cnf.jwk) ? payload.cnf.jwk : undefined;
  const { kty, crv, x, y } = holderKey;
  if (!bound || x === undefined || bound.kty !== kty || bound.crv !== crv || bound.x !== x || bound.y !== y)
    throw new CredentialFault('bound to another key');
}

/** SD-JWT VC with an X.509 chain, as issuers of this wallet give it. */
export const sdJwtVcReader: CredentialReader = {
  async read(credential, expectation) {
    const parsed = parse(credential);
    const { payload, disclosures } = parsed;
    await verifySignature(parsed, expectation);
    checkPayload(payload, expectation);
    const [issuedAt, validFrom, validUntil] = [timeOf(payload, 'iat'), timeOf(payload, 'nbf'), timeOf(payload, 'exp')];
    const now = expectation.now.getTime();
    if (issuedAt && issuedAt.getTime() > now + toleranceMilliseconds) throw new CredentialFault('issued in the future');
    if (validUntil && validUntil.getTime() <= now - toleranceMilliseconds) throw new CredentialFault('no longer valid');
    const all = await discloseAll(payload, disclosures);
    // RFC 9901 §7.1 step 4: a disclosure may not stand in for a member of the encoding.
    for (const name of registered) if (name in all && !(name in payload)) throw new CredentialFault('a hidden member of the encoding');
    const claims = Object.fromEntries(Object.entries(all).filter(([name]) => !registered.has(name)));
    return { format: 'dc+sd-jwt', type: String(payload.vct), algorithm: 'ES256', claims, issuedAt, validFrom, validUntil };
  },
};
