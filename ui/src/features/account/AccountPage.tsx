/** One's own account: password, second factors, and where one is signed in. */
import { useQuery } from "@tanstack/react-query";
import { type Schemas, api, body } from "@/api/client";
import { useSession } from "@/app/session";
import { PageHead } from "@/components/PageHead";
import { Panel } from "@/components/Panel";
import { Empty, Shown } from "@/components/States";
import { Authenticator } from "@/features/account/Authenticator";
import { Passkeys } from "@/features/account/Passkeys";
import { Password } from "@/features/account/Password";
import { Sessions } from "@/features/account/Sessions";

export type Account = Schemas["Account"];

export function AccountPage() {
  const session = useSession().data;
  // Only who signed in with an account of this server has one: not keys, nor who comes from an issuer.
  const isAccount = session?.subject.startsWith("user:") === true;
  return (
    <div className="flex flex-col gap-4 p-4 md:p-6">
      <PageHead title="Your account" />
      {isAccount ? (
        <Factors />
      ) : (
        <Panel title="How you signed in">
          <Empty title={session?.method === "oidc" ? "With your organisation's sign-in" : "With a token"}>
            {session?.method === "oidc"
              ? "Password and second factors are kept there, and changed there."
              : "It stands for no account. Whoever has one sets password, authenticator and passkeys here."}
          </Empty>
        </Panel>
      )}
      <Panel title="Signed in">
        <Sessions current={session?.session ?? ""} />
      </Panel>
    </div>
  );
}

function Factors() {
  const account = useQuery({
    queryKey: ["account"],
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/account", { signal })).data,
  });
  return (
    <Shown query={account}>
      {(found) => (
        <div className="grid gap-4 xl:grid-cols-3">
          <Panel title="Password">
            <Password account={found} />
          </Panel>
          <Panel title="Authenticator">
            <Authenticator account={found} />
          </Panel>
          <Panel title="Passkeys">
            <Passkeys account={found} />
          </Panel>
        </div>
      )}
    </Shown>
  );
}
