import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { FilterBar } from "@/components/FilterBar";

function Held({ start, offers = [] }: { start: string; offers?: readonly string[] }) {
  const [filter, setFilter] = useState(start);
  return (
    <>
      <FilterBar filter={filter} onChange={setFilter} offers={offers} />
      <output>{filter}</output>
    </>
  );
}

test("Enter makes a chip of what was written", async () => {
  render(<Held start="a=1" />);
  await userEvent.type(screen.getByRole("textbox", { name: "Filter" }), "score>=70 b=2{Enter}");

  expect(screen.getByRole("status").textContent).toBe("a=1 score>=70 b=2");
});

test("Backspace in the empty box takes the last chip back for editing", async () => {
  render(<Held start="a=1 b=2" />);
  const box = screen.getByRole<HTMLInputElement>("textbox", { name: "Filter" });
  await userEvent.type(box, "{Backspace}");

  expect(screen.getByRole("status").textContent).toBe("a=1");
  expect(box.value).toBe("b=2");
});

test("a chip is removed by its button", async () => {
  render(<Held start="a=1 b=2" />);
  await userEvent.click(screen.getByRole("button", { name: "Remove a=1" }));

  expect(screen.getByRole("status").textContent).toBe("b=2");
});

test("an offer that was taken is not offered again", async () => {
  render(<Held start="" offers={["state=open"]} />);
  await userEvent.click(screen.getByRole("button", { name: /state=open/ }));

  expect(screen.getByRole("status").textContent).toBe("state=open");
  expect(screen.queryAllByRole("button").map(({ ariaLabel }) => ariaLabel)).toEqual(["Remove state=open"]);
});

test("what is wrong stands beside the box and is tied to it", () => {
  render(<FilterBar filter="" onChange={() => undefined} problem="there is no such field" />);
  const box = screen.getByRole("textbox", { name: "Filter" });
  fireEvent.focus(box);

  expect(box.getAttribute("aria-invalid")).toBe("true");
  expect(document.getElementById(box.getAttribute("aria-describedby") ?? "")?.textContent).toBe(
    "there is no such field",
  );
});
