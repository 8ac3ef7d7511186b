/**
 * The start commands of a page: blocks fenced as `sh start`, each `NAME=value … npm start` on one line, as the environment it names.
 * A block of another shape is left out; the check of the documents names it.
 */
export function startCommandsOf(page: string): readonly Readonly<Record<string, string>>[] {
  return [...page.matchAll(/^```sh start\n([\s\S]*?)```/gm)]
    .map(([, block = '']) => block.trim())
    .filter((block) => /^(?:[A-Z_]+=\S+ )*npm start$/.test(block))
    .map((block) => Object.fromEntries([...block.matchAll(/([A-Z_]+)=(\S+) /g)].map(([, name = '', value = '']) => [name, value])));
}
