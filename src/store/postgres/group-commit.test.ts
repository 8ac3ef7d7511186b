import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreUnavailable } from '../store.ts';
import { GroupCommit } from './group-commit.ts';

/** A database that answers when it is told to. */
function slowWriter() {
  const groups: (readonly number[])[] = [];
  const waiting: (() => void)[] = [];
  const write = async (items: readonly number[]) => {
    groups.push(items);
    await new Promise<void>((resolve) => waiting.push(resolve));
    return items.map((item) => item * 10);
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { groups, write, turn, answer: () => waiting.shift()?.() };
}

test('performance L-15: what arrives during a commit leaves together when it returns', async () => {
  const { groups, write, turn, answer } = slowWriter();
  const commit = new GroupCommit(write);
  const first = commit.submit(1);
  await turn();
  assert.deepEqual(groups, [[1]], 'nobody waits for company');
  const later = [commit.submit(2), commit.submit(3)];
  await turn();
  assert.equal(groups.length, 1);
  answer();
  assert.equal(await first, 10);
  await turn();
  assert.deepEqual(groups, [[1], [2, 3]]);
  answer();
  assert.deepEqual(await Promise.all(later), [20, 30]);
  await commit.settled();
});

test('a commit after an idle time starts again', async () => {
  const commit = new GroupCommit(async (items: readonly number[]) => items);
  assert.equal(await commit.submit(1), 1);
  assert.equal(await commit.submit(2), 2);
});

test('a group that the database lost rejects each of its callers, and the next group is tried afresh', async () => {
  let broken = true;
  const commit = new GroupCommit(async (items: readonly number[]) => {
    if (broken) throw new StoreUnavailable(new Error('gone'));
    return items;
  });
  const answers = await Promise.allSettled([commit.submit(1), commit.submit(2)]);
  assert.ok(answers.every((answer) => answer.status === 'rejected' && answer.reason instanceof StoreUnavailable));
  broken = false;
  assert.equal(await commit.submit(3), 3);
});

test('one item that cannot be written fails alone', async () => {
  const commit = new GroupCommit(async (items: readonly number[]) => {
    if (items.includes(5)) throw new Error('impossible');
    return items;
  });
  const answers = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7].map((item) => commit.submit(item)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  );
});
