import type { Statement } from './session.ts';

const columns = `t.id, t.version, t.state, t.revision, t.document, t.changed_at as "changedAt", t.changed_by as "changedBy"`;
const returned = columns.replaceAll('t.', '');

export const catalogues: Statement = {
  name: 'type-catalogues',
  text: `select issuer, revision from type_catalogue where (bucket, issuer) in (select * from unnest($1::smallint[], $2::text[]))`,
};
/** One statement, hence one moment: the number and the versions fit each other. */
export const readPublic: Statement = {
  name: 'type-read-public',
  text: `select c.revision as catalogue, ${columns} from type_catalogue c
    left join credential_type t on t.bucket = c.bucket and t.issuer = c.issuer and t.state <> 'draft'
    where c.bucket = $1 and c.issuer = $2 order by t.id, t.version`,
};
export const list: Statement = {
  name: 'type-list',
  text: `select ${columns} from credential_type t where t.bucket = $1 and t.issuer = $2
      and ($3::text is null or t.id = $3) and ($4::text is null or t.state = $4) and ($5::text is null or t.document ->> 'format' = $5)
      and ($6::text is null or t.id > $6 or (t.id = $6 and t.version < $7))
    order by t.id, t.version desc limit $8`,
};
export const find: Statement = {
  name: 'type-find',
  text: `select ${columns} from credential_type t where t.bucket = $1 and t.issuer = $2 and t.id = $3 and t.version = $4`,
};
export const openCatalogue: Statement = {
  name: 'type-open-catalogue',
  text: 'insert into type_catalogue (bucket, issuer) values ($1, $2) on conflict do nothing',
};
export const create: Statement = {
  name: 'type-create',
  text: `insert into credential_type (bucket, issuer, id, version, document, changed_at, changed_by) values ($1, $2, $3, $4, $5, $6, $7)
    on conflict do nothing returning ${returned}`,
};
export const replace: Statement = {
  name: 'type-replace',
  text: `update credential_type set document = $6, revision = revision + 1, changed_at = $7, changed_by = $8
    where bucket = $1 and issuer = $2 and id = $3 and version = $4 and state = 'draft' and revision = $5 returning ${returned}`,
};
export const remove: Statement = {
  name: 'type-remove',
  text: `delete from credential_type
    where bucket = $1 and issuer = $2 and id = $3 and version = $4 and state = 'draft' and revision = $5 returning 1`,
};
/** Whoever checked against an older catalogue comes too late; whoever holds this row is alone at the issuer's types. */
export const advanceFrom: Statement = {
  name: 'type-advance-from',
  text: 'update type_catalogue set revision = revision + 1 where bucket = $1 and issuer = $2 and revision = $3 returning 1',
};
export const advance: Statement = {
  name: 'type-advance',
  text: 'update type_catalogue set revision = revision + 1 where bucket = $1 and issuer = $2',
};
export const retirePublished: Statement = {
  name: 'type-retire-published',
  text: `update credential_type set state = 'retired', revision = revision + 1, changed_at = $4, changed_by = $5
    where bucket = $1 and issuer = $2 and id = $3 and state = 'published'`,
};
export const publish: Statement = {
  name: 'type-publish',
  text: `update credential_type set state = 'published', revision = revision + 1, changed_at = $6, changed_by = $7
    where bucket = $1 and issuer = $2 and id = $3 and version = $4 and state = 'draft' and revision = $5 returning 1`,
};
export const retire: Statement = {
  name: 'type-retire',
  text: `update credential_type set state = 'retired', revision = revision + 1, changed_at = $5, changed_by = $6
    where bucket = $1 and issuer = $2 and id = $3 and version = $4 and state = $7 and state <> 'retired' returning 1`,
};
