import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { Evidence, type EvidenceItem } from "@/components/Evidence";

const HOSTILE = '<img src=x onerror="alert(1)">';

const ITEMS: readonly EvidenceItem[] = [
  { form: "banner", title: HOSTILE, text: HOSTILE, cut: false },
  { form: "key_values", title: "", values: { [HOSTILE]: HOSTILE }, cut: false },
  { form: "table", title: "", columns: [HOSTILE], rows: [[HOSTILE]], cut: false },
  { form: "code", title: "", path: HOSTILE, first_line: 7, text: `${HOSTILE}\nb`, cut: true },
] as unknown as EvidenceItem[];

test.each(ITEMS.map((item) => [item.form, item] as const))("%s from outside stays text", (_form, item) => {
  const { container } = render(<Evidence items={[item]} />);

  expect(container.querySelector("img")).toBeNull();
  expect(container.textContent).toContain(HOSTILE);
});

test("an exchange shows both sides with their headers", () => {
  const exchange = {
    form: "http",
    title: "",
    method: "GET",
    url: "http://a.test/",
    request_headers: [["accept", "*/*"]],
    request_body: "",
    status: 200,
    response_headers: [["server", HOSTILE]],
    response_body: "hello",
    cut: false,
  } as unknown as EvidenceItem;
  const { container } = render(<Evidence items={[exchange]} />);

  expect(screen.getAllByRole("region").map(({ textContent }) => textContent)).toEqual([
    "GET http://a.test/\naccept: */*",
    `HTTP 200\nserver: ${HOSTILE}\n\nhello`,
  ]);
  expect(container.querySelector("img")).toBeNull();
});

test("what was cut says so, and code keeps its line numbers", () => {
  render(<Evidence items={ITEMS.slice(3)} />);

  screen.getByText(/cut to fit/);
  expect(screen.getByRole("region").textContent).toContain("    8  b");
});
