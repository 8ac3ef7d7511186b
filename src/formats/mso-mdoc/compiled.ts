import type { Signer } from '../../keys/keys.ts';
import { sha256 } from '../../lib/bytes.ts';
import { type Cbor, cborHead, encodeCbor, encodedItemTag, majorTypes } from '../../lib/cbor.ts';
import { CborWriter } from '../../lib/cbor-writer.ts';
import type { Json } from '../../lib/json.ts';
import { ClaimFault, type Order } from '../format.ts';
import { protectedHeader, type Statement, signatureContext, statementOf, unprotectedHeader } from './cose.ts';
import type { MsoMdocProfile, Namespace } from './elements.ts';
import { drawNamespace, type RandomSource, randomLength } from './shuffle.ts';
import { dateText, valueAt } from './values.ts';
import { compileWrite, type Write } from './writers.ts';

const text = (value: string) => encodeCbor(value);
const join = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);
const digestLength = 32;
const signatureLength = 64;

/** Everything of an item that does not depend on the person, in the order of the keys (RFC 8949 §4.2.1). */
const itemTag = cborHead(majorTypes.tag, encodedItemTag);
const beforeRandom = join(cborHead(majorTypes.map, 4), text('random'), cborHead(majorTypes.bytes, randomLength));
const beforeDigestId = text('digestID');
const beforeValue = text('elementValue');
const beforeDigest = cborHead(majorTypes.bytes, digestLength);
const beforeSignature = cborHead(majorTypes.bytes, signatureLength);
/** Most items are shorter than 256 bytes, and every security object is longer. */
const itemHeadLength = 2;
const objectHeadLength = 3;

interface CompiledElement {
  readonly claim: readonly (string | number)[];
  readonly write: Write;
  readonly after: Uint8Array;
}

interface CompiledNamespace {
  readonly name: Uint8Array;
  readonly elements: readonly CompiledElement[];
}

/** The digests of one namespace, in the order of their ids. */
interface Digested {
  readonly name: Uint8Array;
  readonly digests: readonly Uint8Array[];
}

function compileNamespace({ name, elements }: Namespace): CompiledNamespace {
  return {
    name: text(name),
    elements: elements.map(({ name: element, claim, encoding }) => ({
      claim,
      write: compileWrite(encoding, `${name}/${element}`),
      after: join(text('elementIdentifier'), text(element)),
    })),
  };
}

// Shared by all: each is filled and read within one turn of the event loop, before any signature is waited for.
const items = new CborWriter(64 * 1024);
const object = new CborWriter();

function writeItems({ name, elements }: CompiledNamespace, claims: Json, source: RandomSource): Digested | undefined {
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
  const digests: Uint8Array[] = [];
  items.raw(name);
  items.head(majorTypes.array, found.length);
  for (let digestId = 0; digestId < order.length; digestId += 1) {
    const position = order[digestId] as number;
    const { write, after } = found[position] as CompiledElement;
    const begun = items.length;
    items.raw(itemTag);
    const opened = items.open(itemHeadLength);
    items.raw(beforeRandom);
    items.raw(random, digestId * randomLength, (digestId + 1) * randomLength);
    items.raw(beforeDigestId);
    items.head(majorTypes.unsigned, digestId);
    items.raw(beforeValue);
    write(items, values[position] as Json);
    items.raw(after);
    items.close(opened, itemHeadLength);
    digests.push(sha256(items.bytes(begun)));
  }
  return { name, digests };
}

/** The parts of a security object that are the same for every credential of the type. */
interface ObjectChunks {
  readonly beforeSigned: Uint8Array;
  readonly beforeFrom: Uint8Array;
  readonly beforeUntil: Uint8Array;
  readonly beforeDigests: Uint8Array;
  readonly beforeKey: Uint8Array;
  readonly afterKey: Uint8Array;
}

function compileObject(doctype: string): ObjectChunks {
  const moment = join(cborHead(majorTypes.tag, 0), cborHead(majorTypes.text, dateText(new Date(0)).length));
  const beforeValidity = join(text('docType'), text(doctype), text('version'), text('1.0'), text('validityInfo'));
  return {
    beforeSigned: join(beforeValidity, cborHead(majorTypes.map, 3), text('signed'), moment),
    beforeFrom: join(text('validFrom'), moment),
    beforeUntil: join(text('validUntil'), moment),
    beforeDigests: text('valueDigests'),
    beforeKey: join(text('deviceKeyInfo'), cborHead(majorTypes.map, 1), text('deviceKey')),
    afterKey: join(text('digestAlgorithm'), text('SHA-256')),
  };
}

