import { sha256Latin1 } from '../../lib/bytes.ts';
import { cborHead, encodeCbor, encodedItemTag, majorTypes } from '../../lib/cbor.ts';
import { CborWriter } from '../../lib/cbor-writer.ts';
import type { Json } from '../../lib/json.ts';
import { ClaimFault, type Order } from '../format.ts';
import { statementOf } from './cose.ts';
import type { MsoMdocProfile, Namespace } from './elements.ts';
import { frames, prepareEnvelope, sealEnvelope, type Written } from './envelope.ts';
import { compileSecurityObject, type Digested } from './security-object.ts';
import { drawNamespace, type RandomSource, randomLength } from './shuffle.ts';
import { valueAt } from './values.ts';
import { compileWrite, type Write } from './writers.ts';

const text = (value: string) => encodeCbor(value);
const join = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

/** Most items are shorter than 256 bytes, and every security object is longer. */
const itemHeadLength = 2;
const objectHeadLength = 3;

const itemTag = cborHead(majorTypes.tag, encodedItemTag);
const beforeRandom = join(
  itemTag,
  Buffer.alloc(itemHeadLength),
  cborHead(majorTypes.map, 4),
  text('random'),
  cborHead(majorTypes.bytes, randomLength),
);
const itemBegin = itemTag.length + itemHeadLength;

/** An item up to its value, in the order of the keys (RFC 8949 §4.2.1), with room for its head and its random. */
const compileStart = (digestId: number): Uint8Array =>
  join(beforeRandom, Buffer.alloc(randomLength), text('digestID'), cborHead(majorTypes.unsigned, digestId), text('elementValue'));

interface CompiledElement {
  readonly claim: readonly (string | number)[];
  readonly write: Write;
  readonly after: Uint8Array;
}

interface CompiledNamespace {
  readonly name: Uint8Array;
  readonly elements: readonly CompiledElement[];
  /** By digestID. */
  readonly starts: readonly Uint8Array[];
}

function compileNamespace({ name, elements }: Namespace): CompiledNamespace {
  return {
    name: text(name),
    elements: elements.map(({ name: element, claim, encoding }) => ({
      claim,
      write: compileWrite(encoding, `${name}/${element}`),
      after: join(text('elementIdentifier'), text(element)),
    })),
    starts: elements.map((_, digestId) => compileStart(digestId)),
  };
}

// Shared by all: each is filled and read within one turn of the event loop, before any signature is waited for.
const items = new CborWriter(64 * 1024);
const object = new CborWriter();

function writeItems({ name, elements, starts }: CompiledNamespace, claims: Json, source: RandomSource): Digested | undefined {
  const found: CompiledElement[] = [];
  const values: Json[] = [];
  for (const element of elements) {
    const value = valueAt(claims, element.claim);
    if (value === undefined) continue;
    found.push(element);
    values.push(value);
  }
  if (found.length === 0) return undefined;
  const { order, random } = drawNamespace(found.length, source);
  const digests: string[] = [];
  items.raw(name);
  items.head(majorTypes.array, found.length);
  for (let digestId = 0; digestId < order.length; digestId += 1) {
    const position = order[digestId] as number;
    const { write, after } = found[position] as CompiledElement;
    const begun = items.length;
    items.raw(starts[digestId] as Uint8Array);
    items.fill(begun + beforeRandom.length, random, digestId * randomLength, (digestId + 1) * randomLength);
    write(items, values[position] as Json);
    items.raw(after);
    items.close(begun + itemBegin, itemHeadLength);
    digests.push(sha256Latin1(items.bytes(begun)));
  }
  return { name, digests };
}

/** What the security object is about to say. */
export interface MsoMdocDraft {
  readonly profile: MsoMdocProfile;
  readonly statement: ReturnType<typeof statementOf>;
  readonly digested: readonly Digested[];
  /** What is signed: the structure of RFC 9052 §4.4. */
  readonly input: Uint8Array;
}

/**
 * The compiled path (design D5, performance L-10): names are encoded once per type, one digest and one write per element. `judge`
 * sees what is about to be signed.
 */
export function compileIssue(
  profile: MsoMdocProfile,
  judge?: (draft: MsoMdocDraft, order: Order) => void,
): (order: Order, source: RandomSource) => Promise<string> {
  const { doctype, algorithm, namespaces } = profile;
  const compiled = namespaces.map(compileNamespace);
  const writeObject = compileSecurityObject(doctype);
  const frame = frames[algorithm];
  const write = (order: Order, source: RandomSource): Written => {
    items.reset();
    object.reset();
    const digested = compiled.map((namespace) => writeItems(namespace, order.claims, source)).filter((entry) => entry !== undefined);
    if (digested.length === 0) throw new ClaimFault('no element of the credential has a value');
    const statement = statementOf(order);
    object.raw(frame.beforePayload);
    const payload = object.open(objectHeadLength);
    object.raw(itemTag);
    const opened = object.open(objectHeadLength);
    writeObject(object, statement, digested);
    object.close(opened, objectHeadLength);
    object.close(payload, objectHeadLength);
    const input = object.bytes();
    judge?.({ profile, statement, digested, input }, order);
    return { input, items: items.bytes(), namespaces: digested.length };
  };
  return async (order, source) => {
    // Copied before the signature is waited for: the writers belong to the next one then.
    const unsigned = prepareEnvelope(write(order, source), order.signer, frame);
    return sealEnvelope(unsigned, await order.signer.sign(unsigned.input));
  };
}
