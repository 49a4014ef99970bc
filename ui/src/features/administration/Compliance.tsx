import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api, body } from "@/api/client";
import { Badge, type Tone } from "@/components/Badge";
import { Button } from "@/components/Button";
import { EntityLink } from "@/components/EntityLink";
import { SelectField } from "@/components/Field";
import { Panel } from "@/components/Panel";
import { Empty, Shown } from "@/components/States";
import { count, moment } from "@/lib/format";

type Report = Schemas["ComplianceReport"];
type Finding = Schemas["ComplianceFinding"];
type Verdict = Finding["verdict"];
type Framework = "" | "asvs" | "cis" | "iso27001" | "nist-csf" | "soc2";

const FRAMEWORKS: readonly (readonly [Framework, string])[] = [
  ["", "All checks"],
  ["asvs", "OWASP ASVS"],
  ["cis", "CIS Controls"],
  ["iso27001", "ISO/IEC 27001"],
  ["nist-csf", "NIST CSF"],
  ["soc2", "SOC 2"],
];
const VERDICTS: readonly (readonly [Verdict, string, Tone])[] = [
  ["fail", "fail", "critical"],
  ["cannot-tell", "cannot tell", "medium"],
  ["pass", "pass", "good"],
];

function VerdictBadge({ verdict }: { verdict: Verdict }) {
  const [, words, tone] = VERDICTS.find(([one]) => one === verdict) ?? [verdict, verdict, "quiet"];
  return <Badge tone={tone}>{words}</Badge>;
}

/** What the data says to the controls of each framework, and what it rests on. */
export function Compliance() {
  const [framework, setFramework] = useState<Framework>("");
  const report = useQuery({
    queryKey: ["compliance", framework],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/compliance", { params: { query: { framework } }, signal })).data,
    staleTime: 60_000,
  });
  return (
    <>
      <div className="w-52">
        <SelectField
          label="Framework"
          options={FRAMEWORKS}
          value={framework}
          onChange={(event) => {
            setFramework(event.target.value as Framework);
          }}
        />
      </div>
      <Shown query={report}>{(found) => <Judged report={found} />}</Shown>
    </>
  );
}

function Judged({ report }: { report: Report }) {
  const [shown, setShown] = useState<Verdict | "">("");
  const findings = report.findings
    .filter(({ verdict }) => shown === "" || verdict === shown)
    .toSorted((a, b) => rank(a.verdict) - rank(b.verdict));
  return (
    <>
      <Panel title="Frameworks">
        <ul className="flex flex-col divide-y divide-line/60 text-sm">
          {report.frameworks.map((one) => (
            <li key={one.id} className="py-1.5">
              <details>
                <summary className="flex cursor-pointer flex-wrap items-center gap-3">
                  <span className="min-w-0 flex-1 font-medium">{one.title}</span>
                  <Badge tone="good">{`${one.passed} pass`}</Badge>
                  <Badge tone={one.failed > 0 ? "critical" : "quiet"}>{`${one.failed} fail`}</Badge>
                  <Badge tone={one.unknown > 0 ? "medium" : "quiet"}>{`${one.unknown} cannot tell`}</Badge>
                </summary>
                <ul className="mt-2 ml-4 grid gap-1 sm:grid-cols-2">
                  {one.controls.map((control) => (
                    <li key={control.id} className="flex items-center gap-2 text-xs">
                      <VerdictBadge verdict={control.verdict} />
                      <span className="font-medium">{control.id}</span>
                      <span className="truncate text-quiet">{control.checks.join(", ")}</span>
                    </li>
                  ))}
                </ul>
              </details>
            </li>
          ))}
        </ul>
      </Panel>
      <Panel
        title="Checks"
        aside={<span className="text-xs text-quiet">judged {moment(report.made_at)}</span>}
      >
        <div role="group" aria-label="Verdict" className="mb-2 flex flex-wrap gap-1">
          {(["", "fail", "cannot-tell", "pass"] as const).map((one) => (
            <Button
              key={one}
              aria-pressed={shown === one}
              className="aria-pressed:border-accent"
              onClick={() => {
                setShown(one);
              }}
            >
              {one === "" ? "All" : one.replace("-", " ")}{" "}
              {count(report.findings.filter(({ verdict }) => one === "" || verdict === one).length)}
            </Button>
          ))}
        </div>
        {findings.length === 0 ? (
          <Empty title="No check is judged so" />
        ) : (
          <ul className="flex flex-col divide-y divide-line/60 text-sm">
            {findings.map((finding) => (
              <Check key={finding.id} finding={finding} />
            ))}
          </ul>
        )}
      </Panel>
    </>
  );
}

function rank(verdict: Verdict): number {
  return VERDICTS.findIndex(([one]) => one === verdict);
}

function Check({ finding }: { finding: Finding }) {
  return (
    <li className="py-1.5">
      <details>
        <summary className="flex cursor-pointer flex-wrap items-center gap-3">
          <VerdictBadge verdict={finding.verdict} />
          <span className="min-w-0 flex-1 basis-60">{finding.title}</span>
          <span className="font-mono text-xs text-quiet">{finding.id}</span>
        </summary>
        <div className="mt-2 ml-4 flex flex-col gap-1">
          <p className="wrap-anywhere">{finding.reason}</p>
          {finding.verdict !== "pass" && <p className="text-quiet">{finding.advice}</p>}
          <ul className="text-xs">
            {finding.evidence.map((one) => (
              <li key={one} className="wrap-anywhere">
                {one.startsWith("#") ? <EntityLink entityKey={one} /> : <code>{one}</code>}
              </li>
            ))}
          </ul>
          {finding.matched > finding.evidence.length && finding.evidence.length > 0 && (
            <p className="text-xs text-quiet">and {count(finding.matched - finding.evidence.length)} more</p>
          )}
        </div>
      </details>
    </li>
  );
}