const beforeIndex = join(text('status'), cborHead(majorTypes.map, 1), text('status_list'), cborHead(majorTypes.map, 2), text('idx'));
const beforeUri = text('uri');

function writeKey(key: Statement['deviceKey']): void {
  object.head(majorTypes.map, key.size);
  for (const [label, value] of key) {
    object.integer(label);
    if (typeof value === 'number') object.integer(value);
    else object.byteString(value as Uint8Array);
  }
}

function writeObject(chunks: ObjectChunks, statement: Statement, digested: readonly Digested[]): void {
  const { deviceKey, signed, validUntil, status } = statement;
  object.head(majorTypes.map, status ? 7 : 6);
  if (status) {
    object.raw(beforeIndex);
    object.integer(status.index);
    object.raw(beforeUri);
    object.text(status.uri);
  }
  const begin = dateText(signed);
  object.raw(chunks.beforeSigned);
  object.ascii(begin);
  object.raw(chunks.beforeFrom);
  object.ascii(begin);
  object.raw(chunks.beforeUntil);
  object.ascii(dateText(validUntil));
  object.raw(chunks.beforeDigests);
  object.head(majorTypes.map, digested.length);
  for (const { name, digests } of digested) {
    object.raw(name);
    object.head(majorTypes.map, digests.length);
    for (let digestId = 0; digestId < digests.length; digestId += 1) {
      object.head(majorTypes.unsigned, digestId);
      object.raw(beforeDigest);
      object.raw(digests[digestId] as Uint8Array);
    }
  }
  object.raw(chunks.beforeKey);
  writeKey(deviceKey);
  object.raw(chunks.afterKey);
}

const beforeInput = join(cborHead(majorTypes.array, 4), text(signatureContext), encodeCbor(protectedHeader), encodeCbor(new Uint8Array()));
const beforeNameSpaces = text('nameSpaces');
// By signer and not by key id: a renewed certificate is another signer of the same key.
const beginnings = new WeakMap<Signer, Uint8Array>();

function beginningOf(signer: Signer): Uint8Array {
  const known = beginnings.get(signer);
  if (known) return known;
  const head: Cbor = unprotectedHeader(signer);
  const made = join(
    cborHead(majorTypes.map, 2),
    text('issuerAuth'),
    cborHead(majorTypes.array, 4),
    encodeCbor(protectedHeader),
    encodeCbor(head),
  );
  beginnings.set(signer, made);
  return made;
}

interface Unsigned {
  /** The whole `IssuerSigned`, with room where the signature goes. */
  readonly whole: Buffer;
  readonly signatureAt: number;
  readonly input: Uint8Array;
}

function assemble(signer: Signer, namespaces: number): Unsigned {
  const beginning = beginningOf(signer);
  const input = Buffer.from(object.bytes());
  const payload = input.subarray(beforeInput.length);
  const nameSpacesHead = join(beforeNameSpaces, cborHead(majorTypes.map, namespaces));
  const signatureAt = beginning.length + payload.length + beforeSignature.length;
  const itemsAt = signatureAt + signatureLength + nameSpacesHead.length;
  const whole = Buffer.allocUnsafe(itemsAt + items.length);
  whole.set(beginning);
  whole.set(payload, beginning.length);
  whole.set(beforeSignature, beginning.length + payload.length);
  whole.set(nameSpacesHead, signatureAt + signatureLength);
  whole.set(items.bytes(), itemsAt);
  return { whole, signatureAt, input };
}

/** The compiled path (design D5, performance L-10): names are encoded once per type, one digest and one write per element. */
export function compileIssue({ doctype, namespaces }: MsoMdocProfile): (order: Order, source: RandomSource) => Promise<Buffer> {
  const compiled = namespaces.map(compileNamespace);
  const chunks = compileObject(doctype);
  const write = (order: Order, source: RandomSource): Unsigned => {
    items.reset();
    object.reset();
    const digested = compiled.map((namespace) => writeItems(namespace, order.claims, source)).filter((entry) => entry !== undefined);
    if (digested.length === 0) throw new ClaimFault('no element of the credential has a value');
    object.raw(beforeInput);
    const payload = object.open(objectHeadLength);
    object.raw(itemTag);
    const opened = object.open(objectHeadLength);
    writeObject(chunks, statementOf(order), digested);
    object.close(opened, objectHeadLength);
    object.close(payload, objectHeadLength);
    return assemble(order.signer, digested.length);
  };
  return async (order, source) => {
    const { whole, signatureAt, input } = write(order, source);
    const signature = await order.signer.sign(input);
    if (signature.length !== signatureLength) throw new Error('A signature of another length than ES256 has.');
    whole.set(signature, signatureAt);
    return whole;
  };
}
