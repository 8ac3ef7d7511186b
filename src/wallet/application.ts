import type { FastifyInstance, FastifyReply } from 'fastify';
import { html } from '../lib/html.ts';
import { lookAssets } from '../lib/look/assets.ts';
import { walletRoutes } from '../routes.ts';
import { applicationPaths } from './application-paths.ts';
import { type BuiltFiles, readBuiltFiles } from './build.ts';
import { readVisitor, sendPage } from './wallet-page.ts';

const scriptHeaders = { 'content-type': 'text/javascript; charset=utf-8' };

function sendScript(reply: FastifyReply, body: Buffer | string, cacheControl: string): FastifyReply {
  return reply.headers({ ...scriptHeaders, 'cache-control': cacheControl }).send(body);
}

/** Files the application needs without a network: its page, its scripts, the look in every language. */
function offlineFiles({ files }: BuiltFiles): readonly string[] {
  const scripts = [...files.keys()].filter((name) => name !== 'service-worker.js').map((name) => `${applicationPaths.assets}/${name}`);
  const look = [...lookAssets.keys()].filter((name) => !name.endsWith('.txt')).map((name) => `${applicationPaths.look}/${name}`);
  return [walletRoutes.application, applicationPaths.stylesheet, ...scripts, ...look];
}

/** The page the application lives in, its scripts and its service worker (design D12). */
export async function mountApplication(scope: FastifyInstance, demo: boolean): Promise<void> {
  const built = await readBuiltFiles();
  const entry = [...built.files.keys()].find((name) => /^application-.*\.js$/.test(name));
  const worker = built.files.get('service-worker.js');
  if (!entry || !worker) throw new Error('The browser application was not built.');
  const script = `${applicationPaths.assets}/${entry}`;

  scope.get(walletRoutes.application, async (request, reply) => {
    const visitor = readVisitor(request, reply);
    const { frame, list } = visitor.words;
    return sendPage(reply, {
      visitor,
      demo,
      title: list.heading,
      current: 'wallet',
      scripts: [script],
      // By it the application registers its service worker, under one fixed address.
      trustedTypes: 'chancery-offline',
      main: html`<div class="page stack stack--wide" id="application" data-demo="${demo ? 'yes' : 'no'}">
        <h1 tabindex="-1">${list.heading}</h1><noscript><p class="lede">${frame.needsScript}</p></noscript></div>`,
    });
  });

  // Typed by hand, the address often lacks its last stroke.
  scope.get(walletRoutes.application.replace(/\/$/, ''), async (request, reply) => {
    const { search } = new URL(request.url, 'http://wallet.invalid');
    return reply.redirect(walletRoutes.application + search, 308);
  });

  scope.get(`${applicationPaths.assets}/:name`, async (request, reply) => {
    const { name } = request.params as { name: string };
    const body = name === 'service-worker.js' ? undefined : built.files.get(name);
    return body ? sendScript(reply, body, 'public, max-age=31536000, immutable') : reply.callNotFound();
  });

  // Asked again at every visit, so that a new version is noticed; the list makes each version differ in its bytes.
  const list = `self.offline=${JSON.stringify({ version: built.stamp, files: offlineFiles(built) })};\n`;
  scope.get(walletRoutes.serviceWorker, async (_request, reply) =>
    sendScript(reply, Buffer.concat([Buffer.from(list), worker]), 'no-cache'),
  );
}
