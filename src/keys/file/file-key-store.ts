import { hkdfSync, type KeyObject } from 'node:crypto';
import { base64url, randomBytes, readBase64url, utf8 } from '../../lib/bytes.ts';
import { addSeconds, type Clock } from '../../lib/clock.ts';
import type {
  AnySigner,
  CurveAlgorithm,
  DecryptingPurpose,
  KeyStore,
  PublicJwk,
  Signer,
  SigningAlgorithm,
  SigningPurpose,
  VerificationJwk,
} from '../keys.ts';
import { type IssuerName, signerDays } from './certificates.ts';
import { IssuerAuthorities } from './issuer-authorities.ts';
import { decrypterOf, exportPkcs8, exportSpki, importPkcs8, type KeyRecord, makeKey, publicJwkOf, signerOf } from './key-record.ts';
import { openSealedFiles, type SealedFiles } from './sealed-files.ts';

export { demoKeyEncryptionKey } from './demo-key.ts';

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
type Algorithm = KeyRecord['algorithm'];
type Change = (records: readonly KeyRecord[]) => Promise<readonly KeyRecord[] | undefined>;

interface Reading {
  readonly text: string;
  readonly records: readonly KeyRecord[];
  readonly until: number;
}

const isDecrypting = (purpose: Purpose): purpose is DecryptingPurpose => /^(registry-reference|request-encryption):/.test(purpose);
/** Credentials outlive tokens: their keys stay published for as long as the longest of them may be shown. */
const credentialOverlapSeconds = 10 * 365 * 86_400;
/** A document signer is replaced while there is time to publish the new one. */
const signerRenewalSeconds = (signerDays - 90) * 86_400;
/** Every purpose has a key of the first; of another only where somebody asked for a signer of it. */
const everywhere = 'ES256';
const elsewhere: readonly SigningAlgorithm[] = ['EdDSA', 'ES384', 'ES256K', 'PS256', 'RS256'];
const fileName = (purpose: Purpose, algorithm: Algorithm) =>
  algorithm === everywhere || algorithm === 'ECDH-ES' ? purpose : `${purpose}:${algorithm.toLowerCase()}`;
const parse = (text: string) => JSON.parse(text) as readonly KeyRecord[];

class FileKeyStore implements KeyStore {
  readonly #files: SealedFiles;
  readonly #options: FileKeyStoreOptions;
  readonly #authorities: IssuerAuthorities;
  readonly #master: Uint8Array;
  readonly #readings = new Map<string, Reading>();
  readonly #underWay = new Map<string, Promise<readonly KeyRecord[]>>();
  readonly #secrets = new Map<string, Uint8Array>();
  readonly #made = new WeakMap<KeyRecord, ReturnType<typeof signerOf> | ReturnType<typeof decrypterOf>>();

  constructor(files: SealedFiles, options: FileKeyStoreOptions, master: Uint8Array) {
    this.#files = files;
    this.#options = options;
    this.#authorities = new IssuerAuthorities({ files, clock: options.clock, issuers: options.issuers });
    this.#master = master;
  }

