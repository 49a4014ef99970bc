interface Placed {
  name: string;
  parent: string;
}

/** Put those that stand below another right after it, each with how deep it stands. */
export function inTree<Item extends Placed>(items: readonly Item[]): { item: Item; depth: number }[] {
  const names = new Set(items.map(({ name }) => name));
  const placeOf = ({ parent }: Item) => (names.has(parent) ? parent : "");
  const laid: { item: Item; depth: number }[] = [];
  const seen = new Set<string>();
  function lay(parent: string, depth: number) {
    const children = items
      .filter((item) => placeOf(item) === parent)
      .toSorted((a, b) => a.name.localeCompare(b.name));
    for (const item of children) {
      if (seen.has(item.name)) continue;
      seen.add(item.name);
      laid.push({ item, depth });
      lay(item.name, depth + 1);
    }
  }
  lay("", 0);
  return laid;
}
