import { hkdfSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { base64url, randomBytes, readBase64url, utf8 } from '../../lib/bytes.ts';
import { addSeconds, type Clock } from '../../lib/clock.ts';
import { StartFault } from '../../lib/start-fault.ts';
import type { DecryptingPurpose, KeyStore, PublicJwk, SigningAlgorithm, SigningPurpose } from '../keys.ts';
import { type Authority, type IssuerName, makeRevocationList, makeRoot, makeSigner } from './certificates.ts';
import { decrypterOf, exportPkcs8, exportSpki, importPkcs8, type KeyRecord, makeKey, publicJwkOf, signerOf } from './key-record.ts';
import { openSealedFiles, type SealedFiles } from './sealed-files.ts';

export interface FileKeyStoreOptions {
  readonly folder: string;
  /** 32 bytes. */
  readonly keyEncryptionKey: Uint8Array;
  readonly clock: Clock;
  readonly issuers: Readonly<Record<string, IssuerName>>;
  /** How long a new key is published before it signs; default one minute, longer than our key sets are cached. */
  readonly publishAheadSeconds?: number;
  /** How long a replaced key stays published; default 15 minutes, longer than any token of ours lives. */
  readonly overlapSeconds?: number;
  /** How long a reading of a key file is trusted before other nodes' rotations are looked for; default 1 s. */
  readonly rereadSeconds?: number;
}

type Purpose = SigningPurpose | DecryptingPurpose;
const isDecrypting = (purpose: Purpose): purpose is DecryptingPurpose => /^(registry-reference|request-encryption):/.test(purpose);
/** Credentials outlive tokens: their keys stay published for as long as the longest of them may be shown. */
const credentialOverlapSeconds = 10 * 365 * 86_400;
const signerRenewalSeconds = 90 * 86_400;

/** The demo's key-encryption key: random, in a file only its owner can read. In production it comes from outside (design D20). */
export async function demoKeyEncryptionKey(folder: string): Promise<Uint8Array> {
  const file = join(folder, 'key-encryption-key');
  try {
    await writeFile(file, `${base64url(randomBytes(32))}\n`, { flag: 'wx', mode: 0o600 });
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault;
  }
  const key = readBase64url((await readFile(file, 'utf8')).trim());
  if (key?.byteLength !== 32) throw new StartFault(`The file ${file} holds no key. Restore it, or remove the data folder to begin anew.`);
  return key;
}

class FileKeyStore implements KeyStore {
  readonly #files: SealedFiles;
  readonly #options: FileKeyStoreOptions;
  readonly #master: Uint8Array;
  readonly #read = new Map<string, { readonly records: readonly KeyRecord[]; readonly until: number }>();
  readonly #secrets = new Map<string, Uint8Array>();
  readonly #made = new WeakMap<KeyRecord, ReturnType<typeof signerOf> | ReturnType<typeof decrypterOf>>();

  constructor(files: SealedFiles, options: FileKeyStoreOptions, master: Uint8Array) {
    this.#files = files;
    this.#options = options;
    this.#master = master;
  }

  async signer(purpose: SigningPurpose, algorithm: SigningAlgorithm = 'ES256') {
    const record = this.#active(await this.#records(purpose, algorithm));
    const made = this.#made.get(record) ?? signerOf(record, algorithm);
    this.#made.set(record, made);
    return made as ReturnType<typeof signerOf>;
  }

  async decrypters(purpose: DecryptingPurpose) {
    const records = this.#published(await this.#records(purpose, 'ECDH-ES'));
    return [...records].reverse().map((record) => {
      const made = this.#made.get(record) ?? decrypterOf(record);
      this.#made.set(record, made);
      return made as ReturnType<typeof decrypterOf>;
    });
  }

  async secret(purpose: string): Promise<Uint8Array> {
    const derived = this.#secrets.get(purpose) ?? new Uint8Array(hkdfSync('sha256', this.#master, utf8('chancery'), utf8(purpose), 32));
    this.#secrets.set(purpose, derived);
    return derived;
  }

  async published(purpose: Purpose): Promise<readonly PublicJwk[]> {
    const ecdh = isDecrypting(purpose) ? this.#published(await this.#records(purpose, 'ECDH-ES')) : [];
    const es256 = isDecrypting(purpose) ? [] : this.#published(await this.#records(purpose, 'ES256'));
    const stored = isDecrypting(purpose) ? undefined : await this.#files.read(this.#fileName(purpose, 'EdDSA'));
    const eddsa = stored === undefined ? [] : this.#published(JSON.parse(stored) as KeyRecord[]);
    return [...ecdh, ...es256, ...eddsa].map(publicJwkOf);
  }

  async trustAnchor(issuerName: string): Promise<Uint8Array> {
    return (await this.#authority(issuerName)).certificate;
  }

  async revocationList(issuerName: string): Promise<Uint8Array> {
    return makeRevocationList(await this.#authority(issuerName), this.#options.clock.now());
  }

  async rotate(purpose: Purpose): Promise<void> {
    for (const algorithm of isDecrypting(purpose) ? (['ECDH-ES'] as const) : (['ES256', 'EdDSA'] as const)) {
      const name = this.#fileName(purpose, algorithm);
      const stored = await this.#files.read(name);
      if (stored !== undefined || algorithm !== 'EdDSA')
        await this.#renew(purpose, algorithm, stored === undefined ? [] : (JSON.parse(stored) as KeyRecord[]));
    }
  }

  /** A new key beside the old ones: published at once, in force a little later, the old ones out after their overlap. */
  async #renew(purpose: Purpose, algorithm: KeyRecord['algorithm'], records: readonly KeyRecord[]): Promise<void> {
    const now = this.#options.clock.now();
    const activeFrom = addSeconds(now, records.length > 0 ? (this.#options.publishAheadSeconds ?? 60) : 0);
    const overlap = purpose.startsWith('credential:') ? credentialOverlapSeconds : (this.#options.overlapSeconds ?? 900);
    const retiredAt = addSeconds(activeFrom, overlap).toISOString();
    const kept = this.#published(records).map((record) => ({ ...record, retiredAt: record.retiredAt ?? retiredAt }));
    const name = this.#fileName(purpose, algorithm);
    await this.#files.replace(name, JSON.stringify([...kept, await this.#makeRecord(purpose, algorithm, activeFrom)]));
    this.#read.delete(name);
  }

  #fileName(purpose: Purpose, algorithm: KeyRecord['algorithm']): string {
    return algorithm === 'EdDSA' ? `${purpose}:eddsa` : purpose;
  }

  async #records(purpose: Purpose, algorithm: KeyRecord['algorithm']): Promise<readonly KeyRecord[]> {
    const name = this.#fileName(purpose, algorithm);
    const now = this.#options.clock.now().getTime();
    const known = this.#read.get(name);
    if (known && known.until > now) return known.records;
    const stored =
      (await this.#files.read(name)) ??
      (await this.#files.create(name, JSON.stringify([await this.#makeRecord(purpose, algorithm, this.#options.clock.now())])));
    const records = JSON.parse(stored) as KeyRecord[];
    const unchanged = known && JSON.stringify(known.records) === stored ? known.records : records;
    this.#read.set(name, { records: unchanged, until: now + (this.#options.rereadSeconds ?? 1) * 1000 });
    return unchanged;
  }

  async #makeRecord(purpose: Purpose, algorithm: KeyRecord['algorithm'], activeFrom: Date): Promise<KeyRecord> {
    const key = makeKey(algorithm);
    const createdAt = this.#options.clock.now().toISOString();
    const certificates = algorithm === 'ES256' ? await this.#certify(purpose, exportSpki(key)) : [];
    return { algorithm, privateKey: base64url(exportPkcs8(key)), createdAt, activeFrom: activeFrom.toISOString(), certificates };
  }

  async #certify(purpose: Purpose, spki: Uint8Array): Promise<readonly string[]> {
    const [use, issuerName = ''] = purpose.split(':');
    const issuer = this.#options.issuers[issuerName];
    if (!issuer || !['credential', 'status', 'metadata'].includes(use ?? '')) return [];
    const certificate = await makeSigner(await this.#authority(issuerName), spki, issuer, this.#options.clock.now());
    return [Buffer.from(certificate).toString('base64')];
  }

  async #authority(issuerName: string): Promise<Authority> {
    const issuer = this.#options.issuers[issuerName];
    if (!issuer) throw new Error(`No Credential Issuer is called ${issuerName}.`);
    const name = `authority:${issuerName}`;
    const stored = (await this.#files.read(name)) ?? (await this.#files.create(name, await this.#makeAuthority(issuer)));
    const { privateKey, certificate } = JSON.parse(stored) as { privateKey: string; certificate: string };
    const key = importPkcs8(privateKey);
    return { certificate: Buffer.from(certificate, 'base64'), key: { pkcs8: exportPkcs8(key), spki: exportSpki(key) } };
  }

  async #makeAuthority(issuer: IssuerName): Promise<string> {
    const key = makeKey('ES256');
    const certificate = await makeRoot({ pkcs8: exportPkcs8(key), spki: exportSpki(key) }, issuer, this.#options.clock.now());
    return JSON.stringify({ privateKey: base64url(exportPkcs8(key)), certificate: Buffer.from(certificate).toString('base64') });
  }

  #published(records: readonly KeyRecord[]): readonly KeyRecord[] {
    const now = this.#options.clock.now();
    return records.filter(({ retiredAt }) => retiredAt === undefined || new Date(retiredAt) > now);
  }

  #active(records: readonly KeyRecord[]): KeyRecord {
    const now = this.#options.clock.now();
    const record = records.findLast(({ activeFrom }) => new Date(activeFrom) <= now) ?? records[0];
    if (!record) throw new Error('A key file without a key.');
    return record;
  }

  /** A document signer near its end is replaced while there is time to publish the new one. */
  async renewSigners(): Promise<void> {
    for (const name of Object.keys(this.#options.issuers)) {
      const purpose = `credential:${name}` as const;
      const { createdAt } = this.#active(await this.#records(purpose, 'ES256'));
      if (addSeconds(new Date(createdAt), 455 * 86_400 - signerRenewalSeconds) < this.#options.clock.now()) await this.rotate(purpose);
    }
  }
}

/** Opens the folder, makes the master secret and each issuer's root and first keys at first start; safe for several nodes on one folder. */
export async function createFileKeyStore(options: FileKeyStoreOptions): Promise<KeyStore> {
  const files = await openSealedFiles(options.folder, options.keyEncryptionKey);
  const master = (await files.read('master-secret')) ?? (await files.create('master-secret', base64url(randomBytes(32))));
  const store = new FileKeyStore(files, options, readBase64url(master) as Uint8Array);
  await store.renewSigners();
  return store;
}