  signer(purpose: SigningPurpose, algorithm?: CurveAlgorithm): Promise<Signer>;
  signer(purpose: SigningPurpose, algorithm?: SigningAlgorithm): Promise<AnySigner>;
  async signer(purpose: SigningPurpose, algorithm: SigningAlgorithm = everywhere): Promise<AnySigner> {
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

  published(purpose: 'access-token' | 'id-token' | 'wallet-client' | DecryptingPurpose): Promise<readonly PublicJwk[]>;
  published(purpose: Purpose): Promise<readonly VerificationJwk[]>;
  async published(purpose: Purpose): Promise<readonly VerificationJwk[]> {
    const of = (records: readonly KeyRecord[]) => this.#published(records).map((record) => publicJwkOf(record));
    if (isDecrypting(purpose)) return of(await this.#records(purpose, 'ECDH-ES'));
    const first = await this.#records(purpose, everywhere);
    const stored = await Promise.all(elsewhere.map((algorithm) => this.#files.read(fileName(purpose, algorithm))));
    return of([...first, ...stored.flatMap((text) => (text === undefined ? [] : parse(text)))]);
  }

  trustAnchor(issuerName: string): Promise<Uint8Array> {
    return this.#authorities.trustAnchor(issuerName);
  }

  revocationList(issuerName: string): Promise<Uint8Array> {
    return this.#authorities.revocationList(issuerName);
  }

  async rotate(purpose: Purpose): Promise<void> {
    for (const algorithm of isDecrypting(purpose) ? (['ECDH-ES'] as const) : ([everywhere, ...elsewhere] as const)) {
      const stored = await this.#files.read(fileName(purpose, algorithm));
      if (stored !== undefined) await this.#change(purpose, algorithm, (records) => this.#withNewKey(purpose, algorithm, records));
      else if (fileName(purpose, algorithm) === purpose) await this.#records(purpose, algorithm);
    }
  }

  /** A new key beside the old ones: published at once, in force a little later, the old ones out after their overlap. */
  async #withNewKey(purpose: Purpose, algorithm: Algorithm, records: readonly KeyRecord[]): Promise<readonly KeyRecord[]> {
    const now = this.#options.clock.now();
    // A store that slept past the end of its certificate has nothing left to sign with meanwhile.
    const ended = this.#authorities.issuerOf(purpose) && addSeconds(new Date(this.#active(records).createdAt), signerDays * 86_400) <= now;
    const activeFrom = ended ? now : addSeconds(now, this.#options.publishAheadSeconds ?? 60);
    const overlap = purpose.startsWith('credential:') ? credentialOverlapSeconds : (this.#options.overlapSeconds ?? 900);
    const retiredAt = addSeconds(activeFrom, overlap).toISOString();
    // What is published no more is gone for good with this change.
    const kept = this.#published(records).map((record) => ({ ...record, retiredAt: record.retiredAt ?? retiredAt }));
    return [...kept, await this.#makeRecord(purpose, algorithm, activeFrom)];
  }

  async #change(purpose: Purpose, algorithm: Algorithm, change: Change): Promise<void> {
    const name = fileName(purpose, algorithm);
    await this.#files.update(name, async (text) => {
      const changed = await change(parse(text));
      return changed && JSON.stringify(changed);
    });
    this.#readings.delete(name);
  }

  #records(purpose: Purpose, algorithm: Algorithm): Promise<readonly KeyRecord[]> {
    const name = fileName(purpose, algorithm);
    const known = this.#readings.get(name);
    if (known && known.until > this.#options.clock.now().getTime()) return Promise.resolve(known.records);
    const reading = this.#underWay.get(name) ?? this.#read(purpose, algorithm).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, reading);
    return reading;
  }

  async #read(purpose: Purpose, algorithm: Algorithm): Promise<readonly KeyRecord[]> {
    const name = fileName(purpose, algorithm);
    const now = this.#options.clock.now();
    const first = async () => JSON.stringify([await this.#makeRecord(purpose, algorithm, now)]);
    let text = (await this.#files.read(name)) ?? (await this.#files.create(name, await first()));
    if (await this.#renewed(purpose, algorithm, text)) text = (await this.#files.read(name)) ?? text;
    const known = this.#readings.get(name);
    // The same records again, so that the keys made of them are found again.
    const records = known?.text === text ? known.records : parse(text);
    this.#readings.set(name, { text, records, until: now.getTime() + (this.#options.rereadSeconds ?? 1) * 1000 });
    return records;
  }

  /** Certificates that name another address are made anew for the same key; one near its end is replaced with its key. */
  async #renewed(purpose: Purpose, algorithm: Algorithm, text: string): Promise<boolean> {
    if (!this.#authorities.issuerOf(purpose)) return false;
    const moved = (records: readonly KeyRecord[]) => records.some(({ certificates }) => !this.#authorities.names(purpose, certificates));
    const due = (records: readonly KeyRecord[]) =>
      records.every(({ createdAt }) => addSeconds(new Date(createdAt), signerRenewalSeconds) < this.#options.clock.now());
    const unread = this.#readings.get(fileName(purpose, algorithm))?.text !== text;
    const toCertify = unread && moved(parse(text));
    const toReplace = due(parse(text));
    // Asked again on what stands there then: another node may have been quicker.
    if (toCertify)
      await this.#change(purpose, algorithm, async (records) => (moved(records) ? this.#recertified(purpose, records) : undefined));
    if (toReplace)
      await this.#change(purpose, algorithm, async (records) => (due(records) ? this.#withNewKey(purpose, algorithm, records) : undefined));
    return toCertify || toReplace;
  }

  #recertified(purpose: Purpose, records: readonly KeyRecord[]): Promise<readonly KeyRecord[]> {
    return Promise.all(
      records.map(async (record) => {
        if (this.#authorities.names(purpose, record.certificates)) return record;
        return { ...record, certificates: await this.#certify(purpose, record.algorithm, importPkcs8(record.privateKey)) };
      }),
    );
  }

  async #certify(purpose: Purpose, algorithm: Algorithm, key: KeyObject): Promise<readonly string[]> {
    return algorithm === 'ECDH-ES' ? [] : this.#authorities.certify(purpose, exportSpki(key));
  }

  async #makeRecord(purpose: Purpose, algorithm: Algorithm, activeFrom: Date): Promise<KeyRecord> {
    const key = await makeKey(algorithm);
    const createdAt = this.#options.clock.now().toISOString();
    const certificates = await this.#certify(purpose, algorithm, key);
    return { algorithm, privateKey: base64url(exportPkcs8(key)), createdAt, activeFrom: activeFrom.toISOString(), certificates };
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
}

/** Opens the folder, makes the master secret and each issuer's root and first keys at first start; safe for several nodes on one folder. */
export async function createFileKeyStore(options: FileKeyStoreOptions): Promise<KeyStore> {
  const files = await openSealedFiles(options.folder, options.keyEncryptionKey);
  const master = (await files.read('master-secret')) ?? (await files.create('master-secret', base64url(randomBytes(32))));
  const store = new FileKeyStore(files, options, readBase64url(master) as Uint8Array);
  for (const name of Object.keys(options.issuers)) await store.signer(`credential:${name}`);
  return store;
}
