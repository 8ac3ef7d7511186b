import { base64url, utf8 } from '../../formats/browser/bytes.ts';
import type { HeldDocument } from './document.ts';

/** This browser cannot keep anything: a private window, a full disk, or storage switched off. */
export class StorageFault extends Error {
  constructor(cause: unknown) {
    super('The browser keeps nothing.', { cause });
    this.name = 'StorageFault';
  }
}

/** Where an issuance stands, so that a reload goes on with the same proof and gets the same document. */
export interface StoredProof {
  readonly proof: string;
}

interface Sealed {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly sealed: ArrayBuffer;
}

const databaseName = 'chancery-wallet';
const storageKeyName = 'storage';
type StoreName = 'keys' | 'proofs' | 'documents';

function settle<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new StorageFault(request.error));
  });
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    try {
      const request = indexedDB.open(databaseName, 1);
      request.onupgradeneeded = () => {
        for (const name of ['keys', 'proofs', 'documents']) request.result.createObjectStore(name);
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(new StorageFault(request.error));
      request.onblocked = () => reject(new StorageFault('blocked'));
    } catch (fault) {
      reject(new StorageFault(fault));
    }
  });
}

/** What this browser keeps. Documents are encrypted under a key that cannot leave it. */
export class Storage {
  readonly #database: IDBDatabase;
  readonly #storageKey: CryptoKey;

  private constructor(database: IDBDatabase, storageKey: CryptoKey) {
    this.#database = database;
    this.#storageKey = storageKey;
  }

  static async open(): Promise<Storage> {
    const database = await openDatabase();
    const fresh = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    // Two tabs at the first visit: `add` succeeds for one, and both read what it wrote.
    const transaction = database.transaction('keys', 'readwrite');
    const keys = transaction.objectStore('keys');
    const known: CryptoKey | undefined = await settle(keys.get(storageKeyName));
    if (!known) await settle(keys.add(fresh, storageKeyName));
    return new Storage(database, known ?? fresh);
  }

  #get(store: StoreName, id: string): Promise<unknown> {
    return settle(this.#database.transaction(store).objectStore(store).get(id));
  }

  async #write(store: StoreName, work: (objects: IDBObjectStore) => IDBRequest): Promise<void> {
    const transaction = this.#database.transaction(store, 'readwrite');
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onerror = () => reject(new StorageFault(transaction.error));
      transaction.onabort = () => reject(new StorageFault(transaction.error));
    });
    work(transaction.objectStore(store));
    await done;
  }

  async holderKey(id: string): Promise<CryptoKeyPair | undefined> {
    return (await this.#get('keys', `document ${id}`)) as CryptoKeyPair | undefined;
  }
  keepHolderKey(id: string, pair: CryptoKeyPair): Promise<void> {
    return this.#write('keys', (keys) => keys.put(pair, `document ${id}`));
  }

  async proof(id: string): Promise<StoredProof | undefined> {
    return (await this.#get('proofs', id)) as StoredProof | undefined;
  }
  keepProof(id: string, proof: StoredProof): Promise<void> {
    return this.#write('proofs', (proofs) => proofs.put(proof, id));
  }
  forgetProof(id: string): Promise<void> {
    return this.#write('proofs', (proofs) => proofs.delete(id));
  }

  async keepDocument(document: HeldDocument): Promise<void> {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const parameters = { name: 'AES-GCM', iv, additionalData: utf8(document.id) };
    const sealed = await crypto.subtle.encrypt(parameters, this.#storageKey, utf8(JSON.stringify(document)));
    await this.#write('documents', (documents) => documents.put({ iv, sealed } satisfies Sealed, document.id));
  }

  async #unseal(id: string, { iv, sealed }: Sealed): Promise<HeldDocument> {
    const parameters = { name: 'AES-GCM', iv, additionalData: utf8(id) };
    const plain = await crypto.subtle.decrypt(parameters, this.#storageKey, sealed);
    return JSON.parse(new TextDecoder().decode(plain)) as HeldDocument;
  }

  async document(id: string): Promise<HeldDocument | undefined> {
    const sealed = (await this.#get('documents', id)) as Sealed | undefined;
    return sealed && this.#unseal(id, sealed);
  }

  /** Documents kept and documents their owner has not decided about, the newest first. */
  async documents(): Promise<readonly HeldDocument[]> {
    const objects = this.#database.transaction('documents').objectStore('documents');
    const [ids, sealed] = await Promise.all([settle(objects.getAllKeys()), settle<Sealed[]>(objects.getAll())]);
    const all = await Promise.all(sealed.map((entry, index) => this.#unseal(String(ids[index]), entry)));
    return all.toSorted((a, b) => b.checkedAt.localeCompare(a.checkedAt));
  }

  /** Forgets a document, its key and what was under way for it. */
  async forget(id: string): Promise<void> {
    await this.#write('documents', (documents) => documents.delete(id));
    await this.#write('keys', (keys) => keys.delete(`document ${id}`));
    await this.forgetProof(id);
  }
}

/** A name for a lock that no two issuances share. */
export const lockOf = (id: string): string => `issuance ${base64url(utf8(id))}`;
