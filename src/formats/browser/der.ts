import type { Bytes } from './bytes.ts';
import { CredentialFault } from './credential-reader.ts';

/** One element of DER (X.690 §10): its tag, its contents, and its bytes as they stand. */
export interface Element {
  readonly tag: number;
  readonly contents: Bytes;
  readonly whole: Bytes;
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  time: 0x18,
  sequence: 0x30,
} as const;

const fault = (reason: string) => new CredentialFault(`certificate: ${reason}`);

/** The element at an offset: definite lengths in their shortest form and single-byte tags, as DER in certificates has them. */
function readElementAt(bytes: Bytes, offset: number): Element {
  const [tag, first] = [bytes[offset], bytes[offset + 1]];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw fault('cut off');
  let length = first;
  let start = offset + 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 3) throw fault('a length that DER does not have');
    length = 0;
    for (const byte of bytes.subarray(start, start + count)) length = length * 256 + byte;
    start += count;
    if (length < 0x80 || length < 256 ** (count - 1)) throw fault('a length that is not the shortest');
  }
  const end = start + length;
  if (end > bytes.length) throw fault('cut off');
  return { tag, contents: bytes.subarray(start, end), whole: bytes.subarray(offset, end) };
}

/** The one element that the bytes are. */
export function readElement(bytes: Bytes, tag: number): Element {
  const element = readElementAt(bytes, 0);
  if (element.tag !== tag || element.whole.length !== bytes.length) throw fault('another structure');
  return element;
}

/** The elements inside a constructed one. */
export function readElements(contents: Bytes): readonly Element[] {
  const elements: Element[] = [];
  let offset = 0;
  while (offset < contents.length) {
    const element = readElementAt(contents, offset);
    elements.push(element);
    offset += element.whole.length;
    if (elements.length > 64) throw fault('too many parts');
  }
  return elements;
}

/** RFC 5280 §4.1.2.5: UTCTime until 2049, GeneralizedTime after, both in UTC with seconds. */
export function readTime({ tag, contents }: Element): Date {
  const text = String.fromCharCode(...contents);
  const parts = (tag === tags.utcTime ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/).exec(text);
  if (!parts || (tag !== tags.utcTime && tag !== tags.time)) throw fault('no time');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  const full = tag === tags.utcTime ? year + (year < 50 ? 2000 : 1900) : year;
  return new Date(Date.UTC(full, month - 1, day, hour, minute, second));
}

/** Bytes of a BIT STRING without unused bits. */
export function readBits({ contents }: Element): Bytes {
  if (contents[0] !== 0) throw fault('bits that are no bytes');
  return contents.subarray(1);
}

/** RFC 3279 §2.2.3: r and s of an ECDSA signature, as r‖s of a fixed length for WebCrypto. */
export function readEcdsaSignature(bytes: Bytes, coordinate: number): Bytes {
  const parts = readElements(readElement(bytes, tags.sequence).contents);
  if (parts.length !== 2 || parts.some(({ tag }) => tag !== tags.integer)) throw fault('no signature');
  const joined = new Uint8Array(coordinate * 2);
  for (const [index, { contents }] of parts.entries()) {
    const number = contents[0] === 0 ? contents.subarray(1) : contents;
    if (number.length > coordinate || (contents[0] ?? 0x80) >= 0x80) throw fault('no signature');
    joined.set(number, coordinate * (index + 1) - number.length);
  }
  return joined;
}
