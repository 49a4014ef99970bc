import { type SyntheticEvent, useState } from "react";
import { forgetHash, isDevice, useApproval, useDevice } from "@/features/signin/account";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { TextField } from "@/components/Field";

/** Asks for the code that a program shows, says where it asks from, and lets it in or sends it away. */
export function Approval() {
  const [open, setOpen] = useState(() => isDevice(window.location.hash));
  const [code, setCode] = useState("");
  const device = useDevice();
  const approval = useApproval();

  function close() {
    forgetHash();
    setOpen(false);
  }

  function onSubmit(event: SyntheticEvent) {
    event.preventDefault();
    device.mutate(code.trim());
  }

  function say(approved: boolean) {
    approval.mutate({ code: code.trim(), approved }, { onSuccess: close });
  }

  const asking = device.data;
  return (
    <Dialog open={open} onClose={close} title="Sign a program in">
      <form onSubmit={onSubmit} className="flex flex-col gap-3">
        <TextField
          label="Code that the program shows"
          name="user_code"
          autoComplete="off"
          required
          value={code}
          onChange={(event) => {
            setCode(event.target.value);
          }}
        />
        {(device.error ?? approval.error) !== null && (
          <p role="alert" className="text-sm text-critical">
            {(device.error ?? approval.error)?.message}
          </p>
        )}
        {asking === undefined ? (
          <Button look="primary" type="submit" busy={device.isPending} disabled={code.trim() === ""}>
            Look
          </Button>
        ) : (
          <>
            <p className="text-sm wrap-anywhere">
              A program at {asking.address} ({asking.agent}) wants to act as you. Let it in only when you
              started it yourself.
            </p>
            <div className="flex justify-end gap-2">
              <Button
                busy={approval.isPending}
                onClick={() => {
                  say(false);
                }}
              >
                Send it away
              </Button>
              <Button
                look="primary"
                busy={approval.isPending}
                onClick={() => {
                  say(true);
                }}
              >
                Let it in
              </Button>
            </div>
          </>
        )}
      </form>
    </Dialog>
  );
}
