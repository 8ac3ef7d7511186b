import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startProvider } from '../../examples/foreign-authorization/provider.ts';
import { jsonOf, Messenger } from '../../examples/walk/exchange.ts';
import { makeKey, obtainCode, readAuthorizationServer, readIssuer, redeemCode } from '../../examples/walk/holder.ts';
import { freePorts, startInstance } from '../support/instance.ts';
import { newPage, openBrowser } from '../support/journey.ts';
import { verifyJwtVc } from '../support/judge-jwt-vc.ts';
import { verifySdJwtVc } from '../support/judge-sd-jwt.ts';
import { credentialOf, obtainToken, openSession, prepareRequest, sendRequest, walkClient } from '../support/wallet-client.ts';

const root = new URL('../..', import.meta.url).pathname;

/** Start commands of a page: fenced as `sh start`, each an environment and `npm start`. */
async function startCommands(page: string): Promise<readonly Record<string, string>[]> {
  const text = await readFile(join(root, page), 'utf8');
  return [...text.matchAll(/```sh start\n([\s\S]*?)```/g)].map(([, block = '']) => {
    assert.match(block.trim(), /^(?:[A-Z_]+=\S+ )*npm start$/, `${page}: ${block}`);
    return Object.fromEntries(
      block
        .trim()
        .split(' ')
        .filter((word) => word.includes('='))
        .map((word) => word.split('=') as [string, string]),
    );
  });
}

test('every start command of the README starts the product', { timeout: 120_000 }, async (t) => {
  const commands = await startCommands('README.md');
  assert.ok(commands.length >= 2);
  for (const environment of commands) {
    const instance = await startInstance({ environment });
    t.after(() => instance.stop());
    assert.equal((await fetch(instance.url)).status, 200, JSON.stringify(environment));
    assert.equal((await fetch(new URL('/health/ready', instance.url))).status, 200);
  }
});

test('the walk on the command line plays all nine steps and masks what is personal', { timeout: 120_000 }, async (t) => {
  const instance = await startInstance();
  t.after(() => instance.stop());
  for (const document of ['NationalIdentity', 'ResidenceCertificate']) {
    const command = [join(root, 'examples/walk/walk.ts'), '--at', instance.url.origin, '--document', document];
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
    assert.equal(code, 0, output.slice(-2000));
    for (let step = 1; step <= 9; step += 1) if (step !== 8) assert.match(output, new RegExp(`(^|\\n)${step} `), `step ${step}`);
    for (const personal of ['4022802715', 'Amina', 'Kareem', '1988-03-27'])
      assert.ok(!output.includes(personal), `${document}: ${personal}`);
  }
});

test("features D04: a registry of one's own gives a document of one's own", { timeout: 120_000 }, async (t) => {
  const instance = await startInstance({ environment: { CHANCERY_CONFIG: 'examples/own-registry/chancery.json' } });
  t.after(() => instance.stop());
  const config = JSON.parse(await readFile(join(root, 'examples/own-registry/chancery.json'), 'utf8')) as {
    issuers: Record<string, unknown>;
  };
  const name = Object.keys(config.issuers)[0] ?? '';
  const issuer = await readIssuer(new Messenger(), `${instance.url.origin}/issuers/${name}`);
  assert.equal(Object.keys(issuer.configurations).length, 1);
  const server = await readAuthorizationServer(new Messenger(), issuer.authorizationServer);
  assert.equal(server.issuer, `${instance.url.origin}/authorization`);
  const landing = await (await fetch(instance.url)).text();
  assert.match(landing, new RegExp(`value="${Object.keys(issuer.configurations)[0]}"`));
});

/** The example's settings with every path absolute and the provider at the test's own port. */
async function foreignConfig(t: TestContext, providerPort: number): Promise<string> {
  const folder = join(root, 'examples/foreign-authorization');
  const text = (await readFile(join(folder, 'chancery.json'), 'utf8')).replaceAll('localhost:9400', `localhost:${providerPort}`);
  const absolute = text
    .replaceAll('"members.csv"', JSON.stringify(join(folder, 'members.csv')))
    .replaceAll('"types/', `"${join(folder, 'types')}/`);
  const target = await mkdtemp(join(tmpdir(), 'chancery-foreign-'));
  t.after(() => rm(target, { recursive: true, force: true }));
  await writeFile(join(target, 'chancery.json'), absolute);
  return join(target, 'chancery.json');
}

