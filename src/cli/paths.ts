/** A path of the URL table with its names filled in. */
export function pathOf(pattern: string, names: Readonly<Record<string, string>>): string {
  return pattern.replace(/:(\w+)/g, (_all, name: string) => encodeURIComponent(names[name] ?? ''));
}
