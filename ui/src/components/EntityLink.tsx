import { Link } from "@tanstack/react-router";
import { keyName } from "@/lib/format";

/** The way to an entity's own page; its name came from outside and stays text. */
export function EntityLink({
  entityKey,
  name,
  asOf,
}: {
  entityKey: string;
  name?: string;
  asOf?: string | undefined;
}) {
  return (
    <Link
      to="/entity"
      search={{ key: entityKey, ...(asOf === undefined ? {} : { as_of: asOf }) }}
      className="inline-block leading-6 text-accent wrap-anywhere underline-offset-2 hover:underline"
      title={entityKey}
    >
      {name !== undefined && name !== "" ? name : keyName(entityKey)}
    </Link>
  );
}
