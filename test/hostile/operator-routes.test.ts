import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { type OperatorRole, operatorRoles } from '../../src/operation.ts';
import { findContradiction, judgedAnswers } from '../support/described-answers.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { demoWithPreAuthorizedCodes } from '../support/offers.ts';

interface Operation {
  readonly summary: string;
  readonly operationId: string;
  readonly 'x-roles'?: readonly OperatorRole[];
}
interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>> & { readonly servers?: unknown }>>;
  readonly 'x-undescribed'?: unknown;
}
interface Route {
  readonly method: string;
  readonly path: string;
  readonly roles: readonly OperatorRole[] | undefined;
}

let instance: Instance;
let config: Awaited<ReturnType<typeof demoWithPreAuthorizedCodes>>;
let first: string;
let described: Described;
/** A key for each role, and for nothing else. */
const keys = new Map<OperatorRole, string>();
let routes: readonly Route[];

const ask = (method: string, path: string, key?: string, body: unknown = {}) =>
  fetch(new URL(path, instance.operators), {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
    },
    ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
  });

before(async () => {
  config = await demoWithPreAuthorizedCodes();
  instance = await startInstance({ environment: { CHANCERY_CONFIG: config.file } });
  first = (await readFile(join(instance.dataFolder, 'operator-key'), 'utf8')).trim();
  described = (await (await ask('GET', '/openapi.json', first)).json()) as Described;
  routes = Object.entries(described.paths)
    .filter(([, item]) => item.servers)
    .flatMap(([path, { servers: _, ...methods }]) =>
      Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path: path.replace('{name}', 'civil-registry').replace(/\{\w+\}/g, 'none'),
        roles: operation['x-roles'],
      })),
    );
  for (const role of operatorRoles) {
    const answer = await ask('POST', '/operators', first, { name: role, roles: [role] });
    keys.set(role, ((await answer.json()) as { key: string }).key);
  }
});
after(async () => {
  await instance?.stop();
  await config?.remove();
});

test('quality R27, R14, features G01: every route of the operators with every role: nobody, the wrong ones, the right one', async () => {
  assert.ok(routes.length >= 15, `${routes.length} routes`);
  const open = routes.filter(({ roles }) => roles === undefined).map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(open, ['GET /operators/first', 'POST /operators/first'], 'what needs no role needs the invitation');
  for (const { method, path, roles } of routes.filter((route) => route.roles)) {
    const anonymous = await ask(method, path);
    assert.deepEqual([anonymous.status, anonymous.headers.get('www-authenticate')], [401, 'Bearer'], `${method} ${path}`);
    assert.equal((await ask(method, path, 'x'.repeat(43))).status, 401, `${method} ${path}`);
    for (const [role, key] of keys) {
      const { status, headers } = await ask(method, path, key);
      const where = `${method} ${path} as ${role}: ${status}`;
      if (roles?.includes(role)) assert.ok(status !== 401 && status !== 403, where);
      else assert.deepEqual([status, headers.get('www-authenticate')?.includes('error="insufficient_scope"')], [403, true], where);
    }
  }
});

test('quality R27, Q16: nothing of the operators lives on the public listener', async () => {
  for (const { method, path } of routes) {
    const init = method === 'GET' ? {} : { method, headers: { 'content-type': 'application/json' }, body: '{}' };
    const answer = await fetch(new URL(path, instance.url), { ...init, headers: { ...init.headers, authorization: `Bearer ${first}` } });
    assert.equal(answer.status, 404, `${method} ${path}`);
  }
});

test('features H02: the interface is described as OpenAPI 3.1, which a foreign library takes, and is the one in the documents', async () => {
  assert.equal(described['x-undescribed'], undefined);
  const validator = new Validator();
  const { valid, errors } = await validator.validate({ ...structuredClone(described) });
  assert.ok(valid, JSON.stringify(errors));
  assert.equal(validator.version, '3.1');
  const documented = JSON.parse(await readFile(new URL('../../docs/reference/openapi.json', import.meta.url), 'utf8'));
  assert.deepEqual(described, documented);
  const names = Object.values(described.paths).flatMap((item) =>
    Object.values(item as Record<string, Partial<Operation>>).map(({ operationId }) => operationId),
  );
  const named = names.filter((name) => name !== undefined);
  assert.equal(new Set(named).size, named.length);
  const broken = { ...described, paths: { '/x': { get: { responses: { '200': {} } } } } };
  assert.equal((await new Validator().validate(broken)).valid, false, 'the judge is awake');
});

test('features H02, quality R30: an answer that is not described is seen, and no success carries an error', () => {
  const seen = { listener: 'operators', method: 'GET', path: '/operators/current', mediaType: 'application/json' } as const;
  const good = { id: 'a', name: 'b', roles: ['owner'] };
  const judge = (status: number, body: unknown, more = {}) => findContradiction({ ...seen, status, body: JSON.stringify(body), ...more });
  assert.equal(judge(200, good), undefined);
  assert.equal(judge(401, { error: 'invalid_token', error_description: 'x' }), undefined);
  assert.match(judge(200, { error: 'invalid_token' }) ?? '', /does not fit/);
  assert.match(judge(200, { ...good, roles: ['root'] }) ?? '', /does not fit/);
  assert.match(judge(401, { message: 'no' }) ?? '', /does not fit/);
  assert.match(judge(201, good) ?? '', /not among/);
  assert.match(judge(200, good, { mediaType: 'text/html' }) ?? '', /is text\/html/);
  assert.ok(judgedAnswers() > 100, `${judgedAnswers()} answers of this file were judged`);
});

test('quality R28: no route of the operators shows a secret, whoever asks', async () => {
  const config = await readFile(join(instance.dataFolder, 'operator-key'), 'utf8');
  const secrets = [config.trim(), ...[...keys.values()].map((key) => key.split('.')[2] ?? '')];
  for (const { path } of routes.filter(({ method }) => method === 'GET')) {
    const body = await (await ask('GET', path, first)).text();
    for (const secret of secrets) assert.ok(!body.includes(secret), path);
    assert.doesNotMatch(body, /"d":|PRIVATE KEY|postgres:\/\/|key_hash/, path);
  }
});
