import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { IssuerConfig } from '../../config-schema.ts';
import { Refusal } from '../../oauth/refusal.ts';
import { operation, operatorOf } from '../../operation.ts';
import { operatorRoutes } from '../../routes.ts';
import type { TypeKey, TypeStore, TypeVersion } from '../../store/type-store.ts';
import type { TypeCatalogue } from '../types/type-catalogue.ts';
import { issuerOf } from './operator-request.ts';
import {
  documentBytes,
  etagOf,
  faultsOf,
  faulty,
  isCreation,
  keyOf,
  nextOf,
  readDocument,
  readDraft,
  readFilter,
  readStrictBodies,
  revisionOf,
} from './type-request.ts';

const closed = { additionalProperties: false };
const Summary = {
  id: Type.String(),
  version: Type.Integer(),
  state: Type.Union([Type.Literal('draft'), Type.Literal('published'), Type.Literal('retired')]),
  etag: Type.String(),
  changed_at: Type.String({ format: 'date-time' }),
  changed_by: Type.String(),
};
const Document = Type.Record(Type.String(), Type.Unknown());
const Faults = Type.Object({ faults: Type.Array(Type.Object({ pointer: Type.String(), reason: Type.String() }, closed)) }, closed);
const Version = Type.Object({ ...Summary, document: Document }, closed);
const Saved = Type.Object({ ...Summary, document: Document, ...Faults.properties }, closed);
const Listed = Type.Object(
  {
    types: Type.Array(Type.Object({ ...Summary, format: Type.Unknown(), scope: Type.Unknown(), display: Type.Unknown() }, closed)),
    next: Type.Optional(Type.String()),
  },
  closed,
);

/** One issuer as its type designers need it. */
export interface DesignedIssuer {
  readonly config: IssuerConfig;
  readonly catalogue: TypeCatalogue;
}

const changed = () => new Refusal(412, 'precondition_failed', 'It was changed meanwhile, or is no draft any more. Read it again.');
const summaryOf = (version: TypeVersion) => ({
  id: version.id,
  version: version.version,
  state: version.state,
  etag: etagOf(version),
  changed_at: version.changedAt,
  changed_by: version.changedBy,
});

/** What type designers do (features B10): write drafts, check them, publish, retire and bring back; each step compares and sets. */
class TypeOperations {
  readonly #issuers: readonly DesignedIssuer[];
  readonly #configs: readonly IssuerConfig[];
  readonly #store: TypeStore;

  constructor(issuers: readonly DesignedIssuer[], store: TypeStore) {
    this.#issuers = issuers;
    this.#configs = issuers.map(({ config }) => config);
    this.#store = store;
  }

  async list(request: FastifyRequest) {
    const page = await this.#store.list(issuerOf(request, this.#configs).identifier, readFilter(request.query));
    const next = nextOf(page);
    const types = page.map((version) => {
      const { format = null, scope = null, display = null } = version.document;
      return { ...summaryOf(version), format, scope, display };
    });
    return { types, ...(next ? { next } : {}) };
  }

  async read(request: FastifyRequest, reply: FastifyReply) {
    const version = await this.#find(keyOf(request, this.#configs));
    return reply.header('etag', etagOf(version)).send({ ...summaryOf(version), document: version.document });
  }

  async check(request: FastifyRequest) {
    const { faults } = await this.#catalogueOf(request).examine(readDocument(request.body));
    return { faults: faultsOf(faults) };
  }

