import { randomBytes, randomUUID, webcrypto } from 'node:crypto';
import { EventEmitter } from 'node:events';
import {
  Agent,
  type AgentContext,
  type BaseRecord,
  type DependencyManager,
  DidDocument,
  type DidResolver,
  DidsModule,
  InjectionSymbols,
  JsonTransformer,
  JwkDidRegistrar,
  JwkDidResolver,
  Kms,
  MdocModule,
  type Module,
  parseDid,
  RecordNotFoundError,
  SdJwtVcModule,
  W3cCredentialsModule,
  X509Module,
} from '@credo-ts/core';
import { OpenId4VcModule } from '@credo-ts/openid4vc';

const unsupported = () => Promise.reject(new Error('This key store signs with P-256 only.'));

/** Credo's packaged stores need native code; these few lines keep P-256 keys and records in memory instead (a shim, not a judge). */
class MemoryKeys implements Kms.KeyManagementService {
  readonly backend = 'memory';
  readonly #keys = new Map<string, { privateKey: webcrypto.CryptoKey; publicJwk: Kms.KmsJwkPublic }>();

  isOperationSupported(_context: AgentContext, operation: Kms.KmsOperation): boolean {
    return ['createKey', 'sign', 'verify', 'randomBytes'].includes(operation.operation);
  }
  async getPublicKey(_context: AgentContext, keyId: string) {
    return this.#keys.get(keyId)?.publicJwk ?? null;
  }
  async createKey<Type extends Kms.KmsCreateKeyType>(_context: AgentContext, { keyId = randomUUID() }: Kms.KmsCreateKeyOptions<Type>) {
    const { privateKey, publicKey } = (await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ])) as webcrypto.CryptoKeyPair;
    const { kty, crv, x, y } = await webcrypto.subtle.exportKey('jwk', publicKey);
    const publicJwk = { kid: keyId, kty, crv, x, y } as Kms.KmsJwkPublic & { kid: string };
    this.#keys.set(keyId, { privateKey, publicJwk });
    return { keyId, publicJwk } as Kms.KmsCreateKeyReturn<Type>;
  }
  async sign(_context: AgentContext, { keyId, data }: Kms.KmsSignOptions) {
    const key = this.#keys.get(keyId);
    if (!key) throw new Error(`no key ${keyId}`);
    const signature = await webcrypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key.privateKey, new Uint8Array(data));
    return { signature: new Uint8Array(signature) };
  }
  async verify(_context: AgentContext, { key, data, signature }: Kms.KmsVerifyOptions): Promise<Kms.KmsVerifyReturn> {
    const publicJwk = key.publicJwk ?? this.#keys.get(key.keyId ?? '')?.publicJwk;
    if (!publicJwk) throw new Error('no key to verify with');
    const [keyAlgorithm, algorithm] =
      publicJwk.kty === 'OKP'
        ? ([{ name: 'Ed25519' }, { name: 'Ed25519' }] as const)
        : ([
            { name: 'ECDSA', namedCurve: 'P-256' },
            { name: 'ECDSA', hash: 'SHA-256' },
          ] as const);
    const imported = await webcrypto.subtle.importKey('jwk', publicJwk as webcrypto.JsonWebKey, keyAlgorithm, false, ['verify']);
    const verified = await webcrypto.subtle.verify(algorithm, imported, new Uint8Array(signature), new Uint8Array(data));
    return verified ? { verified, publicJwk } : { verified };
  }
  randomBytes(_context: AgentContext, { length }: Kms.KmsRandomBytesOptions) {
    return new Uint8Array(randomBytes(length));
  }
  importKey = unsupported;
  deleteKey = unsupported;
  encrypt = unsupported;
  decrypt = unsupported;
}

