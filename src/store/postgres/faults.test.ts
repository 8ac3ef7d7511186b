import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StartFault } from '../../lib/start-fault.ts';
import { StoreUnavailable } from '../store.ts';
import { asStartFault, asStoreFault } from './faults.ts';

const coded = (code: string, message = 'words') => Object.assign(new Error(message), { code });

test('faults of the database are unavailability, faults of a statement are not', () => {
  for (const code of ['08006', '53300', '57P01', '57P03', '57014', '25006', '40P01', 'ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE'])
    assert.ok(asStoreFault(coded(code)) instanceof StoreUnavailable, code);
  for (const message of [
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Client has encountered a connection error and is not queryable',
  ])
    assert.ok(asStoreFault(new Error(message)) instanceof StoreUnavailable, message);
  for (const code of ['23505', '22021', '42P01', '42501', 'ERR_INVALID_ARG_TYPE']) {
    const fault = coded(code);
    assert.equal(asStoreFault(fault), fault, code);
  }
});

test('a start that fails is one sentence that names the place and never the password', () => {
  const target = { kind: 'url', url: 'postgresql://user:hush@db.example:6543/registry' } as const;
  const expected: readonly [string, RegExp][] = [
    ['ECONNREFUSED', /at db\.example:6543\/registry cannot be reached \(ECONNREFUSED\)\. Start it, or correct DATABASE_URL\.$/],
    ['28P01', /refused the user or password/],
    ['3D000', /does not exist\. Create it/],
  ];
  for (const [code, sentence] of expected) {
    const fault = asStartFault(coded(code), target);
    assert.ok(fault instanceof StartFault);
    assert.match(fault.message, sentence);
    assert.doesNotMatch(fault.message, /hush/);
  }
  const ours = new TypeError('a bug');
  assert.equal(asStartFault(ours, target), ours);
});
