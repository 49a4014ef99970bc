import { PageHead } from "@/components/PageHead";

export function Administration() {
  return <PageHead title="Administration" />;
}
