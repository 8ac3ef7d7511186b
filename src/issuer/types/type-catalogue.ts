import type { ListSecuring, ProfileFault, PublishedDocument } from '../../formats/format.ts';
import type { KeyStore } from '../../keys/keys.ts';
import type { Log } from '../../lib/log.ts';
import type { TypeKey, TypeStore, TypeVersion } from '../../store/type-store.ts';
import { credentialKeyOf } from '../credential-key.ts';
import type { CredentialType } from '../credential-type.ts';
import { type ListSigner, listSignerOf } from '../status/list-signer.ts';
import { clashOf, documentClash, outrunBy } from './clashes.ts';
import { type Design, type DesignContext, examineDesign } from './design.ts';

/** What an issuer offers at one moment: made once, never changed, exchanged as a whole. */
export interface TypeSet {
  /** Offered now: wallets read of them and may ask for them. */
  readonly offered: readonly CredentialType[];
  /** What credentials of every version that was ever offered refer to, by its path below the issuer identifier. */
  readonly documents: ReadonlyMap<string, PublishedDocument>;
  /** How Bitstring Status Lists are secured that credentials of every version ever offered point at, by name. */
  readonly securings: ReadonlyMap<string, ListSecuring>;
  /** Keys that sign Token Status Lists for such types at addresses of their own, by name. */
  readonly listSigners: ReadonlyMap<string, ListSigner>;
  /** Names of keys that sign or have signed for types, besides the one that types share. */
  readonly keys: readonly string[];
  /** A configuration of any version that was ever offered, for what was begun with it. */
  find(id: string, version: number): CredentialType | undefined;
}

/** The credential types of one issuer as this node knows them. */
export interface TypeCatalogue {
  /** In force now. Who serves a request asks once and stays with the answer. */
  current(): TypeSet;
  /** Takes over what the store says by now; `catalogue` is the number it is known to have reached. */
  follow(catalogue?: number): Promise<void>;
  /** Makes the keys of a draft, holds it against all that is offered, and publishes it. */
  publish(version: TypeVersion, actor: { readonly actor: string; readonly request: string }): Promise<PublishOutcome>;
  /** Every fault that can be told apart, of the document itself or beside what else is offered; `retired`: it will be offered no more. */
  examine(document: TypeVersion['document'], as?: 'published' | 'retired'): Promise<Examined>;
}

export interface Examined {
  /** Only where there is no fault. */
  readonly design?: Design;
  readonly faults: readonly ProfileFault[];
}

export type PublishOutcome =
  | { readonly outcome: 'published' | 'changed' }
  | { readonly outcome: 'faulty'; readonly faults: readonly ProfileFault[] };

export interface TypeCatalogueOptions extends DesignContext {
  readonly issuerName: string;
  readonly store: TypeStore;
  readonly keys: KeyStore;
  readonly log: Log;
}

const nameOf = ({ id, version }: Pick<TypeKey, 'id' | 'version'>) => `${id}/${version}`;

/** One version that was offered, and what became of it on this node. */
interface Known {
  readonly version: TypeVersion;
  readonly design: Design;
}

class Catalogue implements TypeCatalogue {
  readonly #options: TypeCatalogueOptions;
  /** By name and version: what was published never changes, so it is compiled once. */
  readonly #designs = new Map<string, Design>();
  readonly #unusable = new Set<string>();
  #set: TypeSet = typeSetOf([], []);
  #inForce: readonly Known[] = [];
  #known: readonly Known[] = [];
  #catalogue = -1;
  #following: Promise<void> = Promise.resolve();

  constructor(options: TypeCatalogueOptions) {
    this.#options = options;
  }

  current(): TypeSet {
    return this.#set;
  }

  follow(catalogue = Number.POSITIVE_INFINITY): Promise<void> {
    const following = this.#following.then(() => (catalogue !== this.#catalogue ? this.#takeOver() : undefined));
    this.#following = following.catch(() => {});
    return following;
  }

  async #takeOver(): Promise<void> {
    const { store, issuer } = this.#options;
    const { catalogue, versions } = await store.readPublic(issuer);
    if (catalogue === this.#catalogue) return;
    const known: Known[] = [];
    for (const version of versions) {
      const design = await this.#compile(version);
      if (design) known.push({ version, design });
    }
    const published = versions.filter(({ state }) => state === 'published');
    const inForce = published.flatMap((version) => known.find((each) => each.version === version) ?? this.#stillInForce(version));
    await this.#makeKeys(inForce.flatMap(({ design }) => design.configurations));
    // From here on nothing can fail: whoever asks next gets the new set, whoever has the old one finishes with it.
    this.#set = typeSetOf(inForce, known);
    this.#inForce = inForce;
    this.#known = known;
    this.#catalogue = catalogue;
  }

  /** A version this node cannot make into a plan (of a newer program, say) leaves the one before it in force here. */
  #stillInForce({ id }: TypeVersion): readonly Known[] {
    return this.#inForce.filter(({ version }) => version.id === id);
  }

