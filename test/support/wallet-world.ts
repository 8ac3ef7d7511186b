import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { createFileKeyStore } from '../../src/keys/file/file-key-store.ts';
import { movableClock } from '../../src/lib/clock.ts';
import { createEgress } from '../../src/lib/egress.ts';
import { createLog } from '../../src/lib/log.ts';
import { createServer } from '../../src/server.ts';
import { createWallet } from '../../src/wallet/wallet.ts';
import { type FakeOffice, startFakeOffice } from './fake-office.ts';
import { createMemoryStore } from './memory-store.ts';

export const walletOrigin = 'http://localhost:8080';

/** The wallet's server beside one office, and one visitor's browser without JavaScript. */
export interface WalletWorld {
  readonly office: FakeOffice;
  readonly server: FastifyInstance;
  readonly clock: ReturnType<typeof movableClock>;
  readonly store: ReturnType<typeof createMemoryStore>;
  readonly logLines: string[];
}

/** Cookies and forms of one browser. */
export class Visitor {
  readonly #server: FastifyInstance;
  readonly cookies: Record<string, string> = {};
  csrf = '';
  constructor({ server }: WalletWorld) {
    this.#server = server;
  }

  async get(url: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    const answer = await this.#server.inject({ url, headers, cookies: this.cookies });
    this.#keep(answer);
    return answer;
  }

  /** Sends a form as a page of the wallet would; overrides make it a forged one. */
  async post(url: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    const answer = await this.#server.inject({
      method: 'POST',
      url,
      cookies: this.cookies,
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: walletOrigin, ...headers },
      payload: new URLSearchParams({ csrf: this.csrf, ...form }).toString(),
    });
    this.#keep(answer);
    return answer;
  }

  async api(path: string, body: unknown, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    return this.#server.inject({
      method: 'POST',
      url: `/wallet/api/issuances/${path}`,
      cookies: this.cookies,
      headers: { 'content-type': 'application/json', origin: walletOrigin, 'x-csrf-token': this.csrf, ...headers },
      payload: JSON.stringify(body),
    });
  }

  #keep(answer: LightMyRequestResponse): void {
    for (const { name, value } of answer.cookies) this.cookies[name] = value;
    this.csrf = /name="csrf" value="([^"]+)"/.exec(answer.body)?.[1] ?? this.csrf;
  }

  /** Opens the landing page and picks the office's document. */
  async pick(office: FakeOffice, more: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    await this.get('/');
    return this.post('/wallet/start', { issuer: office.issuer, configuration: 'LibraryCard', ...more });
  }

  /** Comes back from the office's sign-in. */
  comeBack(office: FakeOffice, overrides: Record<string, string | undefined> = {}): Promise<LightMyRequestResponse> {
    const answer: Record<string, string | undefined> = {
      code: 'code-canary',
      state: office.pushed().state,
      iss: office.server,
      ...overrides,
    };
    const present = Object.entries(answer).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return this.get(`/wallet/callback?${new URLSearchParams(present)}`);
  }

  /** Signs in from the landing page; resolves with the id of the issuance. */
  async allow(office: FakeOffice): Promise<string> {
    await this.pick(office);
    const answer = await this.comeBack(office);
    return /#\/issuing\/(.+)$/.exec(String(answer.headers.location))?.[1] ?? '';
  }
}

export interface WorldOptions {
  readonly start?: Date;
  readonly publicUrl?: URL;
  readonly mode?: 'demo' | 'production';
}

export async function startWalletWorld(t: TestContext, options: WorldOptions = {}): Promise<WalletWorld> {
  const { start = new Date('2026-11-22T14:06:00Z'), publicUrl = new URL(walletOrigin), mode = 'production' } = options;
  const clock = movableClock(start);
  const folder = await mkdtemp(join(tmpdir(), 'chancery-wallet-'));
  const openKeys = (name: string, issuers: Parameters<typeof createFileKeyStore>[0]['issuers']) =>
    createFileKeyStore({ folder: join(folder, name), keyEncryptionKey: new Uint8Array(32).fill(7), clock, issuers });
  const office = await startFakeOffice({
    clock,
    keys: (identifier) => openKeys('office', { office: { commonName: 'City Library', organisation: 'City', country: 'XO', identifier } }),
  });
  const logLines: string[] = [];
  const log = createLog({ level: 'debug', line: (line) => logLines.push(line), now: () => clock.now() });
  const store = createMemoryStore(clock);
  const server = createServer({ log, trustedProxies: [] });
  await server.register(
    createWallet({
      mode,
      store,
      clock,
      log,
      keys: await openKeys('wallet', {}),
      egress: createEgress({ trustedOrigins: [new URL(office.origin)] }),
      publicUrl,
      config: {
        issuers: [{ identifier: office.issuer, trustAnchor: `${office.issuer}/trust-anchor.cer` }],
        clients: { [office.server]: { clientId: 'wallet' } },
        categories: [{ id: 'study', name: { en: 'Study', ar: 'الدراسة' }, configurations: ['LibraryCard'] }],
      },
    }),
  );
  t.after(async () => {
    await server.close();
    await office.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { office, server, clock, store, logLines };
}
