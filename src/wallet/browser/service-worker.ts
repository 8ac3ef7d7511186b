/** Put in front of this file by the server: the version, and every file the application needs without a network. */
interface Offline {
  readonly version: string;
  readonly files: readonly string[];
}

const worker = self as unknown as ServiceWorkerGlobalScope & { readonly offline: Offline };
const cacheName = `chancery-${worker.offline.version}`;
const applicationPath = '/wallet/';
const languages = ['en', 'ar', 'ta'];

/** Asked without cookies, so that fetching a page in every language changes nobody's choice. */
async function fillCache(): Promise<void> {
  const cache = await caches.open(cacheName);
  const pages = languages.map((language) => `${applicationPath}?language=${language}`);
  const requests = [...worker.offline.files, ...pages].map((path) => new Request(path, { credentials: 'omit', cache: 'no-cache' }));
  await cache.addAll(requests);
}

async function dropOldCaches(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith('chancery-') && name !== cacheName).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** The network first, so that a page is never older than it must be; what was kept, when there is none. */
async function answerPage(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (fault) {
    const cache = await caches.open(cacheName);
    const language = new URL(request.url).searchParams.get('language');
    const kept = (await cache.match(`${applicationPath}?language=${language}`)) ?? (await cache.match(applicationPath));
    if (kept) return kept;
    throw fault;
  }
}

/** Emblems and style sheets of offices are kept as they are met. */
async function answerFile(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(request);
  if (kept && !request.url.endsWith('/style.css')) return kept;
  try {
    const fresh = await fetch(request);
    if (fresh.ok) await cache.put(request, fresh.clone());
    return fresh;
  } catch (fault) {
    if (kept) return kept;
    throw fault;
  }
}

worker.addEventListener('install', (event) => event.waitUntil(fillCache().then(() => worker.skipWaiting())));
worker.addEventListener('activate', (event) => event.waitUntil(dropOldCaches()));
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== worker.location.origin) return;
  if (url.pathname === applicationPath && request.mode === 'navigate') event.respondWith(answerPage(request));
  else if (/^\/wallet\/(assets|look|emblems)\/|^\/wallet\/style\.css$/.test(url.pathname)) event.respondWith(answerFile(request));
});
