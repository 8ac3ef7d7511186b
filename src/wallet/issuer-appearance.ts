import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import type { WalletConfig } from '../config-schema.ts';
import { sha256 } from '../lib/bytes.ts';
import type { Egress } from '../lib/egress.ts';
import { isJsonObject, type Json } from '../lib/json.ts';
import { brandStylesheet } from '../lib/look/look.ts';
import { applicationPaths } from './application-paths.ts';
import type { IssuerDirectory, KnownIssuer } from './issuer-directory.ts';

/** How an authority looks on our pages: a class of our stylesheet and an emblem at our own address. */
export interface Appearance {
  readonly brand: string;
  readonly emblem: string | null;
}

export interface IssuerAppearance {
  of(issuer: KnownIssuer): Appearance;
  /** One class per authority, and what the wallet adds to the look. */
  stylesheet(): Promise<string>;
}

interface Emblem {
  readonly mediaType: string;
  readonly body: Uint8Array;
}

const maximumEmblemBytes = 256 * 1024;
const maximumEmblems = 64;
const imageTypes = ['image/svg+xml', 'image/png', 'image/jpeg', 'image/webp'];
const walletStyles = readFileSync(new URL('./wallet.css', import.meta.url), 'utf8');

const nameOf = (text: string) => Buffer.from(sha256(text)).toString('hex').slice(0, 12);

function logoOf({ display }: KnownIssuer): string | undefined {
  const uris = display.map(({ logo }): Json | undefined => (isJsonObject(logo) ? logo.uri : undefined));
  return uris.find((uri): uri is string => typeof uri === 'string' && URL.canParse(uri));
}

function colorOf({ offerings }: KnownIssuer): string | undefined {
  const colors = offerings.flatMap(({ display }) => display.map((entry) => entry.background_color));
  return colors.find((color): color is string => typeof color === 'string');
}

/** `data:` addresses are opened here, all others asked through the guard (standards WL-8). */
async function fetchEmblem(uri: string, egress: Egress): Promise<Emblem | undefined> {
  const inline = /^data:([a-z+/]+)(;base64)?,(.*)$/s.exec(uri);
  if (inline) {
    const [, mediaType = '', base64, text = ''] = inline;
    const body = base64 ? Buffer.from(text, 'base64') : Buffer.from(decodeURIComponent(text));
    return imageTypes.includes(mediaType) && body.byteLength <= maximumEmblemBytes ? { mediaType, body } : undefined;
  }
  const { status, headers, body } = await egress.fetch(new URL(uri), { maximumBytes: maximumEmblemBytes });
  const mediaType = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  return status === 200 && imageTypes.includes(mediaType) ? { mediaType, body } : undefined;
}

/** Emblems come through us, so that no page asks a foreign origin for anything (quality R64). */
export function createIssuerAppearance(directory: IssuerDirectory): IssuerAppearance {
  const brandOf = ({ identifier }: KnownIssuer) => `brand-${nameOf(identifier)}`;
  return {
    of(issuer) {
      const logo = logoOf(issuer);
      return { brand: brandOf(issuer), emblem: logo === undefined ? null : `${applicationPaths.emblems}/${nameOf(logo)}` };
    },
    async stylesheet() {
      const issuers = await directory.all();
      const brands = issuers.flatMap((issuer) => {
        const color = colorOf(issuer);
        return color === undefined ? [] : [{ className: brandOf(issuer), color }];
      });
      return brandStylesheet(brands) + walletStyles;
    },
  };
}

export interface EmblemOptions {
  readonly config: WalletConfig;
  readonly directory: IssuerDirectory;
  readonly egress: Egress;
}

/** Serves the emblems of configured issuers, and of nobody else: the name in the address leads to no other file. */
export function mountEmblems(scope: FastifyInstance, { directory, egress }: EmblemOptions): void {
  const kept = new Map<string, Emblem>();

  async function find(name: string): Promise<Emblem | undefined> {
    const known = kept.get(name);
    if (known) return known;
    const uri = (await directory.all()).map(logoOf).find((logo) => logo !== undefined && nameOf(logo) === name);
    const emblem = uri === undefined ? undefined : await fetchEmblem(uri, egress).catch(() => undefined);
    if (!emblem) return undefined;
    if (kept.size >= maximumEmblems) kept.clear();
    kept.set(name, emblem);
    return emblem;
  }

  scope.get(`${applicationPaths.emblems}/:name`, async (request, reply) => {
    const emblem = await find((request.params as { name: string }).name);
    if (!emblem) return reply.code(404).header('cache-control', 'no-store').send();
    return reply
      .headers({
        'content-type': emblem.mediaType,
        'cache-control': 'public, max-age=86400',
        // An SVG opened by itself may not run or load anything.
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      })
      .send(Buffer.from(emblem.body));
  });
}
