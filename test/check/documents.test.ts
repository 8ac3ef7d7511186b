import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startInstance } from '../support/instance.ts';
import { startCommandsOf } from '../support/start-commands.ts';
import { readTree } from './source-files.ts';

const root = new URL('../..', import.meta.url).pathname;
const pages = readTree(root).filter(({ path }) => path.endsWith('.md'));

test('a start command is read from its block, and nothing else is taken for one', () => {
  const fence = '`'.repeat(3);
  const block = (mark: string, text: string) => `${fence}${mark}\n${text}\n${fence}\n`;
  assert.deepEqual(startCommandsOf(block('sh start', 'npm start')), [{}]);
  assert.deepEqual(startCommandsOf(block('sh start', 'PORT=1 HOST=a=b npm start')), [{ PORT: '1', HOST: 'a=b' }]);
  assert.deepEqual(startCommandsOf(block('sh', 'npm start')), []);
  assert.deepEqual(startCommandsOf(block('sh start', 'rm -r / && npm start')), []);
});

// Those of the README are run in test/journey/examples.test.ts.
for (const { path, text } of pages.filter((page) => page.path !== 'README.md')) {
  for (const environment of startCommandsOf(text)) {
    test(`the start command of ${path} starts the product`, { timeout: 120_000 }, async (t) => {
      const instance = await startInstance({ environment });
      t.after(() => instance.stop());
      assert.equal((await fetch(instance.url)).status, 200, JSON.stringify(environment));
      assert.equal((await fetch(new URL('/health/ready', instance.url))).status, 200);
    });
  }
}