test('features A25: our wallet and our issuer behind an OpenID provider that is not ours', { timeout: 120_000 }, async (t) => {
  const launched = await openBrowser();
  if ('missing' in launched) return t.skip(launched.missing);
  t.after(() => launched.browser.close());
  const [port = 0, providerPort = 0] = await freePorts(2);
  const origin = `http://localhost:${port}`;
  const provider = await startProvider({ port: providerPort, wallet: origin, issuer: `${origin}/issuers/cooperative` });
  t.after(() => new Promise((resolve) => provider.close(resolve)));
  const instance = await startInstance({ port, environment: { CHANCERY_CONFIG: await foreignConfig(t, providerPort) } });
  t.after(() => instance.stop());
  const { page, watch } = await newPage(launched.browser, [origin, `http://localhost:${providerPort}`]);
  await page.goto(origin);
  await page.locator('form:has(input[value="MemberCard"]) button').first().click();
  await page.fill('input[name=login]', 'lena');
  await page.fill('input[name=password]', 'lena');
  await page.click('button[value=continue]');
  await page.waitForURL(/#\/issuing\//);
  await page.locator('main .choices button').first().click({ timeout: 20_000 });
  await page.waitForSelector('.document');
  assert.match(await page.locator('.document').innerText(), /Growers Cooperative/);
  assert.deepEqual(watch.faults, []);
});

test('features A20, A21: several types in one session, each by its own scope', { timeout: 120_000 }, async (t) => {
  const instance = await startInstance({ environment: { CHANCERY_ROLES: 'authorization,issuer' } });
  t.after(() => instance.stop());
  const issuer = `${instance.url.origin}/issuers/civil-registry`;
  const session = await openSession(issuer, 'national_identity residence_certificate');
  const accessToken = await obtainToken(session, {
    individualId: '4022802715',
    factor: 'knowledge',
    name: 'Amina Kareem',
    birthdate: '1988-03-27',
  });
  const take = async (configurationId: string) =>
    credentialOf(await sendRequest(session, accessToken, (await prepareRequest(session, configurationId)).body));
  const trustAnchor = new URL(`${issuer}/trust-anchor.cer`);
  const identity = await verifySdJwtVc(await take('NationalIdentity'), trustAnchor);
  assert.match(String(identity['vct']), /types\/national-identity/);
  const residence = await verifyJwtVc(await take('ResidenceCertificate'), trustAnchor);
  assert.ok(residence.type.includes('ResidenceCertificate'));
  const { body } = await prepareRequest(session, 'DrivingLicence');
  assert.equal((await sendRequest(session, accessToken, body)).status, 403);
});

test('features A16, standards V-11, V-21, V-22, V-30: authorization_details give identifiers, and an identifier gives the credential', {
  timeout: 120_000,
}, async (t) => {
  const instance = await startInstance({ environment: { CHANCERY_ROLES: 'authorization,issuer' } });
  t.after(() => instance.stop());
  const issuer = `${instance.url.origin}/issuers/civil-registry`;
  const opened = await openSession(issuer, 'national_identity');
  const client = { ...walkClient, dpopKey: await makeKey() };
  const authorizationDetails = [{ type: 'openid_credential', credential_configuration_id: 'FarmerCard', locations: [issuer], unknown: 1 }];
  const request = { server: opened.request.server, client, scope: 'openid', authorizationDetails };
  const session = { ...opened, client, request };
  const code = await obtainCode(session.messenger, request, {
    individualId: '4022802715',
    factor: 'knowledge',
    name: 'Amina Kareem',
    birthdate: '1988-03-27',
  });
  const token = jsonOf(await redeemCode(session.messenger, request, code), 200);
  const [detail] = token['authorization_details'] as { credential_configuration_id: string; credential_identifiers: string[] }[];
  assert.equal(detail?.credential_configuration_id, 'FarmerCard');
  const [identifier] = detail?.credential_identifiers ?? [];
  const { body } = await prepareRequest(session, 'FarmerCard');
  const answer = await sendRequest(session, token['access_token'] as string, { credential_identifier: identifier, proofs: body.proofs });
  const claims = await verifySdJwtVc(credentialOf(answer), new URL(`${issuer}/trust-anchor.cer`));
  assert.match(String(claims['vct']), /farmer/);
  const again = await prepareRequest(session, 'FarmerCard');
  assert.equal(
    (await sendRequest(session, token['access_token'] as string, again.body)).status,
    400,
    'the configuration alone is not enough once identifiers were given',
  );
});
