import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ProfileFault } from '../../formats/format.ts';
import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import { StartFault } from '../../lib/start-fault.ts';
import { JsonFault, parseStrictJson } from '../../lib/strict-json.ts';
import type { TypeKey, TypeState, TypeStore, TypeVersion } from '../../store/type-store.ts';
import { findShapeFaults } from '../credential-type.ts';
import type { TypeCatalogue } from './type-catalogue.ts';

const audit = { actor: 'configuration file', request: 'start' };

interface Seed extends Pick<TypeKey, 'id' | 'version'> {
  readonly file: string;
  readonly state: TypeState;
  readonly document: JsonObject;
}

const unsound = (file: string, faults: readonly Pick<ProfileFault, 'message'>[], cause?: unknown) =>
  new StartFault(`The credential type ${file} is not sound: ${faults[0]?.message}. Correct the file.`, cause);

async function readSeed(file: string): Promise<Seed> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new StartFault(`The credential type ${file} cannot be read. Correct the configuration file.`, cause);
  });
  try {
    const raw = parseStrictJson(text);
    if (!isJsonObject(raw)) throw new JsonFault('it must be an object');
    const { state, encodings: _, ...rest } = raw;
    const faults = findShapeFaults({ ...rest, ...(state === undefined ? {} : { state }) });
    if (faults.length > 0) throw unsound(file, faults);
    const { state: _state, ...document } = raw;
    return { file, id: String(raw.id), version: Number(raw.version), state: state as TypeState, document };
  } catch (fault) {
    if (fault instanceof JsonFault) throw unsound(file, [fault], fault);
    throw fault;
  }
}

/** Two files that both want to be the one published version would take turns at every start. */
function checkSeeds(seeds: readonly Seed[], issuerName: string): void {
  const offered = seeds.filter(({ state }) => state === 'published').map(({ id }) => id);
  const twice = offered.find((id, index) => offered.indexOf(id) !== index);
  if (twice) throw new StartFault(`Two credential types of the issuer ${issuerName} have the id ${twice}. Give each its own.`);
}

export interface SeedOptions {
  readonly issuer: string;
  readonly issuerName: string;
  readonly files: readonly string[];
  readonly store: TypeStore;
  readonly catalogue: TypeCatalogue;
}

/** The version as it stands in the store; a draft that only this file has ever written follows the file. */
async function keep(options: SeedOptions, seed: Seed): Promise<TypeVersion> {
  const { issuer, store } = options;
  const key = { issuer, id: seed.id, version: seed.version };
  const stored = (await store.find(key)) ?? (await store.create(key, seed.document, audit));
  // Another node was quicker: what stands there now is looked at again.
  if (!stored) return keep(options, seed);
  if (isDeepStrictEqual(stored.document, seed.document)) return stored;
  if (stored.state === 'draft' && stored.changedBy === audit.actor)
    return (await store.replace(key, stored.revision, seed.document, audit)) ?? keep(options, seed);
  throw new StartFault(
    `The credential type ${seed.file} is not what version ${seed.version} of ${seed.id} was when it was first read. ` +
      'What was published under a version never changes, because credentials name it: undo the change, or give the file the next version.',
  );
}

/** A file moves a version forward only: what operators have retired since is not brought back by a start. */
async function bringForward({ store, catalogue }: SeedOptions, { file, state }: Seed, stored: TypeVersion): Promise<void> {
  if (state === 'published' && stored.state === 'draft') {
    const published = await catalogue.publish(stored, audit);
    if (published.outcome === 'faulty') throw unsound(file, published.faults);
  }
  if (state === 'retired' && stored.state !== 'retired') {
    const { faults } = await catalogue.examine(stored.document, 'retired');
    if (faults.length > 0) throw unsound(file, faults);
    await store.retire(stored, stored.state, audit);
  }
}

/**
 * The files of the configuration as seeds: each is saved at the first start that meets its id and version. Several nodes may do so
 * at once. Throws `StartFault` for a file that is not sound, or that changed under its version.
 */
export async function seedTypes(options: SeedOptions): Promise<void> {
  const seeds = await Promise.all(options.files.map(readSeed));
  checkSeeds(seeds, options.issuerName);
  for (const seed of seeds) await bringForward(options, seed, await keep(options, seed));
  await options.catalogue.follow();
}
