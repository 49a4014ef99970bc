import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api, body } from "@/api/client";
import { useMay, useSession } from "@/app/session";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import { Panel } from "@/components/Panel";
import { Refusal } from "@/components/Refusal";
import { Secret } from "@/components/Secret";
import { Empty, Failure, Loading } from "@/components/States";
import { Sessions } from "@/features/account/Sessions";
import { PersonDialog } from "@/features/administration/PersonDialog";
import { Sight } from "@/features/administration/Sight";
import { ago } from "@/lib/format";
import { useText, wordsIn } from "@/lib/useText";

export type Account = Schemas["Account"];
const PAGE = 200;

/** Accounts of the organisation: who signs in here with a name and a password. */
export function People() {
  const may = useMay();
  const session = useSession().data;
  return (
    <>
      <Panel title="People">
        {may("users:write") && <Invite />}
        <Accounts />
      </Panel>
      <Panel title="Signed in now">
        <Sessions everybody current={session?.session ?? ""} />
      </Panel>
    </>
  );
}

function Accounts() {
  const [sees, setSees] = useState<string | undefined>(undefined);
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const found = useInfiniteQuery({
    queryKey: ["users"],
    queryFn: async ({ pageParam, signal }) =>
      body(
        await api.GET("/api/v1/users", {
          params: { query: { limit: PAGE, ...(pageParam === "" ? {} : { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.pagination.cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
  if (found.data === undefined) {
    return found.error === null ? (
      <Loading />
    ) : (
      <Failure error={found.error} retry={() => void found.refetch()} />
    );
  }
  const accounts = found.data.pages.flatMap(({ data }) => data);
  if (accounts.length === 0) {
    return <Empty title="No accounts yet">Whoever signs in at an issuer stands among the members.</Empty>;
  }
  const person = accounts.find(({ user }) => user === chosen);
  return (
    <>
      <ul className="flex flex-col divide-y divide-line/60 text-sm">
        {accounts.map((account) => (
          <Line
            key={account.user}
            account={account}
            onSight={() => {
              setSees(`user:${account.user}`);
            }}
            onOpen={() => {
              setChosen(account.user);
            }}
          />
        ))}
      </ul>
      {found.hasNextPage && (
        <Button busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          More
        </Button>
      )}
      {sees !== undefined && (
        <Sight
          id={sees}
          onClose={() => {
            setSees(undefined);
          }}
        />
      )}
      {person !== undefined && (
        <PersonDialog
          account={person}
          onClose={() => {
            setChosen(undefined);
          }}
        />
      )}
    </>
  );
}

function Line({ account, onSight, onOpen }: { account: Account; onSight: () => void; onOpen: () => void }) {
  const may = useMay();
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2">
      <span className="min-w-0 flex-1 basis-48">
        <span className="block truncate font-medium">{account.user}</span>
        {account.name !== account.user && account.name !== "" && (
          <span className="block truncate text-xs text-quiet">{account.name}</span>
        )}
      </span>
      <span className="text-xs text-quiet">{account.roles.join(", ") || "no role of their own"}</span>
      <StateOf account={account} />
      {may("members:read") && (
        <Button aria-label={`What do they see? ${account.user}`} onClick={onSight}>
          What do they see?
        </Button>
      )}
      {may("users:write") && (
        <Button aria-label={`Change ${account.user}`} onClick={onOpen}>
          Change
        </Button>
      )}
    </li>
  );
}

function StateOf({ account }: { account: Account }) {
  if (account.suspended) return <Badge tone="medium">suspended</Badge>;
  if (!account.has_password && account.invited_until !== null) return <Badge tone="low">invited</Badge>;
  return (
    <>
      <Badge tone={account.factors.length > 0 ? "good" : "quiet"}>
        {account.factors.length > 0 ? "second factor" : "password alone"}
      </Badge>
      <span className="text-xs text-quiet">
        {account.signed_in_at === null ? "never signed in" : `signed in ${ago(account.signed_in_at)}`}
      </span>
    </>
  );
}

function Invite() {
  const client = useQueryClient();
  const may = useMay();
  const user = useText();
  const label = useText();
  const roles = useText();
  const add = useMutation({
    mutationFn: async () =>
      body(
        await api.POST("/api/v1/users", {
          body: { user: user.value.trim(), label: label.value.trim(), roles: wordsIn(roles.value) },
        }),
      ).data,
    onSuccess: () => {
      user.set("");
      label.set("");
      roles.set("");
      return client.invalidateQueries({ queryKey: ["users"] });
    },
  });
  return (
    <>
      <form
        className="mb-3 flex flex-wrap items-start gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <div className="min-w-40 flex-1">
          <TextField label="User name" placeholder="ada" maxLength={64} required {...user.box} />
        </div>
        <div className="min-w-40 flex-1">
          <TextField label="Full name" placeholder="Ada Lovelace" maxLength={200} {...label.box} />
        </div>
        {may("users:grant") && (
          <div className="min-w-40 flex-1">
            <TextField label="Roles" placeholder="analyst" {...roles.box} />
          </div>
        )}
        <Button type="submit" className="mt-6" busy={add.isPending} disabled={user.value.trim() === ""}>
          Invite
        </Button>
      </form>
      <Refusal error={add.error} />
      {add.data !== undefined && (
        <Secret
          label={`Give this link to ${add.data.account.user}; it sets the password, once, within three days:`}
          value={add.data.address}
        />
      )}
    </>
  );
}
