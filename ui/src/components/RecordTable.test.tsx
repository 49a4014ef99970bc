import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createColumnHelper } from "@tanstack/react-table";
import { useState } from "react";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { RecordTable } from "@/components/RecordTable";

interface Row {
  key: string;
  name: string;
}

const columns = [createColumnHelper<Row>().accessor("name", { header: "Name" })] as never;
const HEIGHT_PX = 400;

function rowsOf(number: number): Row[] {
  return Array.from({ length: number }, (_, at) => ({ key: `#${at}`, name: `row ${at}` }));
}

beforeAll(() => {
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(HEIGHT_PX);
  vi.spyOn(HTMLElement.prototype, "offsetWidth", "get").mockReturnValue(HEIGHT_PX);
});

afterAll(() => {
  vi.restoreAllMocks();
});

interface HeldProps {
  rows: Row[];
  hasMore?: boolean;
  onMore?: () => void;
  onOpen?: (row: Row) => void;
  onMark?: (key: string, on: boolean) => void;
  onSort?: (sort: string) => void;
}

function Held({ rows, hasMore = false, onMore, onOpen, onMark, onSort }: HeldProps) {
  const [current, setCurrent] = useState<string | null>(null);
  const nothing = () => undefined;
  return (
    <RecordTable
      label="Things"
      rows={rows}
      columns={columns}
      hasMore={hasMore}
      isFetching={false}
      onMore={onMore ?? nothing}
      sort="-name"
      onSort={onSort ?? nothing}
      sortable={new Set(["name"])}
      current={current}
      onCurrent={setCurrent}
      onOpen={onOpen ?? nothing}
      marked={new Set()}
      onMark={onMark ?? nothing}
      empty={<p>Nothing</p>}
    />
  );
}

test("of a hundred thousand rows only those in view are in the document", () => {
  render(<Held rows={rowsOf(100_000)} />);

  expect(screen.getAllByRole("row").length).toBeLessThan(60);
  expect(screen.getByRole("grid").getAttribute("aria-rowcount")).toBe("100001");
});

test("the next page is asked for before the end is reached", () => {
  const onMore = vi.fn();
  render(<Held rows={rowsOf(30)} hasMore onMore={onMore} />);

  expect(onMore).toHaveBeenCalled();
});

test("j and k move, Enter opens, x marks", async () => {
  const onOpen = vi.fn();
  const onMark = vi.fn();
  render(<Held rows={rowsOf(5)} onOpen={onOpen} onMark={onMark} />);
  screen.getByRole("grid").focus();
  await userEvent.keyboard("jjk{Enter}jx");

  expect(onOpen).toHaveBeenCalledWith({ key: "#0", name: "row 0" });
  expect(onMark).toHaveBeenCalledWith("#1", true);
});

test("a column that is sorted downwards is turned upwards", async () => {
  const onSort = vi.fn();
  render(<Held rows={rowsOf(1)} onSort={onSort} />);
  expect(screen.getByRole("columnheader", { name: /Name/ }).getAttribute("aria-sort")).toBe("descending");
  await userEvent.click(screen.getByRole("button", { name: /Name/ }));

  expect(onSort).toHaveBeenCalledWith("name");
});

test("an empty list says so", () => {
  render(<Held rows={[]} />);

  screen.getByText("Nothing");
});
