import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparableName, meetsBirthdate, meetsName } from './knowledge.ts';

test('names are one whatever their case, width, composition, spaces and invisible characters', () => {
  for (const [typed, recorded] of [
    ['STRASSE', 'Straße'],
    ['Ａｍｉｎａ', 'Amina'],
    ['Zoe\u0308', 'Zoë'],
    ['ΣΊΣΥΦΟΣ', 'Σίσυφος'],
    ['ليلى\u200f  الهاشمي', 'ليلى الهاشمي'],
    ['ក\u200bខ', 'កខ'],
    ['\tO\n', 'o'],
  ] as const)
    assert.ok(meetsName(typed, [recorded]), `${typed} and ${recorded}`);
});

test('names that differ in a letter are not one, and no part of a name is the name', () => {
  for (const [typed, recorded] of [
    ['Amina Karim', 'Amina Kareem'],
    ['Amina', 'Amina Kareem'],
    ['AminaKareem', 'Amina Kareem'],
    ['Zoe', 'Zoë'],
  ] as const)
    assert.ok(!meetsName(typed, [recorded]), `${typed} and ${recorded}`);
});

test('quality R48: nothing on record and nothing typed prove nothing', () => {
  assert.equal(comparableName(' \u200b\u2060 '), '');
  for (const typed of ['', ' ', '\u200d']) for (const recorded of ['', ' ', '\u200d']) assert.ok(!meetsName(typed, [recorded]));
  assert.ok(!meetsName('O', []));
  for (const typed of ['', '1988', '1988-03-27']) assert.ok(!meetsBirthdate(typed, ''), `${typed} without a date on record`);
});

test('a birth date agrees as far as it is on record, and must be a date', () => {
  assert.ok(meetsBirthdate('1988-03-27', '1988-03-27'));
  assert.ok(meetsBirthdate('1988-03-27', '1988-03'));
  assert.ok(meetsBirthdate(' １９８８-０３-２７ ', '1988'));
  for (const [typed, recorded] of [
    ['1988-03', '1988-03-27'],
    ['1988', '1988-03-27'],
    ['1988-03-28', '1988-03-27'],
    ['1988-02-30', '1988'],
    ['1988x', '1988'],
    ['19880327', '1988'],
  ] as const)
    assert.ok(!meetsBirthdate(typed, recorded), `${typed} and ${recorded}`);
});
