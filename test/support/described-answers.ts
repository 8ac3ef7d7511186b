import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

type Listener = 'public' | 'operators';
interface Media {
  readonly schema?: object;
}
interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}
type PathItem = Readonly<Record<string, Operation>> & { readonly servers?: unknown };

export interface DescribedInterface {
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** One answer, as far as a description says something about it. */
export interface SeenAnswer {
  readonly listener: Listener;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly mediaType: string;
  readonly body: string;
}

const file = new URL('../../docs/reference/openapi.json', import.meta.url);
/** Before it has been made for the first time nothing is described. */
const nothing: DescribedInterface = { paths: {}, components: { schemas: {} } };
const described = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as DescribedInterface) : nothing;
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const ajv = new Ajv2020({ strict: false, formats: { 'date-time': dateTime, uri: (value: string) => URL.canParse(value) } });
ajv.addSchema({ $id: 'described', components: described.components });
const validators = new Map<object, ValidateFunction>();

function validatorOf(schema: object): ValidateFunction {
  const known = validators.get(schema);
  if (known) return known;
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"described#/components/');
  const made = ajv.compile(JSON.parse(text) as object);
  validators.set(schema, made);
  return made;
}

/** Paths with fewer parameters first: `/operators/current` before `/operators/{id}`. */
const places = Object.entries(described.paths)
  .map(([path, item]) => ({
    path,
    listener: (item.servers ? 'operators' : 'public') as Listener,
    pattern: new RegExp(
      `^${path
        .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
        .replace('{path}', '.+')
        .replace(/\{\w+\}/g, '[^/]+')}$`,
    ),
    item,
  }))
  .toSorted(
    (a, b) => a.path.split('{').length - b.path.split('{').length || Number(a.path.includes('{path}')) - Number(b.path.includes('{path}')),
  );

const fits = (range: string, mediaType: string) =>
  range === '*/*' || range === mediaType || (range.endsWith('/*') && mediaType.startsWith(range.slice(0, -1)));

/** What an answer has that the description does not allow; `undefined` when it fits, or when nothing is said about the place. */
export function findContradiction({ listener, method, path, status, mediaType, body }: SeenAnswer): string | undefined {
  const place = places.find((one) => one.listener === listener && one.pattern.test(path));
  const operation = place?.item[method.toLowerCase()];
  if (!place || !operation) return undefined;
  const where = `${method} ${place.path} → ${status}`;
  const response = operation.responses[status] ?? operation.responses[`${String(status)[0]}XX`];
  if (!response) return `${where} is not among ${Object.keys(operation.responses).join(', ')}`;
  if (!response.content || (body === '' && status >= 400)) return undefined;
  const bare = mediaType.split(';')[0]?.trim() ?? '';
  const [, content] = Object.entries(response.content).find(([range]) => fits(range, bare)) ?? [];
  if (!content) return `${where} is ${bare || 'without a media type'}, not ${Object.keys(response.content).join(' or ')}`;
  if (!content.schema || !bare.endsWith('json')) return undefined;
  const validate = validatorOf(content.schema);
  return validate(JSON.parse(body)) ? undefined : `${where} does not fit: ${ajv.errorsText(validate.errors)} in ${body.slice(0, 300)}`;
}

const listeners = new Map<string, Listener>();
const plainFetch = globalThis.fetch;
let judged = 0;

/** How many answers were judged so far. */
export const judgedAnswers = () => judged;

/** A request that ended at a watched listener: its answer is judged, and a wrong one fails the test that asked. */
async function judgingFetch(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  const response = await plainFetch(input, init);
  const url = URL.parse(response.url);
  const listener = url && listeners.get(url.origin);
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
  if (!listener || response.redirected || method === 'HEAD') return response;
  const seen = { listener, method, path: url.pathname, status: response.status, mediaType: response.headers.get('content-type') ?? '' };
  const contradiction = findContradiction({ ...seen, body: await response.clone().text() });
  judged += 1;
  if (contradiction) throw new Error(`An answer that docs/reference/openapi.json does not describe: ${contradiction}`);
  return response;
}

/** From now on every answer that this process gets from an origin is held against docs/reference/openapi.json (features H02). */
export function watchAnswers(origin: string, listener: Listener): void {
  listeners.set(origin, listener);
  globalThis.fetch = judgingFetch;
}
