import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api, body } from "@/api/client";
import { useMay } from "@/app/session";
import { Allowed } from "@/components/Allowed";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { KeyValues } from "@/components/Evidence";
import { TextField } from "@/components/Field";
import { Panel } from "@/components/Panel";
import { Empty, Shown } from "@/components/States";
import { wordsIn } from "@/lib/useText";
import { moment } from "@/lib/format";

type Contract = Schemas["ContractItem"];

/** Who authorised what, when, how fast, and until when; and whether that counts now. */
export function Contracts() {
  const [signing, setSigning] = useState(false);
  const contracts = useQuery({
    queryKey: ["contracts"],
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/scope/contracts", { signal })).data,
  });
  return (
    <Panel
      title="Scope contracts"
      aside={
        <Allowed to="scope:write">
          <Button
            onClick={() => {
              setSigning(true);
            }}
          >
            Sign…
          </Button>
        </Allowed>
      }
    >
      <Shown query={contracts}>
        {(found) =>
          found.length === 0 ? (
            <Empty title="No contract">
              The word of whoever named the seeds counts. With the first contract, whatever no contract allows
              is refused.
            </Empty>
          ) : (
            <ul className="flex flex-col divide-y divide-line/60">
              {found.map((contract) => (
                <ContractLine key={contract.id} contract={contract} />
              ))}
            </ul>
          )
        }
      </Shown>
      {signing && (
        <SignDialog
          onClose={() => {
            setSigning(false);
          }}
        />
      )}
    </Panel>
  );
}

function ContractLine({ contract }: { contract: Contract }) {
  const client = useQueryClient();
  const [sure, setSure] = useState(false);
  const mayWithdraw = useMay()("scope:write");
  const withdraw = useMutation({
    mutationFn: async () => {
      await api.POST("/api/v1/scope/contracts/{contract}/withdraw", {
        params: { path: { contract: contract.id } },
      });
    },
    onSuccess: () => client.invalidateQueries(),
  });
  const against = contract.fault || contract.refusal;
  return (
    <li className="flex flex-col gap-2 py-3">
      <div className="flex flex-wrap items-center gap-2">
        <span className="min-w-40 flex-1 font-medium wrap-anywhere">{contract.id}</span>
        <Badge tone={against === "" ? "good" : "quiet"}>{against === "" ? "counts" : "does not count"}</Badge>
        {mayWithdraw && contract.status === "active" && (
          <Button
            look="danger"
            busy={withdraw.isPending}
            onClick={() => {
              if (sure) withdraw.mutate();
              else setSure(true);
            }}
          >
            {sure ? "Withdraw it for good" : "Withdraw…"}
          </Button>
        )}
      </div>
      {against !== "" && <p className="text-sm wrap-anywhere text-medium">{against}</p>}
      {withdraw.error !== null && (
        <p role="alert" className="text-sm text-critical">
          {withdraw.error.message}
        </p>
      )}
      <KeyValues
        values={{
          "Authorised by": contract.authorised_by,
          ...(contract.purpose === "" ? {} : { Purpose: contract.purpose }),
          Valid: `${contract.valid_from === null ? "" : `from ${moment(contract.valid_from)} `}${
            contract.valid_until === null ? "without end" : `until ${moment(contract.valid_until)}`
          }`,
          Allows: contract.allow.join(", "),
          ...(contract.deny.length === 0 ? {} : { Except: contract.deny.join(", ") }),
          When: contract.windows.join("; ") || "at any time",
          "How fast":
            contract.packets_per_s === 0 ? "no limit" : `${contract.packets_per_s} packets a second`,
          Touch: contract.touch.join(", "),
        }}
      />
    </li>
  );
}

const BLANK = {
  id: "",
  authorised_by: "",
  purpose: "",
  until: "",
  allow: "",
  deny: "",
  windows: "",
  rate: "0",
};
const FIELDS: readonly (readonly [keyof typeof BLANK, string, string, string])[] = [
  ["id", "Name", "text", "pentest-2030"],
  ["authorised_by", "Authorised by", "text", "Jane Roe, CISO"],
  ["purpose", "Purpose", "text", ""],
  ["until", "Valid until", "date", ""],
  ["allow", "Allows", "text", "example.com, 192.0.2.0/28"],
  ["deny", "Except", "text", "legacy.example.com"],
  ["windows", "When, with semicolons between", "text", "mon-fri 22:00-06:00 Europe/Berlin"],
  ["rate", "Packets a second, 0 for no limit", "number", ""],
];

function SignDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [terms, setTerms] = useState(BLANK);
  const sign = useMutation({
    mutationFn: async () => {
      const signed = {
        id: terms.id.trim(),
        authorised_by: terms.authorised_by.trim(),
        purpose: terms.purpose.trim(),
        valid_until: new Date(terms.until).toISOString(),
        allow: wordsIn(terms.allow),
        deny: wordsIn(terms.deny),
        windows: terms.windows.split(";").flatMap((one) => (one.trim() === "" ? [] : [one.trim()])),
        packets_per_s: Number(terms.rate),
      };
      await api.POST("/api/v1/scope/contracts", { body: signed as never });
    },
    onSuccess: () => {
      void client.invalidateQueries();
      onClose();
    },
  });
  const complete = [terms.id, terms.authorised_by, terms.until, terms.allow].every(
    (text) => text.trim() !== "",
  );
  return (
    <Dialog
      open
      title="Sign a contract"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            disabled={!complete}
            busy={sign.isPending}
            onClick={() => {
              sign.mutate();
            }}
          >
            Sign
          </Button>
        </>
      }
    >
      <p className="mb-3 text-sm text-quiet">
        This server signs it with its own key. From the first contract on, whatever no contract allows is
        refused.
      </p>
      <div className="flex flex-col gap-3">
        {FIELDS.map(([name, label, type, placeholder]) => (
          <TextField
            key={name}
            label={label}
            type={type}
            placeholder={placeholder}
            min={type === "number" ? 0 : undefined}
            value={terms[name]}
            onChange={(event) => {
              setTerms({ ...terms, [name]: event.target.value });
            }}
          />
        ))}
        {sign.error !== null && (
          <p role="alert" className="text-sm wrap-anywhere text-critical">
            {sign.error.message}
          </p>
        )}
      </div>
    </Dialog>
  );
}
