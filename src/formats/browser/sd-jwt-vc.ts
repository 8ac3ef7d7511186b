import { CredentialFault, type CredentialReader, type Expectation, type HolderJwk } from './credential-reader.ts';
import { discloseAll } from './disclosures.ts';
import { checkTimes, isMembers, type Members, numericDateOf, type ParsedJws, parseJws, readText, verifyIssuerSignature } from './jws.ts';

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

/** RFC 9901 §4: an issuer-signed JWT and its disclosures; what an issuer gives ends without a key binding JWT. */
function parse(credential: unknown): ParsedJws & { readonly disclosures: readonly string[] } {
  const [jwt = '', ...disclosures] = readText(credential).split('~');
  if (disclosures.pop() !== '') throw new CredentialFault('it does not end where it should');
  return { ...parseJws(jwt), disclosures };
}

function checkPayload(payload: Members, { issuer, configuration, holderKey }: Expectation): void {
  if (payload.iss !== issuer) throw new CredentialFault('another issuer');
  if (typeof payload.vct !== 'string' || payload.vct !== configuration.vct) throw new CredentialFault('another type');
  if (payload._sd_alg !== undefined && payload._sd_alg !== 'sha-256') throw new CredentialFault('another hash');
  // RFC 7800 §3.2: bound to the key this browser holds.
  const bound: HolderJwk | undefined = isMembers(payload.cnf) && isMembers(payload.cnf.jwk) ? payload.cnf.jwk : undefined;
  const { kty, crv, x, y } = holderKey;
  if (!bound || x === undefined || bound.kty !== kty || bound.crv !== crv || bound.x !== x || bound.y !== y)
    throw new CredentialFault('bound to another key');
}

/** SD-JWT VC with an X.509 chain, as issuers of this wallet give it. */
export const sdJwtVcReader: CredentialReader = {
  async read(credential, expectation) {
    const parsed = parse(credential);
    const { header, payload, disclosures } = parsed;
    if (header.typ !== 'dc+sd-jwt') throw new CredentialFault('another typ');
    const algorithm = await verifyIssuerSignature(parsed, expectation);
    checkPayload(payload, expectation);
    const [issuedAt, validFrom, validUntil] = ['iat', 'nbf', 'exp'].map((name) => numericDateOf(payload, name));
    checkTimes(issuedAt, validUntil, expectation.now);
    const all = await discloseAll(payload, disclosures);
    // RFC 9901 §7.1 step 4: a disclosure may not stand in for a member of the encoding.
    for (const name of registered) if (name in all && !(name in payload)) throw new CredentialFault('a hidden member of the encoding');
    const claims = Object.fromEntries(Object.entries(all).filter(([name]) => !registered.has(name)));
    return { format: 'dc+sd-jwt', type: String(payload.vct), algorithm, claims, groups: [], issuedAt, validFrom, validUntil };
  },
};
