import { readBase64url, readUtf8 } from './bytes.ts';
import { CredentialFault, type CredentialReader, type Expectation, type HolderJwk } from './credential-reader.ts';
import { checkTimes, isMembers, type Members, numericDateOf, type ParsedJws, parseJws, readText, verifyIssuerSignature } from './jws.ts';

const baseContexts = { older: 'https://www.w3.org/2018/credentials/v1', newer: 'https://www.w3.org/ns/credentials/v2' } as const;

/** A W3C credential by its own members, whichever data model it came in. */
interface Credential {
  readonly document: Members;
  readonly baseContext: string;
  readonly validFrom: Date | undefined;
  readonly validUntil: Date | undefined;
  /** Claims of the JWT around it, each with the member that must say the same. */
  readonly twins: readonly (readonly [claim: unknown, member: unknown])[];
}

/** A dateTimeStamp (VCDM 2.0 §4.9): date and time with a zone. */
function dateTimeOf(members: Members, name: string): Date | undefined {
  const text = members[name];
  if (text === undefined) return undefined;
  const whole = typeof text === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const date = new Date(whole ? text : Number.NaN);
  if (Number.isNaN(date.getTime())) throw new CredentialFault(`${name} is no time`);
  return date;
}

const issuerOf = ({ issuer }: Members) => (isMembers(issuer) ? issuer.id : issuer);
const subjectOf = ({ credentialSubject: subject }: Members) => (isMembers(subject) ? subject.id : undefined);

/** VCDM 1.1 §6.3.1: the claims of the JWT stand for members of the credential, which need not repeat them. */
function readOlder(payload: Members): Credential {
  const { vc, iss, sub, jti } = payload;
  if (!isMembers(vc)) throw new CredentialFault('no credential in it');
  const [validFrom, validUntil] = [numericDateOf(payload, 'nbf'), numericDateOf(payload, 'exp')];
  const { credentialSubject: subject, issuer = iss, id = jti } = vc;
  const document = { ...vc, id, issuer, ...(isMembers(subject) ? { credentialSubject: { id: sub, ...subject } } : {}) };
  return {
    document,
    baseContext: baseContexts.older,
    validFrom,
    validUntil,
    twins: [
      [iss, issuerOf(document)],
      [sub, subjectOf(document)],
      [jti, id],
      [validFrom?.getTime(), (dateTimeOf(vc, 'issuanceDate') ?? validFrom)?.getTime()],
      [validUntil?.getTime(), (dateTimeOf(vc, 'expirationDate') ?? validUntil)?.getTime()],
    ],
  };
}

/** VC-JOSE-COSE §3.1.1: the payload is the credential; what a JWT would say besides may not contradict it. */
function readNewer(payload: Members): Credential {
  const { iss, sub, jti, exp, nbf, iat: _, ...document } = payload;
  if ('vc' in document || 'vp' in document) throw new CredentialFault('a credential in another one');
  const [validFrom, validUntil] = [dateTimeOf(document, 'validFrom'), dateTimeOf(document, 'validUntil')];
  const said = ([claim, member]: readonly [unknown, unknown]) => [claim ?? member, member] as const;
  return {
    document,
    baseContext: baseContexts.newer,
    validFrom,
    validUntil,
    twins: [
      said([iss, issuerOf(document)]),
      said([sub, subjectOf(document)]),
      said([jti, document.id]),
      said([numericDateOf({ exp }, 'exp')?.getTime(), validUntil?.getTime()]),
      said([numericDateOf({ nbf }, 'nbf')?.getTime(), validFrom?.getTime()]),
    ],
  };
}

function readCredential({ header, payload }: ParsedJws): Credential {
  if (header.typ === 'vc+jwt') return readNewer(payload);
  if (header.typ === 'JWT') return readOlder(payload);
  throw new CredentialFault('another typ');
}

/** did:web §3: the DID of an issuer that is known by its address. */
function didWebOf(issuer: string): string {
  const { host, pathname } = new URL(issuer);
  return ['did:web', encodeURIComponent(host), ...pathname.split('/').filter(Boolean).map(encodeURIComponent)].join(':');
}

/** The key that a did:jwk is. */
function readDidJwk(did: unknown): HolderJwk | undefined {
  const bytes = typeof did === 'string' && did.startsWith('did:jwk:') ? readBase64url(did.slice('did:jwk:'.length)) : undefined;
  try {
    const jwk: unknown = bytes && JSON.parse(readUtf8(bytes));
    return isMembers(jwk) ? jwk : undefined;
  } catch {
    return undefined;
  }
}

/** Bound to the key this browser holds: the subject is its DID, and `cnf` (RFC 7800) names no other key. */
function checkHolder({ document }: Credential, { kty, crv, x, y }: HolderJwk): void {
  const did = subjectOf(document);
  const key = readDidJwk(did);
  const bound = key && x !== undefined && key.kty === kty && key.crv === crv && key.x === x && key.y === y;
  const { cnf } = document;
  if (!bound || (cnf !== undefined && !(isMembers(cnf) && cnf.kid === `${String(did)}#0`)))
    throw new CredentialFault('bound to another key');
}

/** Exactly the types that the issuer's metadata names (standards JV-4). */
function checkType({ type }: Members, { credential_definition: definition }: Members): readonly string[] {
  const wanted = isMembers(definition) && Array.isArray(definition.type) ? definition.type : [];
  const found: readonly unknown[] = Array.isArray(type) ? type : [type];
  if (!wanted.includes('VerifiableCredential') || found.length !== wanted.length || !wanted.every((name) => found.includes(name)))
    throw new CredentialFault('another type');
  return found.map(String);
}

function checkDocument({ document, baseContext, twins }: Credential, { issuer }: Expectation): void {
  const contexts = document['@context'];
  if (!Array.isArray(contexts) || contexts[0] !== baseContext) throw new CredentialFault('another data model');
  if (issuerOf(document) !== didWebOf(issuer)) throw new CredentialFault('another issuer');
  if (twins.some(([claim, member]) => claim !== member)) throw new CredentialFault('a JWT that contradicts its credential');
}

/** W3C credentials as a JWS with an X.509 chain, VCDM 1.1 and 2.0, as issuers of this wallet give them. */
export const jwtVcJsonReader: CredentialReader = {
  placeOf: (path) => (path[0] === 'credentialSubject' ? path.slice(1) : path),
  async read(credential, expectation) {
    const parsed = parseJws(readText(credential));
    const read = readCredential(parsed);
    const algorithm = await verifyIssuerSignature(parsed, expectation);
    checkDocument(read, expectation);
    const types = checkType(read.document, expectation.configuration);
    checkHolder(read, expectation.holderKey);
    const { validFrom, validUntil, document } = read;
    const issued = numericDateOf(parsed.payload, 'iat');
    checkTimes(issued, validUntil, expectation.now);
    // Without `iat` it is the day it began to be valid, unless that is still to come.
    const issuedAt = issued ?? (validFrom && validFrom <= expectation.now ? validFrom : undefined);
    const { id: _, ...claims } = document.credentialSubject as Members;
    const type = types.filter((name) => name !== 'VerifiableCredential').join(', ');
    return { format: 'jwt_vc_json', type, algorithm, claims, groups: [], issuedAt, validFrom, validUntil };
  },
};
