import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** The key a wallet of Inji's kind proves; its public JWK has the members Nimbus writes. */
export interface InjiKey {
  readonly key: KeyObject;
  readonly alg: 'ES256' | 'Ed25519';
  readonly jwk: Readonly<Record<string, string>>;
}

/** As `KeyGenerationUtil` and `JwtGeneratorUtil` of mosip/mimoto make it (784d67e4). */
export function mimotoKey(alg: InjiKey['alg']): InjiKey {
  const { privateKey } = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  const { d: _, ...members } = privateKey.export({ format: 'jwk' }) as unknown as Record<string, string>;
  return { key: privateKey, alg, jwk: { ...members, use: 'sig', alg: alg === 'ES256' ? 'ES256' : 'EdDSA' } };
}

export interface MimotoProof {
  readonly issuer: string;
  readonly clientId: string;
  /** Mimoto writes the member only when the token answer brought one. */
  readonly nonce?: string | undefined;
}

/** Subject and issuer are the client, and the proof is good for five hours. */
export function mimotoProof({ key, alg, jwk }: InjiKey, { issuer, clientId, nonce }: MimotoProof): object {
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: clientId, aud: issuer, nonce, iss: clientId, exp: now + 18_000, iat: now };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${encode({ typ: 'openid4vci-proof+jwt', alg, jwk })}.${encode(claims)}`;
  const signature = sign(alg === 'ES256' ? 'sha256' : null, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return { proof_type: 'jwt', jwt: `${input}.${signature.toString('base64url')}` };
}

type Configuration = Readonly<Record<string, unknown>> & { readonly format: string };

/** What `LdpVcCredentialFormatHandler` and `VcSdJwtCredentialFormatHandler` make of a configuration. */
export function mimotoRequest({ format, vct, credential_definition: definition }: Configuration, proof: object): object {
  const { type, '@context': context } = (definition ?? {}) as { type?: unknown; '@context'?: unknown[] };
  const contexts = context?.length ? context : ['https://www.w3.org/2018/credentials/v1'];
  return format === 'ldp_vc' ? { format, proof, credential_definition: { '@context': contexts, type } } : { format, proof, vct };
}

/** `LdpVcCredentialRequest` of mosip/inji-vci-client (d0d7853): the first context and no other, whatever the issuer has. */
export const injiLdpRequest = (type: unknown, proof: object): object => ({
  format: 'ldp_vc',
  credential_definition: { '@context': ['https://www.w3.org/2018/credentials/v1'], type },
  proof,
});

/** `MsoMdocCredentialRequest` of the same: with the claims map of the metadata. */
export const injiMdocRequest = ({ doctype, claims }: Configuration, proof: object): object => ({
  format: 'mso_mdoc',
  doctype,
  claims,
  proof,
});

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
const isList = (value: unknown): value is unknown[] => Array.isArray(value) && value.length > 0;
const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isAddress = (value: unknown) => isText(value) && /^https?:\/\//.test(value);

function displayFaults(display: unknown, whole: boolean): string[] {
  if (!isList(display)) return ['display'];
  return display.flatMap((entry) => {
    const { name, locale, logo, background_color: background, text_color: text } = entry as Record<string, unknown>;
    const labelled = isText(name) && isText(locale) ? [] : ['display name or locale'];
    if (!whole) return labelled;
    const { url, alt_text: alternative } = (logo ?? {}) as Record<string, unknown>;
    return [
      ...labelled,
      ...(isAddress(url) && isText(alternative) ? [] : ['logo']),
      ...(isText(background) && isText(text) ? [] : ['colours']),
    ];
  });
}

function claimFaults(claims: unknown): string[] {
  return isMap(claims)
    ? Object.values(claims).flatMap((claim) => displayFaults((claim as { display?: unknown }).display, false))
    : ['claims'];
}

function configurationFaults(configuration: Record<string, unknown>): string[] {
  const { format, scope, proof_types_supported: proofs, display, doctype, claims, vct, credential_definition: definition } = configuration;
  const { type, credentialSubject } = (definition ?? {}) as Record<string, unknown>;
  const firstProof = isMap(proofs) ? Object.entries(proofs)[0] : undefined;
  return [
    ...(isText(format) && isText(scope) ? [] : ['format or scope']),
    ...(firstProof?.[0] === 'jwt' && isList((firstProof[1] as Record<string, unknown>).proof_signing_alg_values_supported)
      ? []
      : ['proof_types_supported']),
    ...displayFaults(display, true),
    ...(format === 'mso_mdoc' && !(isText(doctype) && isMap(claims)) ? ['doctype or claims'] : []),
    ...(format === 'ldp_vc' ? [...(isList(type) ? [] : ['type']), ...claimFaults(credentialSubject)] : []),
    ...(/sd-jwt$/.test(String(format)) ? [...(isText(vct) ? [] : ['vct']), ...claimFaults(claims)] : []),
  ];
}

/** What `CredentialIssuerWellknownResponseValidator` and the constraints of its classes would refuse the issuer for. */
export function mimotoFaults(metadata: Readonly<Record<string, unknown>>): string[] {
  const { credential_issuer: issuer, authorization_servers: servers, credential_endpoint: endpoint } = metadata;
  const configurations = metadata.credential_configurations_supported;
  return [
    ...(isAddress(issuer) && isList(servers) && servers.every(isAddress) ? [] : ['credential_issuer or authorization_servers']),
    ...(/^https?:\/\/.*?\/credential$/.test(String(endpoint)) ? [] : ['credential_endpoint']),
    ...(isMap(configurations)
      ? Object.entries(configurations).flatMap(([id, entry]) =>
          configurationFaults(entry as Record<string, unknown>).map((fault) => `${id}: ${fault}`),
        )
      : ['credential_configurations_supported']),
  ];
}
