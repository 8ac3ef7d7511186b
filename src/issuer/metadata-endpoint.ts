import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { utf8 } from '../lib/bytes.ts';
import { addSeconds, numericDate } from '../lib/clock.ts';
import type { JsonObject } from '../lib/json.ts';
import { signJws } from '../oauth/jws.ts';
import { Refusal } from '../oauth/refusal.ts';
import { wellKnownPath } from '../routes.ts';
import type { Dialect } from './dialect.ts';
import type { KeyDocumentOptions } from './key-documents.ts';
import type { MessageEncryption } from './message-encryption.ts';
import { chooseLanguage, inLanguage, issuerMetadata, type LogoAddresses, languagesOf } from './metadata.ts';
import { json, serve } from './serve-document.ts';
import type { TypeCatalogue, TypeSet } from './types/type-catalogue.ts';

export interface MetadataEndpointOptions extends KeyDocumentOptions {
  readonly catalogue: TypeCatalogue;
  readonly encryption: MessageEncryption;
  readonly dialects: readonly Dialect[];
  readonly logos: LogoAddresses;
}

/** A wallet that trusts a signature of an hour ago asks again soon enough. */
const signatureSeconds = 3600;
const maximumAgeSeconds = 300;

/** RFC 9110 §12.5.1, for a type that must be asked for by name. */
function weightOf(accept: string, mediaType: string): number {
  const entry = accept
    .split(',')
    .slice(0, 20)
    .map((part) =>
      part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/),
    )
    .find(([type]) => type === mediaType);
  if (!entry) return 0;
  const weight = Number(/^q=([\d.]+)$/.exec(entry.find((parameter) => parameter.startsWith('q=')) ?? 'q=1')?.[1]);
  return Number.isFinite(weight) ? weight : 0;
}

interface Signed {
  readonly text: string;
  readonly keyId: string;
  readonly until: Date;
  readonly jwt: Promise<string>;
}

/** OpenID4VCI 1.0 §12.2.3: every member as a claim, by a key whose certificate leads to the issuer's root; signed once for many. */
function createMetadataSigner({ config, keys, clock }: KeyDocumentOptions): (metadata: JsonObject, language: string) => Promise<string> {
  const kept = new Map<string, Signed>();
  return async (metadata, language) => {
    const signer = await keys.signer(`metadata:${config.name}`);
    const text = JSON.stringify(metadata);
    const known = kept.get(language);
    const now = clock.now();
    if (known && known.text === text && known.keyId === signer.keyId && known.until > now) return known.jwt;
    const x5c = signer.certificates.map((certificate) => Buffer.from(certificate).toString('base64'));
    const header = { typ: 'openidvci-issuer-metadata+jwt', kid: signer.keyId, x5c };
    const jwt = signJws(signer, header, { ...metadata, iss: config.identifier, sub: config.identifier, iat: numericDate(now) });
    kept.set(language, { text, keyId: signer.keyId, until: addSeconds(now, signatureSeconds), jwt });
    return jwt;
  };
}

/** What one address answers: 1.0 and each older draft, by its own name or the one the address is of. */
interface Address {
  readonly path: string;
  readonly dialect: Dialect | undefined;
}

/** The appended address is that of the drafts, and with none of them spoken a second one of 1.0 (standards D-8). */
function addressesOf(identifier: URL, dialects: readonly Dialect[]): readonly Address[] {
  const base = identifier.pathname.replace(/\/$/, '');
  const older = dialects.flatMap((dialect) => dialect.metadataPaths.map((path) => ({ path: base + path, dialect })));
  const all = [
    { path: wellKnownPath('openid-credential-issuer', identifier), dialect: undefined },
    ...older,
    { path: `${base}/.well-known/openid-credential-issuer`, dialect: undefined },
  ];
  return all.filter(({ path }, index) => all.findIndex((other) => other.path === path) === index);
}

const versionHere = '1.0';

/** Which form is asked for: by `version` in the query, else the one of the address; `latest` asks for nothing in particular. */
function chooseDialect(query: unknown, { dialect }: Address, dialects: readonly Dialect[]): Dialect | undefined {
  const { version } = query as { readonly version?: unknown };
  if (version === undefined || version === '' || version === 'latest' || dialects.length === 0) return dialect;
  if (version === versionHere) return undefined;
  const found = dialects.find(({ versions }) => versions.some((name) => name === version));
  const known = [versionHere, ...dialects.flatMap(({ versions }) => versions)];
  if (!found) throw new Refusal(400, 'invalid_request', `The metadata are here in the versions ${known.join(', ')}.`);
  return found;
}

interface Made {
  readonly from: TypeSet;
  readonly metadata: JsonObject;
  readonly older: ReadonlyMap<Dialect, JsonObject>;
}

/** OpenID4VCI 1.0 §12.2.2: as JSON always, signed for who asks for application/jwt; both in the language asked for. */
export function mountMetadata(scope: FastifyInstance, options: MetadataEndpointOptions): void {
  const { config, catalogue, logos, encryption, dialects } = options;
  const identifier = new URL(config.identifier);
  let made: Made | undefined;
  /** Made once for each set of types. */
  const constant = () => {
    const from = catalogue.current();
    if (made?.from === from) return made;
    const metadata = issuerMetadata(config, from.offered, logos);
    made = { from, metadata, older: new Map(dialects.map((dialect) => [dialect, dialect.metadata(metadata, from.offered)])) };
    return made;
  };
  const languages = languagesOf(config);
  const sign = createMetadataSigner(options);
  for (const address of addressesOf(identifier, dialects))
    scope.get(address.path, async (request: FastifyRequest, reply: FastifyReply) => {
      const language = chooseLanguage(request.headers['accept-language'], languages);
      const dialect = chooseDialect(request.query, address, dialects);
      const { metadata: newest, older } = constant();
      // The keys of encrypted requests change while we run.
      const whole = (dialect && older.get(dialect)) ?? { ...newest, ...(await encryption.metadata()) };
      const metadata = language ? inLanguage(whole, language) : whole;
      const accept = request.headers.accept ?? '';
      const asJwt = !dialect && weightOf(accept, 'application/jwt') > weightOf(accept, 'application/json');
      const document = asJwt
        ? { mediaType: 'application/jwt', body: utf8(await sign(metadata, language ?? '')), maximumAgeSeconds }
        : json(metadata, maximumAgeSeconds);
      return serve(request, reply, { ...document, vary: 'accept, accept-language', ...(language ? { language } : {}) });
    });
}
