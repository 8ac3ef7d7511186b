import type { TSchema } from 'typebox';
import type { Json, JsonObject } from '../lib/json.ts';
import type { Content, Media, MountedRoute, Operation, ServiceInterface } from '../operation.ts';

export interface InterfaceSources {
  /** Routes of the public listener, described by the tables of the services. */
  readonly publicRoutes: readonly MountedRoute[];
  readonly interfaces: readonly ServiceInterface[];
  /** Routes of the operators' listener, each of which describes itself. */
  readonly operatorRoutes: readonly MountedRoute[];
}

interface Described {
  readonly method: string;
  /** With `{name}` where a parameter stands. */
  readonly path: string;
  readonly tag: string;
  readonly operation: Operation;
}

const operatorsTag = 'Operators';
const errorReference = { $ref: '#/components/schemas/Error' };
const asJson = (schema: TSchema) => JSON.parse(JSON.stringify(schema)) as JsonObject;

function mediaOf(content: Content): readonly Media[] {
  return Array.isArray(content) ? content : [{ mediaType: 'application/json', schema: content as TSchema }];
}

const contentOf = (content: Content): JsonObject =>
  Object.fromEntries(mediaOf(content).map(({ mediaType, schema }) => [mediaType, schema ? { schema: asJson(schema) } : {}]));

/** RFC 9110 §15 in few words. */
const meanings: Readonly<Record<string, string>> = {
  200: 'Done',
  201: 'Made',
  202: 'Not ready yet',
  204: 'Done, without a body',
  302: 'It stands elsewhere',
  303: 'Go on there',
  304: 'Not changed',
  308: 'It stands elsewhere',
};

function responsesOf({ answers }: Operation): JsonObject {
  const told = Object.entries(answers).map(([status, content]): [string, Json] => [
    status,
    { description: meanings[status] ?? 'An answer', ...(content ? { content: contentOf(content) } : {}) },
  ]);
  const pages = Object.values(answers).some((content) => content && mediaOf(content).some(({ mediaType }) => mediaType === 'text/html'));
  const redirects = Object.keys(answers).some((status) => status.startsWith('3') && status !== '304');
  const refused = { 'application/json': { schema: errorReference }, ...(pages || redirects ? { 'text/html': {} } : {}) };
  return {
    ...Object.fromEntries(told),
    '4XX': { description: 'Refused', content: refused },
    '5XX': { description: 'Not possible now', content: refused },
  };
}

function parametersOf({ method, path, tag, operation }: Described): readonly JsonObject[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(operation.query ?? {}).map(([name, schema]) => ({ name, in: 'query', schema: asJson(schema) }));
  const key = { name: 'Idempotency-Key', in: 'header', schema: { type: 'string', minLength: 1, maxLength: 257 } };
  return [...inPath, ...inQuery, ...(tag === operatorsTag && method === 'POST' ? [key] : [])];
}

const nameOf = ({ method, path }: Described) =>
  method.toLowerCase() +
  path.replace(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9]?)/g, (_all, letter: string) => letter.toUpperCase()) +
  (path.endsWith('/') ? 'Index' : '');

function describeOperation(route: Described): JsonObject {
  const { tag, operation } = route;
  const { summary, roles, body } = operation;
  const parameters = parametersOf(route);
  return {
    operationId: nameOf(route),
    summary,
    tags: [tag],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: contentOf(body) } } : {}),
    responses: responsesOf(operation),
    ...(Array.isArray(roles) ? { security: [{ operatorKey: [] }], 'x-roles': [...roles] } : {}),
  };
}

const braces = (pattern: string) => pattern.replace(/:(\w+)/g, '{$1}').replace(/\*$/, '{path}');

/** The entries of one service's table, under whole paths. */
function entriesOf({ tag, base, routes }: ServiceInterface) {
  return Object.entries(routes).map(([key, operation]) => {
    const [method = '', path = ''] = key.split(' ');
    const whole = path.startsWith('/.well-known/') || (base !== '' && path.startsWith(`${base}/`)) ? path : base + path;
    const literal = whole.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
    const pattern = new RegExp(`^${literal.replace(/:\w+|\{\w+\}/g, '[^/]+')}$`);
    return { tag, method, path: whole, pattern, operation };
  });
}

function describePublic({ publicRoutes, interfaces }: InterfaceSources): {
  readonly found: readonly Described[];
  readonly missing: readonly string[];
} {
  const entries = interfaces.flatMap(entriesOf);
  const found: Described[] = [];
  const missing: string[] = [];
  for (const { method, path, operation: own } of publicRoutes) {
    const fitting = entries.filter((entry) => entry.method === method && entry.pattern.test(path));
    // A table's entry without a parameter fits better than one with.
    const entry = fitting.toSorted((a, b) => a.path.split(/[:*]/).length - b.path.split(/[:*]/).length)[0];
    const operation = own ?? entry?.operation;
    if (!operation) missing.push(`${method} ${path}`);
    else if (operation !== 'fallback') found.push({ method, path: braces(entry?.path ?? path), tag: entry?.tag ?? 'Health', operation });
  }
  return { found, missing };
}

const errorSchema: JsonObject = {
  type: 'object',
  description: 'RFC 6749 §5.2: a code, and a sentence for whoever reads it.',
  required: ['error'],
  properties: { error: { type: 'string', minLength: 1 }, error_description: { type: 'string', minLength: 1 } },
};

const serverOf = (name: string, standard: string, description: string): JsonObject => ({
  url: `{${name}}`,
  description,
  variables: { [name]: { default: standard } },
});

function pathsOf(routes: readonly Described[]): JsonObject {
  const paths = new Map<string, Record<string, Json>>();
  for (const route of routes) {
    const ours = route.tag === operatorsTag;
    const item = paths.get(route.path) ?? (ours ? { servers: [serverOf('operators', 'http://127.0.0.1:8090', 'On loopback only')] } : {});
    item[route.method.toLowerCase()] ??= describeOperation(route);
    paths.set(route.path, item);
  }
  return Object.fromEntries([...paths].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * OpenAPI 3.1 of every route of this process (features H02), made of what stands with the routes. Routes that nobody described
 * are named in `x-undescribed`: the document of the product has none.
 */
export function describeInterface(sources: InterfaceSources): JsonObject {
  const { found, missing } = describePublic(sources);
  const operators = sources.operatorRoutes.flatMap(({ method, path, operation }): readonly Described[] =>
    operation ? [{ method, path: braces(path), tag: operatorsTag, operation }] : [],
  );
  const routes = [...found, ...operators];
  return {
    openapi: '3.1.1',
    info: {
      title: 'Chancery',
      version: '1',
      summary: 'A web wallet, an authorization server, a Credential Issuer, and their operators',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [serverOf('public', 'http://localhost:8080', 'The public listener')],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    ...(missing.length > 0 ? { 'x-undescribed': missing } : {}),
    paths: pathsOf(routes),
    components: {
      schemas: { Error: errorSchema },
      securitySchemes: {
        operatorKey: { type: 'http', scheme: 'bearer', description: "An operator's key, or an access token of the configured server" },
      },
    },
  };
}
