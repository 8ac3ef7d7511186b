import type { ConnectionTarget, ServiceName } from '../../src/store/postgres/connection.ts';
import { migrateTo } from '../../src/store/postgres/migrate.ts';
import { administer, createTestDatabase } from '../../test/support/database.ts';
import { type GeneratedPage, made, table } from './page.ts';

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly required: boolean;
}

interface Index {
  readonly table: string;
  readonly definition: string;
}

const services: readonly ServiceName[] = ['wallet', 'authorization', 'issuer', 'operators'];

const ofSchema = `join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relkind = 'r' and c.relname not like 'migration%'`;

const readColumns = (target: ConnectionTarget, schema: string) =>
  administer<Column>(
    target,
    `select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required
      from pg_attribute a join pg_class c on c.oid = a.attrelid ${ofSchema} and a.attnum > 0 and not a.attisdropped
      order by c.relname, a.attnum`,
    [schema],
  );

const readIndexes = (target: ConnectionTarget, schema: string) =>
  administer<Index>(
    target,
    `select c.relname as table,
        (case when i.indisprimary then 'primary key' when i.indisunique then 'unique' else 'index' end)
          || regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING btree ', ' ') as definition
      from pg_index i join pg_class c on c.oid = i.indrelid ${ofSchema}
      order by c.relname, i.indisprimary desc, i.indisunique desc, definition`,
    [schema],
  );

async function describeSchema(target: ConnectionTarget, service: ServiceName): Promise<string> {
  await migrateTo(target, service, 'latest');
  const schema = `chancery_${service}`;
  const columns = await readColumns(target, schema);
  const indexes = await readIndexes(target, schema);
  const tables = [...new Set(columns.map((column) => column.table))].map((name) => {
    const rows = columns
      .filter((column) => column.table === name)
      .map(({ column, type, required }) => [`\`${column}\``, type, required ? '' : 'may be empty']);
    const keys = indexes.filter((index) => index.table === name).map(({ definition }) => `- ${definition}`);
    return `### ${name}\n\n${table(['column', 'type', ''], rows)}\n\n${keys.join('\n')}\n`;
  });
  return `## ${schema}\n\n${tables.join('\n')}`;
}

/** The tables as the migrations leave them in a new database: each service has a schema and a role of its own. */
export async function makeTablesPage(): Promise<GeneratedPage> {
  const { target, drop } = await createTestDatabase();
  try {
    const schemas: string[] = [];
    for (const service of services) schemas.push(await describeSchema(target, service));
    const opening =
      'Each service has a schema and a role of its own; no key crosses. `bucket` is the distribution column, in every key of every table that grows.';
    return { path: 'docs/reference/tables.md', text: `# Tables\n\n${made}\n\n${opening}\n\n${schemas.join('\n')}` };
  } finally {
    await drop();
  }
}
