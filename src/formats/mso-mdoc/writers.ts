import { cborFloat, cborHead, majorTypes } from '../../lib/cbor.ts';
import type { CborWriter } from '../../lib/cbor-writer.ts';
import type { Json } from '../../lib/json.ts';
import type { Element, Encoding } from './elements.ts';
import {
  checkBase64,
  checkBoolean,
  checkDateTime,
  checkFullDate,
  checkInteger,
  checkList,
  checkNumber,
  checkText,
  notBase64,
  valueAt,
} from './values.ts';

/** Writes one value of the claims; throws `ClaimFault`. */
export type Write = (writer: CborWriter, value: Json) => void;

const tdate = cborHead(majorTypes.tag, 0);
const fullDate = cborHead(majorTypes.tag, 1004);

function compileList(element: Encoding, place: string): Write {
  const write = compileWrite(element, place);
  return (writer, value) => {
    const list = checkList(value, place);
    writer.head(majorTypes.array, list.length);
    for (const entry of list) write(writer, entry);
  };
}

function compileMap(members: readonly Element[], place: string): Write {
  const writes = members.map(({ name, claim, encoding }) => ({ name, claim, write: compileWrite(encoding, `${place}/${name}`) }));
  return (writer, value) => {
    const present = writes.map(({ claim }) => valueAt(value, claim));
    writer.head(
      majorTypes.map,
      present.reduce<number>((count, entry) => (entry === undefined ? count : count + 1), 0),
    );
    for (const [index, entry] of present.entries()) {
      const member = writes[index];
      if (entry === undefined || !member) continue;
      writer.text(member.name);
      member.write(writer, entry);
    }
  };
}

/** What of an encoding can be decided once is decided here; what it returns runs for every credential. */
export function compileWrite(encoding: Encoding, place: string): Write {
  switch (encoding.kind) {
    case 'text':
      return (writer, value) => writer.text(checkText(value, place));
    case 'full-date':
      return (writer, value) => {
        writer.raw(fullDate);
        writer.text(checkFullDate(value, place));
      };
    case 'tdate':
      return (writer, value) => {
        writer.raw(tdate);
        writer.text(checkDateTime(value, place));
      };
    case 'bytes':
      return (writer, value) => {
        const { text, length } = checkBase64(value, place);
        if (!writer.base64(text, length)) throw notBase64(place);
      };
    case 'boolean':
      return (writer, value) => writer.boolean(checkBoolean(value, place));
    case 'integer':
      return (writer, value) => writer.integer(checkInteger(value, place));
    case 'number':
      return (writer, value) => {
        const number = checkNumber(value, place);
        if (Number.isInteger(number)) writer.integer(number);
        else writer.raw(cborFloat(number));
      };
    case 'list':
      return compileList(encoding.element, place);
    case 'map':
      return compileMap(encoding.members, place);
  }
}
