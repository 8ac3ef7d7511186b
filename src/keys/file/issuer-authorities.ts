import { base64url } from '../../lib/bytes.ts';
import { addSeconds, type Clock } from '../../lib/clock.ts';
import { type Authority, type IssuerName, makeRevocationList, makeRoot, makeSigner, readAddresses } from './certificates.ts';
import { exportPkcs8, exportSpki, importPkcs8, makeKey } from './key-record.ts';
import type { SealedFiles } from './sealed-files.ts';

/** A fresh list is signed at most this often, so that asking for it is cheap. */
const listSeconds = 3600;

export interface IssuerAuthoritiesOptions {
  readonly files: SealedFiles;
  readonly clock: Clock;
  readonly issuers: Readonly<Record<string, IssuerName>>;
}

/** The root of each Credential Issuer. Its key is read only to sign a certificate or a list, and is not kept in memory. */
export class IssuerAuthorities {
  readonly #options: IssuerAuthoritiesOptions;
  readonly #anchors = new Map<string, Uint8Array>();
  readonly #lists = new Map<string, { readonly list: Uint8Array; readonly until: Date }>();

  constructor(options: IssuerAuthoritiesOptions) {
    this.#options = options;
  }

  /** The issuer whose certificate the key of a purpose carries: only what others verify as the issuer's word has one. */
  issuerOf(purpose: string): IssuerName | undefined {
    const [use = '', name = ''] = purpose.split(':');
    return ['credential', 'status', 'metadata'].includes(use) && Object.hasOwn(this.#options.issuers, name)
      ? this.#options.issuers[name]
      : undefined;
  }

  /** Certificates for a key, DER as base64, signer first, without the root. */
  async certify(purpose: string, spki: Uint8Array): Promise<readonly string[]> {
    const issuer = this.issuerOf(purpose);
    if (!issuer) return [];
    const authority = await this.#authority(purpose.split(':')[1] ?? '');
    return [Buffer.from(await makeSigner(authority, spki, issuer, this.#options.clock.now())).toString('base64')];
  }

  /**
   * Whether a certificate still says what it must: it names the issuer by its identifier, and verifiers hold the two
   * against each other, so an issuer that moved to another address needs new ones.
   */
  names(purpose: string, certificates: readonly string[]): boolean {
    const issuer = this.issuerOf(purpose);
    if (!issuer) return true;
    const [certificate] = certificates;
    return certificate !== undefined && readAddresses(Buffer.from(certificate, 'base64')).includes(issuer.identifier);
  }

  async trustAnchor(name: string): Promise<Uint8Array> {
    const anchor = this.#anchors.get(name) ?? (await this.#authority(name)).certificate;
    this.#anchors.set(name, anchor);
    return anchor;
  }

  async revocationList(name: string): Promise<Uint8Array> {
    const now = this.#options.clock.now();
    const known = this.#lists.get(name);
    if (known && known.until > now) return known.list;
    const list = await makeRevocationList(await this.#authority(name), now);
    this.#lists.set(name, { list, until: addSeconds(now, listSeconds) });
    return list;
  }

  async #authority(name: string): Promise<Authority> {
    const { files, issuers } = this.#options;
    const issuer = Object.hasOwn(issuers, name) ? issuers[name] : undefined;
    if (!issuer) throw new Error(`No Credential Issuer is called ${name}.`);
    const file = `authority:${name}`;
    const stored = (await files.read(file)) ?? (await files.create(file, await this.#make(issuer)));
    const { privateKey, certificate } = JSON.parse(stored) as { privateKey: string; certificate: string };
    const key = importPkcs8(privateKey);
    return { certificate: Buffer.from(certificate, 'base64'), key: { pkcs8: exportPkcs8(key), spki: exportSpki(key) } };
  }

  async #make(issuer: IssuerName): Promise<string> {
    const key = await makeKey('ES256');
    const certificate = await makeRoot({ pkcs8: exportPkcs8(key), spki: exportSpki(key) }, issuer, this.#options.clock.now());
    return JSON.stringify({ privateKey: base64url(exportPkcs8(key)), certificate: Buffer.from(certificate).toString('base64') });
  }
}
