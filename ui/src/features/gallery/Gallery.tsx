/** Every component in every state, so that each can be looked at, in both colours, without any data. */
import { useState } from "react";
import { ProblemError } from "@/api/client";
import { AsOf } from "@/components/AsOf";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { Evidence, KeyValues } from "@/components/Evidence";
import { SelectField, TextField } from "@/components/Field";
import { FilterBar } from "@/components/FilterBar";
import { PageHead } from "@/components/PageHead";
import { Panel } from "@/components/Panel";
import { Score } from "@/components/Score";
import { Empty, Failure, Loading } from "@/components/States";

const HOSTILE = '<img src=x onerror="alert(1)"> \u202Etxt.exe';
const DENIED = new ProblemError({
  type: "/api/v1/problems/denied",
  title: "Not allowed",
  status: 403,
  detail: "risks:write is needed",
  instance: "",
  field: "",
  request_id: "01J9",
});

export function Gallery() {
  const [filter, setFilter] = useState("score>=70 state=open");
  const [moment, setMoment] = useState<string | undefined>(undefined);
  const [open, setOpen] = useState(false);
  return (
    <div className="grid gap-4 p-4 md:p-6 xl:grid-cols-2">
      <div className="xl:col-span-2">
        <PageHead title="Components">
          <AsOf value={moment} onChange={setMoment} />
        </PageHead>
      </div>
      <Panel title="Buttons">
        <div className="flex flex-wrap gap-2">
          <Button look="primary">Primary</Button>
          <Button>Plain</Button>
          <Button look="danger">Danger</Button>
          <Button look="quiet">Quiet</Button>
          <Button busy>Busy</Button>
          <Button
            onClick={() => {
              setOpen(true);
            }}
          >
            Open a dialog
          </Button>
        </div>
        <Dialog
          open={open}
          title="A dialog"
          onClose={() => {
            setOpen(false);
          }}
          actions={
            <Button
              onClick={() => {
                setOpen(false);
              }}
            >
              Close
            </Button>
          }
        >
          <TextField label="A field" hint="with its hint" />
        </Dialog>
      </Panel>
      <Panel title="Words and numbers">
        <div className="flex flex-wrap items-center gap-2">
          {["critical", "high", "medium", "low", "info", "act", "attend", "track*", "track"].map((word) => (
            <Badge key={word}>{word}</Badge>
          ))}
          {["triage", "open", "accepted", "remediated", "rejected", "active", "stale", "gone"].map((word) => (
            <Badge key={word}>{word}</Badge>
          ))}
          {[12, 45, 65, 89].map((score) => (
            <Score key={score} value={score} />
          ))}
        </div>
      </Panel>
      <Panel title="Filter">
        <FilterBar filter={filter} onChange={setFilter} offers={["severity=high,critical"]} />
        <div className="mt-3">
          <FilterBar filter="score=many" onChange={setFilter} problem="filter: 'many' is not a number" />
        </div>
      </Panel>
      <Panel title="Fields">
        <div className="grid gap-3 sm:grid-cols-2">
          <TextField label="Name" placeholder="shop.example.com" />
          <SelectField
            label="Depth"
            options={[
              ["light", "Light"],
              ["deep", "Deep"],
            ]}
          />
        </div>
      </Panel>
      <Panel title="Evidence is only ever text">
        <Evidence
          items={[
            { form: "key_values", title: "", cut: false, values: { title: HOSTILE } },
            { form: "banner", title: "", cut: true, text: `220 ${HOSTILE}` },
            {
              form: "http",
              title: "",
              cut: false,
              method: "GET",
              url: "https://shop.example.com/",
              request_headers: [["host", "shop.example.com"]],
              request_body: "",
              status: 200,
              response_headers: [["server", HOSTILE]],
              response_body: `<title>${HOSTILE}</title>`,
            },
            {
              form: "table",
              title: "Ports",
              cut: false,
              columns: ["port", "service"],
              rows: [["443", HOSTILE]],
            },
            {
              form: "code",
              title: "",
              cut: false,
              path: "a.py",
              first_line: 12,
              text: "a = 1\nb = 2",
              language: "",
            },
          ]}
        />
      </Panel>
      <div className="flex flex-col gap-4">
        <Panel title="Facts">
          <KeyValues values={{ host: "shop.example.com", name: HOSTILE }} />
        </Panel>
        <Panel title="Loading">
          <Loading label="A sample" />
        </Panel>
        <Panel title="Empty">
          <Empty title="No risk matches">Remove a term of the filter.</Empty>
        </Panel>
        <Panel title="Refused">
          <Failure error={DENIED} />
        </Panel>
      </div>
    </div>
  );
}
