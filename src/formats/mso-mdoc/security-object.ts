import { type Cbor, cborHead, encodeCbor, majorTypes, Tagged } from '../../lib/cbor.ts';
import type { CborWriter } from '../../lib/cbor-writer.ts';
import type { Statement } from './cose.ts';
import { dateText } from './values.ts';

const text = (value: string) => encodeCbor(value);
const join = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

/** The digests of one namespace by digestID: texts of one letter per byte. */
export interface Digested {
  readonly name: Uint8Array;
  readonly digests: readonly string[];
}

const beforeIndex = join(text('status'), cborHead(majorTypes.map, 1), text('status_list'), cborHead(majorTypes.map, 2), text('idx'));
const beforeUri = text('uri');
const beforeValueDigests = text('valueDigests');
const digestHead = cborHead(majorTypes.bytes, 32);
const beforeDigests: Uint8Array[] = [];

/** A digestID and the head of its digest, made once. */
function beforeDigest(digestId: number): Uint8Array {
  const known = beforeDigests[digestId] ?? join(cborHead(majorTypes.unsigned, digestId), digestHead);
  beforeDigests[digestId] = known;
  return known;
}

const beforeKey = join(text('deviceKeyInfo'), cborHead(majorTypes.map, 1), text('deviceKey'));
const afterKey = join(text('digestAlgorithm'), text('SHA-256'));

function writeKey(object: CborWriter, key: Statement['deviceKey']): void {
  object.head(majorTypes.map, key.size);
  for (const [label, value] of key) {
    object.integer(label);
    if (typeof value === 'number') object.integer(value);
    else object.byteString(value as Uint8Array);
  }
}

function writeDigests(object: CborWriter, digested: readonly Digested[]): void {
  object.raw(beforeValueDigests);
  object.head(majorTypes.map, digested.length);
  for (const { name, digests } of digested) {
    object.raw(name);
    object.head(majorTypes.map, digests.length);
    for (let digestId = 0; digestId < digests.length; digestId += 1) {
      object.raw(beforeDigest(digestId));
      object.latin1(digests[digestId] as string);
    }
  }
}

/** Writes the MobileSecurityObject of a doctype, its keys in the order of RFC 8949 §4.2.1. */
export function compileSecurityObject(doctype: string): (object: CborWriter, statement: Statement, digested: readonly Digested[]) => void {
  const beforeValidity = join(text('docType'), text(doctype), text('version'), text('1.0'), text('validityInfo'));
  // Times are rounded to the day (standards VX-6): most credentials have those of the one before.
  let known: { readonly from: number; readonly until: number; readonly bytes: Uint8Array } | undefined;
  const validity = (signed: Date, validUntil: Date): Uint8Array => {
    const [from, until] = [signed.getTime(), validUntil.getTime()];
    if (known?.from === from && known.until === until) return known.bytes;
    const begin = new Tagged(0, dateText(signed));
    const info = new Map<string, Cbor>([
      ['signed', begin],
      ['validFrom', begin],
      ['validUntil', new Tagged(0, dateText(validUntil))],
    ]);
    known = { from, until, bytes: join(beforeValidity, encodeCbor(info)) };
    return known.bytes;
  };
  return (object, { deviceKey, signed, validUntil, status }, digested) => {
    object.head(majorTypes.map, status ? 7 : 6);
    if (status) {
      object.raw(beforeIndex);
      object.integer(status.index);
      object.raw(beforeUri);
      object.text(status.uri);
    }
    object.raw(validity(signed, validUntil));
    writeDigests(object, digested);
    object.raw(beforeKey);
    writeKey(object, deviceKey);
    object.raw(afterKey);
  };
}
