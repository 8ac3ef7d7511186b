import { isUtf8 } from 'node:buffer';

/** A fault of the file itself, at a row (the heading is row 1) and, where known, a column (the first is 1). */
export class CsvFault extends Error {
  readonly row: number;
  readonly column: number | undefined;
  readonly reason: string;
  constructor(row: number, column: number | undefined, reason: string) {
    super(`row ${row}${column === undefined ? '' : `, column ${column}`}: ${reason}`);
    this.name = 'CsvFault';
    this.row = row;
    this.column = column;
    this.reason = reason;
  }
}

export interface CsvRow {
  /** Counted as spreadsheets do: the heading is 1. */
  readonly number: number;
  /** Where the row starts in the file. */
  readonly start: number;
  readonly fields: readonly string[];
}

const [comma, quote, lineFeed, carriageReturn] = [0x2c, 0x22, 0x0a, 0x0d];

interface Field {
  readonly text: string;
  readonly end: number;
}

/** Strict reading of one field: a quote opens a field or stands doubled inside a quoted one, nowhere else (RFC 4180 §2). */
class Fields {
  readonly #bytes: Buffer;
  #row = 0;
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The fields of the row that starts here, and where the next row starts. */
  readRow(start: number, row: number): { fields: string[]; next: number } {
    this.#row = row;
    const fields: string[] = [];
    for (let at = start; ; ) {
      const { text, end } = this.#bytes[at] === quote ? this.#quoted(at + 1, fields.length + 1) : this.#plain(at, fields.length + 1);
      fields.push(text);
      if (this.#bytes[end] !== comma) return { fields, next: this.#lineEnd(end, fields.length) };
      at = end + 1;
    }
  }

  #plain(start: number, column: number): Field {
    let end = start;
    for (; end < this.#bytes.length; end += 1) {
      const byte = this.#bytes[end];
      if (byte === comma || byte === lineFeed || byte === carriageReturn) break;
      if (byte === quote) throw new CsvFault(this.#row, column, 'a quote inside a field that is not quoted.');
      if (byte === 0) throw new CsvFault(this.#row, column, 'a zero byte.');
    }
    return { text: this.#bytes.toString('utf8', start, end), end };
  }

  #quoted(start: number, column: number): Field {
    let doubled = false;
    for (let end = this.#bytes.indexOf(quote, start); end !== -1; end = this.#bytes.indexOf(quote, end + 2)) {
      if (this.#bytes[end + 1] === quote) {
        doubled = true;
        continue;
      }
      const text = this.#bytes.toString('utf8', start, end);
      const next = this.#bytes[end + 1];
      if (next === undefined || next === comma || next === lineFeed || next === carriageReturn)
        return { text: doubled ? text.replaceAll('""', '"') : text, end: end + 1 };
      throw new CsvFault(this.#row, column, 'something follows the closing quote.');
    }
    throw new CsvFault(this.#row, column, 'the closing quote is missing.');
  }

  #lineEnd(end: number, column: number): number {
    if (end >= this.#bytes.length) return end;
    if (this.#bytes[end] === lineFeed) return end + 1;
    if (this.#bytes[end + 1] === lineFeed) return end + 2;
    throw new CsvFault(this.#row, column, 'a carriage return without a line feed.');
  }
}

/** The fields of the row that starts at an offset `readCsv` gave for the same bytes. */
export function readRowAt(bytes: Uint8Array, start: number): readonly string[] {
  return new Fields(bytes).readRow(start, 0).fields;
}

/**
 * Reads a CSV file row by row (RFC 4180, UTF-8, byte order mark allowed, line ends CR LF or LF), heading included.
 * Throws a `CsvFault` at the first row that breaks the grammar or has another number of fields than the heading.
 */
export function* readCsv(bytes: Uint8Array): Generator<CsvRow> {
  const reader = new Fields(bytes);
  const sound = isUtf8(bytes);
  let [at, number, width] = [bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0, 1, 0];
  while (at < bytes.byteLength) {
    const { fields, next } = reader.readRow(at, number);
    if (!sound && !isUtf8(bytes.subarray(at, next))) throw new CsvFault(number, undefined, 'the text is not UTF-8.');
    if (number === 1) width = fields.length;
    if (fields.length !== width) throw new CsvFault(number, undefined, `has ${fields.length} fields, and the heading has ${width}.`);
    yield { number, start: at, fields };
    [at, number] = [next, number + 1];
  }
}
