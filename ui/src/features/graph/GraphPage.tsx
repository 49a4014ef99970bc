import { PageHead } from "@/components/PageHead";

export function GraphPage() {
  return <PageHead title="GraphPage" />;
}