class MemoryRecords {
  readonly supportsCursorPagination = false;
  readonly records = new Map<string, BaseRecord>();
  async save(_context: AgentContext, record: BaseRecord) {
    this.records.set(record.id, record);
  }
  update = this.save;
  async delete(_context: AgentContext, record: BaseRecord) {
    this.records.delete(record.id);
  }
  async deleteById(_context: AgentContext, _type: unknown, id: string) {
    this.records.delete(id);
  }
  async getById(_context: AgentContext, _type: unknown, id: string) {
    const record = this.records.get(id);
    if (!record) throw new RecordNotFoundError(`no record ${id}`, { recordType: 'any' });
    return record;
  }
  async getAll(_context: AgentContext, type: { readonly type: string }) {
    return [...this.records.values()].filter((record) => record.type === type.type);
  }
  async findByQuery(context: AgentContext, type: { readonly type: string }, query: Query = {}) {
    return (await this.getAll(context, type)).filter((record) => matches(record.getTags(), query));
  }
}

type Query = { readonly $or?: readonly Query[] } & Readonly<Record<string, unknown>>;

/** Credo's query language as far as its wallet asks: tags that are equal or among a list, and one list of alternatives. */
function matches(tags: Readonly<Record<string, unknown>>, { $or: alternatives, ...wanted }: Query): boolean {
  const equal = ([name, value]: readonly [string, unknown]) => {
    const tag = tags[name];
    if (Array.isArray(value)) return Array.isArray(tag) && value.every((entry) => tag.includes(entry));
    return value === undefined || tag === value;
  };
  return Object.entries(wanted).every(equal) && (alternatives?.some((query) => matches(tags, query)) ?? true);
}

class MemoryModule implements Module {
  register(dependencies: DependencyManager) {
    dependencies.registerInstance(InjectionSymbols.StorageService, new MemoryRecords());
  }
}

class NoFiles {
  readonly dataPath = '';
  readonly cachePath = '';
  readonly tempPath = '';
  exists = async () => false;
  createDirectory = async () => {};
  copyFile = async () => {};
  write = async () => {};
  read = async () => '';
  delete = async () => {};
  downloadToFile = async () => {};
}

/** did:web §3.2.2, but over http, as issuers on loopback serve it (Credo's own asks https alone). */
async function fetchDidDocument(did: string): Promise<unknown> {
  const [host = '', ...path] = did.slice('did:web:'.length).split(':').map(decodeURIComponent);
  return (await fetch(`http://${[host, ...path].join('/')}/did.json`)).json();
}

function webResolver(read: (did: string) => Promise<unknown>): DidResolver {
  return {
    supportedMethods: ['web'],
    allowsCaching: false,
    async resolve(_context, did) {
      const document = JsonTransformer.fromJSON(await read(parseDid(did).did), DidDocument);
      return { didDocument: document, didDocumentMetadata: {}, didResolutionMetadata: { contentType: 'application/did+json' } };
    },
  };
}

type DocumentLoader = NonNullable<NonNullable<ConstructorParameters<typeof W3cCredentialsModule>[0]>['documentLoader']>;

export interface CredoWalletOptions {
  /** How a did:web is resolved; by default over http. */
  readonly readDidDocument?: (did: string) => Promise<unknown>;
  /** JSON-LD it knows only what this gives it. */
  readonly loader?: ReturnType<DocumentLoader>;
}

/** A Credo wallet that trusts one root certificate and speaks http on loopback. */
export async function createCredoWallet(
  trustedRootDer: Uint8Array,
  { readDidDocument = fetchDidDocument, loader }: CredoWalletOptions = {},
) {
  const agent = new Agent({
    config: { allowInsecureHttpUrls: true, autoUpdateStorageOnStartup: true },
    dependencies: { FileSystem: NoFiles, EventEmitterClass: EventEmitter, fetch, WebSocketClass: WebSocket as never },
    modules: {
      memory: new MemoryModule(),
      keys: new Kms.KeyManagementModule({ backends: [new MemoryKeys()], defaultBackend: 'memory' }),
      x509: new X509Module({ trustedCertificates: [Buffer.from(trustedRootDer).toString('base64')] }),
      sdJwtVc: new SdJwtVcModule(),
      dids: new DidsModule({ resolvers: [webResolver(readDidDocument), new JwkDidResolver()], registrars: [new JwkDidRegistrar()] }),
      mdoc: new MdocModule(),
      openid4vc: new OpenId4VcModule({}),
      w3cCredentials: new W3cCredentialsModule(loader ? { documentLoader: () => loader } : {}),
    },
  });
  await agent.initialize();
  return agent;
}
