import { useNavigate } from "@tanstack/react-router";
import { useOrganisations } from "@/app/organisations";
import { useChooseOrganisation } from "@/app/session";
import { inTree } from "@/lib/tree";

/** Says which organisation is looked at, and goes to another where there is one. */
export function Switcher({ organisation }: { organisation: string }) {
  const found = useOrganisations().data ?? [];
  const choose = useChooseOrganisation();
  const navigate = useNavigate();
  const open = found.filter(({ suspended }) => !suspended);
  if (open.every(({ name }) => name === organisation)) {
    return <p className="truncate font-medium">{organisation}</p>;
  }
  // What is looked at is offered also where it stands in no tree.
  const known = open.some(({ name }) => name === organisation)
    ? open
    : [...open, { name: organisation, title: "", parent: "" }];
  return (
    <select
      aria-label="Organisation"
      className="w-full min-w-0 rounded-md border border-line bg-panel px-1.5 py-1 font-medium"
      value={organisation}
      onChange={(event) => {
        const { value } = event.target;
        // What is open belongs to the one that is left.
        void navigate({ to: "/" }).then(() => choose(value));
      }}
    >
      {inTree(known).map(({ item, depth }) => (
        <option key={item.name} value={item.name}>
          {"\u00a0\u00a0".repeat(depth)}
          {item.title === "" ? item.name : item.title}
        </option>
      ))}
    </select>
  );
}
