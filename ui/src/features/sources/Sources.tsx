import { PageHead } from "@/components/PageHead";
import { Panel } from "@/components/Panel";
import { Candidates } from "@/features/sources/Candidates";
import { Capabilities } from "@/features/sources/Capabilities";
import { Feeds } from "@/features/sources/Feeds";
import { Imports } from "@/features/sources/Imports";
import { ScopeCheck } from "@/features/sources/ScopeCheck";
import { Seeds } from "@/features/sources/Seeds";

/** Where knowledge comes from: seeds, scanners, files and feeds. */
export function Sources() {
  return (
    <div className="flex flex-col gap-4 p-4 md:p-6">
      <PageHead title="Sources" />
      <div className="grid gap-4 xl:grid-cols-3">
        <Panel title="Seeds" className="xl:col-span-2">
          <Seeds />
        </Panel>
        <Panel title="Would this be scanned?">
          <ScopeCheck />
        </Panel>
        <Panel title="Candidates" className="xl:col-span-3">
          <Candidates />
        </Panel>
        <Panel title="Imports" className="xl:col-span-3">
          <Imports />
        </Panel>
        <Panel title="Scanners" className="xl:col-span-2">
          <Capabilities />
        </Panel>
        <Panel title="Vulnerability feeds">
          <Feeds />
        </Panel>
      </div>
    </div>
  );
}
