import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runCommand } from '../../src/cli/run-command.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { demoWithPreAuthorizedCodes } from '../support/offers.ts';
import { personOf, readPersonas } from '../support/people.ts';
import { obtainToken, openSession, prepareRequest, sendRequest } from '../support/wallet-client.ts';

const root = new URL('../..', import.meta.url).pathname;
let instance: Instance;
let config: Awaited<ReturnType<typeof demoWithPreAuthorizedCodes>>;
before(async () => {
  config = await demoWithPreAuthorizedCodes();
  instance = await startInstance({ environment: { CHANCERY_CONFIG: config.file } });
});
after(async () => {
  await instance?.stop();
  await config?.remove();
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly said: string;
}

interface Typing {
  readonly input?: string;
  readonly more?: Readonly<Record<string, string>>;
}

const environment = (more: Typing['more'] = {}) => ({
  CHANCERY_DATA: instance.dataFolder,
  CHANCERY_OPERATOR_PORT: instance.operators.port,
  CHANCERY_PUBLIC_URL: instance.url.origin,
  ...more,
});

/** The command in this process; it asks the product over HTTP all the same. */
async function cli(words: readonly string[], { input, more }: Typing = {}): Promise<Ran> {
  let [out, said] = ['', ''];
  const code = await runCommand(words, {
    print: (text) => (out += `${text}\n`),
    complain: (text) => (said += `${text}\n`),
    readLine: async () => input,
    source: { environment: environment(more) },
  });
  return { code, out, said };
}

/** The command as it is typed, in a process of its own. */
function typed(words: readonly string[], { input = '', more }: Typing = {}): Promise<Ran> {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, ...environment(more) };
  return new Promise((resolve) => {
    const child = execFile('npm', ['run', '-s', 'cli', '--', ...words], { cwd: root, env }, (fault, out, said) =>
      resolve({ code: fault ? Number(fault.code) : 0, out, said }),
    );
    child.stdin?.end(input);
  });
}

async function json<T>(...words: readonly string[]): Promise<T> {
  const { code, out, said } = await cli([...words, '--json']);
  assert.equal(code, 0, `${words.join(' ')}: ${said}`);
  return JSON.parse(out) as T;
}

test('features H03, B61: a credential is found by the number of its owner, suspended, reinstated and revoked from the command line', async () => {
  const session = await openSession(`${instance.url.origin}/issuers/civil-registry`, 'national_identity');
  const token = await obtainToken(session, await personOf('ordinary', 'password', instance.url));
  assert.equal((await sendRequest(session, token, (await prepareRequest(session, 'NationalIdentity')).body)).status, 200);
  const person = (await readPersonas()).find(({ id }) => id === 'ordinary')?.individualId ?? '';
  const issuer = ['--issuer', 'civil-registry'];
  const found = await json<{ credentials: { credential_id: string; status: string }[] }>('search', '--person', person, ...issuer);
  const id = found.credentials[0]?.credential_id ?? '';
  assert.equal(found.credentials[0]?.status, 'valid');
  const statusNow = async () => {
    const { out } = await cli(['search', '--person', '-', ...issuer], { input: person });
    return out.trim().split(/\s+/).at(-1);
  };
  assert.match((await cli(['suspend', id, ...issuer, '--reason', 'reported lost'])).out, /changed/);
  assert.equal(await statusNow(), 'suspended');
  assert.equal((await cli(['reinstate', id, ...issuer])).code, 0);
  assert.equal(await statusNow(), 'valid');
  assert.equal((await cli(['revoke', '--person', person, ...issuer, '--dry-run'])).code, 0);
  assert.equal(await statusNow(), 'valid', 'a dry run changes nothing');
  assert.equal((await cli(['revoke', id, ...issuer])).code, 0);
  assert.equal(await statusNow(), 'invalid');
  const final = await cli(['reinstate', id, ...issuer]);
  assert.deepEqual([final.code, final.out.includes('final')], [1, true]);
});

test('features H03, B21: offers of both kinds are made from the command line', async () => {
  const issuer = ['--issuer', 'civil-registry'];
  const open = await json<{ credential_offer_uri: string }>('offer', 'NationalIdentity', ...issuer, '--lifetime-seconds', '120');
  assert.equal((await fetch(open.credential_offer_uri)).status, 200);
  const person = (await readPersonas()).find(({ id }) => id === 'ordinary')?.individualId ?? '';
  const given = await cli(['offer', 'NationalIdentity', ...issuer, '--pre-authorized', '--person', '-'], { input: person });
  assert.match(given.out, /^openid-credential-offer:.*\nTransaction code, .*: \d+\nGood until 20/s, given.said);
  assert.ok(!given.out.includes(person));
});

