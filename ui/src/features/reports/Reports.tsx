import { PageHead } from "@/components/PageHead";

export function Reports() {
  return <PageHead title="Reports" />;
}
