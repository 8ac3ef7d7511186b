import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CsvFault, readCsv, readRowAt } from './read-csv.ts';

const rowsOf = (text: string | Buffer) => [...readCsv(Buffer.from(text))].map(({ fields }) => fields);

test('RFC 4180 §2: fields, quotes, doubled quotes, line ends inside quotes, CR LF and LF, byte order mark', () => {
  assert.deepEqual(rowsOf('a,b\r\n1,2\r\n'), [
    ['a', 'b'],
    ['1', '2'],
  ]);
  assert.deepEqual(rowsOf('\ufeffa,b\n1,2'), [
    ['a', 'b'],
    ['1', '2'],
  ]);
  assert.deepEqual(rowsOf('a,b\n"x, ""y""\r\nz",""\n'), [
    ['a', 'b'],
    ['x, "y"\r\nz', ''],
  ]);
  assert.deepEqual(rowsOf('a,b\n,\n'), [
    ['a', 'b'],
    ['', ''],
  ]);
  assert.deepEqual(rowsOf('a\n""""\n'), [['a'], ['"']]);
  assert.deepEqual(rowsOf(''), []);
});

test('a file that breaks the grammar is refused with its row and column', () => {
  const broken: readonly (readonly [string | Buffer, number, number | undefined])[] = [
    ['a,b\n1', 2, undefined],
    ['a,b\n1,2,3\n', 2, undefined],
    ['a,b\n1,2\n\n3,4\n', 3, undefined],
    ['a,b\n1,x"y\n', 2, 2],
    ['a,b\n1,"x"y\n', 2, 2],
    ['a,b\n"1,2\n', 2, 1],
    ['a,b\n1,2\r3,4\n', 2, 2],
    ['a,b\n1,\0\n', 2, 2],
    [Buffer.from([0x61, 0x0a, 0xc3, 0x28, 0x0a]), 2, undefined],
  ];
  for (const [text, row, column] of broken)
    assert.throws(
      () => rowsOf(text),
      (fault) => fault instanceof CsvFault && fault.row === row && fault.column === column,
      JSON.stringify(text),
    );
});

test('what is written by the rules is read back, and each row again from its offset', () => {
  const quote = (field: string) => (/[",\r\n]/.test(field) || field === '' ? `"${field.replaceAll('"', '""')}"` : field);
  const field = fc
    .oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constantFrom('"', ',', '\r\n', ''))
    .filter((text) => !text.includes('\0') && text.isWellFormed());
  const table = fc
    .integer({ min: 1, max: 5 })
    .chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1 }));
  fc.assert(
    fc.property(table, fc.constantFrom('\n', '\r\n'), (rows, end) => {
      const bytes = Buffer.from(rows.map((row) => row.map(quote).join(',') + end).join(''));
      const read = [...readCsv(bytes)];
      // A byte order mark in the very first field is the file's, not the field's.
      if (rows[0]?.[0]?.startsWith('\ufeff')) return;
      assert.deepEqual(
        read.map(({ fields }) => fields),
        rows,
      );
      for (const { start, fields } of read) assert.deepEqual(readRowAt(bytes, start), fields);
    }),
  );
});
