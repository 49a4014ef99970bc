import { render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { ProblemError } from "@/api/client";
import { Shown } from "@/components/States";

function problem(status: number, detail: string): ProblemError {
  return new ProblemError({
    type: "about:blank",
    title: "Refused",
    status,
    detail,
    instance: "",
    field: "",
    request_id: "r1",
  });
}

function show(data: string | undefined, error: Error | null) {
  render(<Shown query={{ data, error, refetch: vi.fn() }}>{(text) => <p>{text}</p>}</Shown>);
}

test("while nothing is known it says that it loads", () => {
  show(undefined, null);

  screen.getByRole("status", { name: "Loading" });
});

test.each([
  [403, "Your role does not show this"],
  [0, "The server cannot be reached"],
  [404, "Refused"],
])("status %i is told as: %s", (status, words) => {
  show(undefined, problem(status, "detail"));

  expect(screen.getByRole("alert").textContent).toContain(words);
  screen.getByRole("button", { name: "Try again" });
});

test("data that is there stays when a later reading fails", () => {
  show("what was read", problem(0, "away"));

  screen.getByText("what was read");
  expect(screen.queryByRole("alert")).toBeNull();
});
