import { PageHead } from "@/components/PageHead";
import { Panel } from "@/components/Panel";
import { AlertRules } from "@/features/administration/AlertRules";
import { Health } from "@/features/administration/Health";
import { Keys } from "@/features/administration/Keys";
import { Organisations } from "@/features/administration/Organisations";

export function Administration() {
  return (
    <div className="flex flex-col gap-4 p-4 md:p-6">
      <PageHead title="Administration" />
      <div className="grid gap-4 xl:grid-cols-3">
        <Panel title="Alert rules" className="xl:col-span-2">
          <AlertRules />
        </Panel>
        <Panel title="System health">
          <Health />
        </Panel>
        <Panel title="API keys" className="xl:col-span-2">
          <Keys />
        </Panel>
        <Panel title="Organisations">
          <Organisations />
        </Panel>
      </div>
    </div>
  );
}
