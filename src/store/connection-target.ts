/** Where a database is: the folder of a unix socket, or a PostgreSQL address (a password in it never reaches a log or an error). */
export type ConnectionTarget =
  | { readonly kind: 'socket'; readonly folder: string; readonly user: string; readonly database: string }
  | { readonly kind: 'url'; readonly url: string };