  /** A draft may be unsound, as long as it is one; its faults are told along with it. */
  async save(request: FastifyRequest, reply: FastifyReply) {
    const key = keyOf(request, this.#configs);
    const document = readDraft(request.body, key);
    const created = isCreation(request);
    const saved = created
      ? await this.#store.create(key, document, auditOf(request))
      : await this.#store.replace(key, revisionOf(request), document, auditOf(request));
    if (!saved) throw changed();
    const { faults } = await this.#catalogueOf(request).examine(document);
    const answer = { ...summaryOf(saved), document, faults: faultsOf(faults) };
    return reply
      .code(created ? 201 : 200)
      .header('etag', etagOf(saved))
      .send(answer);
  }

  async remove(request: FastifyRequest, reply: FastifyReply) {
    if (!(await this.#store.remove(keyOf(request, this.#configs), revisionOf(request), auditOf(request)))) throw changed();
    return reply.code(204).send();
  }

  async publish(request: FastifyRequest, reply: FastifyReply) {
    const draft = await this.#find(keyOf(request, this.#configs));
    // Exactly what was looked at is published, or nothing.
    if (draft.state !== 'draft' || draft.revision !== revisionOf(request)) throw changed();
    await this.#publish(request, draft);
    return this.read(request, reply);
  }

  async retire(request: FastifyRequest, reply: FastifyReply) {
    const key = keyOf(request, this.#configs);
    if (!(await this.#store.retire(key, 'published', auditOf(request)))) {
      await this.#find(key);
      throw new Refusal(409, 'invalid_request', 'This version is not published.');
    }
    await this.#catalogueOf(request).follow();
    return this.read(request, reply);
  }

  /** An older version comes back as the newest one: what credentials out there name is never two things. */
  async restore(request: FastifyRequest, reply: FastifyReply) {
    const older = await this.#find(keyOf(request, this.#configs));
    if (older.state !== 'retired') throw new Refusal(409, 'invalid_request', 'Only a version that was retired is brought back.');
    const draft = await this.#copy(request, older);
    try {
      await this.#publish(request, draft);
    } catch (fault) {
      await this.#store.remove(draft, draft.revision, auditOf(request));
      throw fault;
    }
    const version = await this.#find(draft);
    return reply
      .code(201)
      .header('etag', etagOf(version))
      .send({ ...summaryOf(version), document: version.document });
  }

  async #copy(request: FastifyRequest, older: TypeVersion): Promise<TypeVersion> {
    for (;;) {
      const [newest] = await this.#store.list(older.issuer, { id: older.id, limit: 1 });
      const version = (newest ?? older).version + 1;
      const draft = await this.#store.create({ ...older, version }, { ...older.document, version }, auditOf(request));
      // Somebody took that version meanwhile: the next one, then.
      if (draft) return draft;
    }
  }

  async #publish(request: FastifyRequest, draft: TypeVersion): Promise<void> {
    const published = await this.#catalogueOf(request).publish(draft, auditOf(request));
    if (published.outcome === 'faulty') throw faulty(published.faults);
    if (published.outcome === 'changed') throw changed();
  }

  async #find(key: TypeKey): Promise<TypeVersion> {
    const version = await this.#store.find(key);
    if (!version) throw new Refusal(404, 'not_found', 'This issuer has no such version of a credential type.');
    return version;
  }

  #catalogueOf(request: FastifyRequest): TypeCatalogue {
    const { name } = issuerOf(request, this.#configs);
    const found = this.#issuers.find(({ config }) => config.name === name);
    if (!found) throw new Error(`The issuer ${name} has no catalogue.`);
    return found.catalogue;
  }
}

const auditOf = (request: FastifyRequest) => ({ actor: operatorOf(request).id, request: request.id });

const roles = ['type-designer'] as const;
const readers = ['type-designer', 'auditor'] as const;
const filter = { id: Type.Optional(Type.String()), state: Type.Optional(Type.String()), format: Type.Optional(Type.String()) };
const operations = {
  list: {
    summary: 'List the versions of credential types, by id and the newest first',
    roles: readers,
    query: { ...filter, after: Type.Optional(Type.String()) },
    answers: { 200: Listed },
  },
  read: { summary: 'Read a version of a credential type', roles: readers, answers: { 200: Version } },
  check: { summary: 'Name every fault of a credential type, and change nothing', roles, body: Document, answers: { 200: Faults } },
  save: { summary: 'Save a draft, with If-None-Match: * or If-Match', roles, body: Document, answers: { 200: Saved, 201: Saved } },
  remove: { summary: 'Delete a draft, with If-Match', roles, answers: { 204: undefined } },
  publish: { summary: 'Publish a draft, with If-Match, in place of the version before it', roles, answers: { 200: Version } },
  retire: { summary: 'Offer a version no longer', roles, answers: { 200: Version } },
  restore: { summary: 'Publish a retired version again, as a new version', roles, answers: { 201: Version } },
} as const;

export function mountCredentialTypes(server: FastifyInstance, issuers: readonly DesignedIssuer[], store: TypeStore): void {
  const types = new TypeOperations(issuers, store);
  server.register(async (scope) => {
    readStrictBodies(scope);
    scope.addHook('onSend', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
    });
    const bodied = { bodyLimit: documentBytes };
    const one = operatorRoutes.credentialType;
    scope.get(operatorRoutes.credentialTypes, operation(operations.list), (request) => types.list(request));
    scope.post(operatorRoutes.checkCredentialType, { ...bodied, ...operation(operations.check) }, (request) => types.check(request));
    scope.get(one, operation(operations.read), (request, reply) => types.read(request, reply));
    scope.put(one, { ...bodied, ...operation(operations.save) }, (request, reply) => types.save(request, reply));
    scope.delete(one, operation(operations.remove), (request, reply) => types.remove(request, reply));
    scope.post(operatorRoutes.publishCredentialType, operation(operations.publish), (request, reply) => types.publish(request, reply));
    scope.post(operatorRoutes.retireCredentialType, operation(operations.retire), (request, reply) => types.retire(request, reply));
    scope.post(operatorRoutes.restoreCredentialType, operation(operations.restore), (request, reply) => types.restore(request, reply));
  });
}
