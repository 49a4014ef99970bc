import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { TransitionDialog, type Verb } from "@/features/risks/TransitionDialog";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Answer each request with *data*, and keep what was sent. */
function answered(data: unknown): Record<string, unknown>[] {
  const sent: Record<string, unknown>[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push((await request.json()) as Record<string, unknown>);
    return Response.json({ data });
  });
  return sent;
}

function show(verb: Verb, onClose = vi.fn()) {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <TransitionDialog verb={verb} keys={["#risk#domain#a.test#x"]} onClose={onClose} />
    </QueryClientProvider>,
  );
  return onClose;
}

test("accepting needs a reason", async () => {
  const sent = answered([{ key: "#risk#domain#a.test#x", done: true, problem: "", detail: "" }]);
  const onClose = show("accepted");
  const accept = screen.getByRole<HTMLButtonElement>("button", { name: "Accept" });
  expect(accept.disabled).toBe(true);
  await userEvent.type(screen.getByLabelText(/^Reason/), "behind a proxy");
  await userEvent.click(accept);

  await waitFor(() => {
    expect(onClose).toHaveBeenCalled();
  });
  expect(sent[0]).toMatchObject({ state: "accepted", reason: "behind a proxy", until: null });
});

test("a risk that is refused stays on the screen with the reason", async () => {
  answered([{ key: "#risk#domain#a.test#x", done: false, problem: "conflict", detail: "it moved" }]);
  const onClose = show("open");
  await userEvent.click(screen.getByRole("button", { name: "Open" }));

  expect((await screen.findByRole("alert")).textContent).toContain("it moved");
  expect(onClose).not.toHaveBeenCalled();
});