  async #compile(version: TypeVersion): Promise<Design | undefined> {
    const name = nameOf(version);
    const known = this.#designs.get(name);
    if (known) return known;
    const found = await this.#examine(version).catch((fault: unknown) => ({ faults: [{ message: (fault as Error).name }] }));
    if ('design' in found) {
      this.#designs.set(name, found.design);
      this.#unusable.delete(name);
      return found.design;
    }
    if (!this.#unusable.has(name)) {
      this.#unusable.add(name);
      const { log, issuer } = this.#options;
      const cause = found.faults.map(({ message }) => message).join('; ');
      log.write(version.state === 'published' ? 'error' : 'warn', 'credential type unusable', { issuer, credentialType: name, cause });
    }
    return undefined;
  }

  #examine({ id, version, document, state }: Pick<TypeVersion, 'id' | 'version' | 'document' | 'state'>) {
    // What the document says of its name is what it is known by; nobody is offered it under another.
    return examineDesign({ ...document, id, version }, state === 'retired' ? state : 'published', this.#options);
  }

  async #makeKeys(types: readonly CredentialType[]): Promise<void> {
    const { issuerName, keys } = this.#options;
    for (const { key, algorithm, qrCodes } of types)
      for (const needed of new Set([algorithm, ...qrCodes.map((code) => code.algorithm)]))
        await keys.signer(credentialKeyOf(issuerName, key), needed);
  }

  async examine(document: TypeVersion['document'], as: 'published' | 'retired' = 'published'): Promise<Examined> {
    const examined = await examineDesign(document, as, this.#options);
    if ('faults' in examined) return examined;
    await this.follow();
    const { design } = examined;
    const known = this.#known.map((each) => each.design);
    const others = this.#inForce.map((each) => each.design).filter(({ id }) => id !== design.id);
    const clash =
      as === 'retired'
        ? documentClash(design, known)
        : (outrunBy(design, known) ?? clashOf(design, others) ?? documentClash(design, known));
    return clash ? { faults: [clash] } : { design, faults: [] };
  }

  async publish(draft: TypeVersion, audit: { readonly actor: string; readonly request: string }): Promise<PublishOutcome> {
    for (;;) {
      const { design, faults } = await this.examine({ ...draft.document, id: draft.id, version: draft.version });
      if (!design) return (await this.#isStill(draft)) ? { outcome: 'faulty', faults } : { outcome: 'changed' };
      // Before anybody can see it: a key made at the first request would come as a surprise to every verifier.
      await this.#makeKeys(design.configurations);
      const { issuer, id, version, revision } = draft;
      const outcome = await this.#options.store.publish({ issuer, id, version, revision, catalogue: this.#catalogue }, audit);
      await this.follow();
      // Somebody else published meanwhile: what it was held against is not what it would stand beside.
      if (outcome !== 'outrun') return { outcome };
    }
  }

  /** Of two who publish one draft the second finds it published, which is a fault of the draft no more than of theirs. */
  async #isStill({ revision, ...key }: TypeVersion): Promise<boolean> {
    return (await this.#options.store.find(key))?.revision === revision;
  }
}

function typeSetOf(inForce: readonly Known[], known: readonly Known[]): TypeSet {
  const all = [...known, ...inForce].flatMap(({ design }) => design.configurations);
  return {
    offered: inForce.flatMap(({ design }) => design.configurations),
    documents: new Map(known.flatMap(({ design }) => design.documents.map((document) => [document.path, document] as const))),
    securings: new Map(all.flatMap(({ listSecuring: securing }) => (securing ? [[securing.name, securing] as const] : []))),
    listSigners: new Map(all.flatMap((type) => listSignerOf(type) ?? []).map((signer) => [signer.name, signer] as const)),
    keys: [...new Set(all.flatMap(({ key }) => key ?? []))],
    find: (id, version) => all.find((type) => type.id === id && type.version === version),
  };
}

/** The catalogue of one issuer, empty until it has followed the store. */
export function createTypeCatalogue(options: TypeCatalogueOptions): TypeCatalogue {
  return new Catalogue(options);
}