test('features H03, G01: operators are added and removed, keys listed and rotated, each within the roles of who asks', async () => {
  const made = await json<{ id: string; key: string }>('operators', 'add', '--name', 'Noor', '--roles', 'support, auditor', '--days', '1');
  const more = { CHANCERY_OPERATOR_KEY: made.key };
  assert.match((await cli(['operators', 'list'], { more })).out, new RegExp(`${made.id}  Noor  auditor, support  until 20`));
  assert.match((await cli(['keys', 'list'], { more })).out, /credential:civil-registry {2}\S+ \(ES256\)/);
  const refused = await cli(['keys', 'rotate', 'access-token'], { more });
  assert.deepEqual([refused.code, refused.said.trim(), refused.out], [1, 'Refused (403): This needs one of the roles: owner.', '']);
  assert.equal((await json<{ keys: string[] }>('keys', 'rotate', 'access-token')).keys.length, 2);
  assert.equal((await cli(['operators', 'remove', made.id])).code, 0);
  assert.match((await cli(['keys', 'list'], { more })).said, /The operator key is not taken here/);
  assert.match((await cli(['operators', 'first', 'x'.repeat(43), '--name', 'Noor'])).said, /Refused \(410\): This invitation has ended/);
});

test('features H03, G12: the audit trail is checked from the command line, against a checkpoint of before', async () => {
  const { checkpoint, sound } = await json<{ checkpoint: string; sound: boolean }>('audit', 'verify', 'operators');
  assert.equal(sound, true);
  assert.match((await cli(['audit', 'verify', 'operators', '--checkpoint', checkpoint])).out, /^\d+ entries, all sound/);
  assert.equal((await cli(['audit', 'verify', 'operators', '--checkpoint', `${checkpoint}x`])).code, 1);
  assert.match((await cli(['audit', 'verify', 'nobody'])).said, /must be one of/);
});

test('features H03, B10: a credential type is checked and published from the command line, its faults named', async (t) => {
  const file = join(instance.dataFolder, 'type.json');
  t.after(() => rm(file, { force: true }));
  const issuer = ['--issuer', 'civil-registry'];
  const sound = JSON.parse(await readFile(join(root, 'examples/demo/types/national-identity.json'), 'utf8')) as Record<string, unknown>;
  await writeFile(file, JSON.stringify({ ...sound, version: 2 }));
  assert.match((await cli(['types', 'check', file, ...issuer])).out, /is sound/);
  assert.match((await cli(['types', 'publish', file, ...issuer])).out, /2 is published/);
  assert.match((await cli(['types', 'list', ...issuer])).out, /2 {2}published[\s\S]*1 {2}retired/);
  await writeFile(file, JSON.stringify({ ...sound, version: 3, scope: 7 }));
  const faulty = await cli(['types', 'check', file, ...issuer]);
  assert.deepEqual([faulty.code, faulty.out.startsWith('/scope')], [1, true], faulty.out + faulty.said);
  await writeFile(file, '{');
  assert.match((await cli(['types', 'check', file, ...issuer])).said, /is not JSON/);
});

test('features H03: what was not understood is said in a sentence, with the nearest word, and nothing is asked', async () => {
  const cases: readonly (readonly [readonly string[], RegExp, number])[] = [
    [['revok', 'x'], /revok x is no command\. Did you mean revoke\?/, 2],
    [['search', '--issue', 'x'], /--issue is not known\. Did you mean issuer\?/, 2],
    [['search'], /--issuer is needed/, 2],
    [['revoke', '--issuer', 'x'], /Name credentials by their ids, or a person/, 2],
    [['offer', 'x', '--issuer', 'x', '--lifetime-seconds', 'soon'], /is a whole number/, 2],
    [['offer', 'Nothing', '--issuer', 'civil-registry'], /Refused \(400\)/, 1],
    [['search', '--person', '1', '--issuer', 'nobody'], /Refused \(404\): No issuer of this process is called so/, 1],
  ];
  for (const [words, pattern, code] of cases) {
    const ran = await cli(words);
    assert.match(ran.said, pattern);
    assert.deepEqual([ran.code, ran.out], [code, ''], words.join(' '));
  }
  const silent = await cli(['keys', 'list'], { more: { CHANCERY_OPERATOR_URL: 'http://127.0.0.1:9' } });
  assert.deepEqual([silent.code, /does not answer\. Start the product/.test(silent.said)], [1, true]);
  assert.match((await cli(['keys', 'list'], { more: { CHANCERY_OPERATR_KEY: 'x' } })).said, /Did you mean CHANCERY_OPERATOR_KEY/);
  assert.match((await cli(['--help'])).out, /operators first LINK/);
});

test('features H03: npm run cli answers, reads the person from standard input, and ends with a code that a script can use', async () => {
  const words = ['search', '--person', '-', '--issuer', 'civil-registry', '--json'];
  const found = await typed(words, { input: '0000000000\n' });
  assert.deepEqual([found.code, JSON.parse(found.out)], [0, { credentials: [] }], found.said);
  const refused = await typed(['keys', 'list'], { more: { CHANCERY_OPERATOR_KEY: 'x'.repeat(43) } });
  assert.deepEqual([refused.code, refused.out], [1, '']);
});
