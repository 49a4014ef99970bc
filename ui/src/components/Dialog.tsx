import { Dialog as Modal, DialogBackdrop, DialogPanel, DialogTitle } from "@headlessui/react";
import type { ReactNode } from "react";

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  /** Buttons at the end; the first in the order of reading is the safe one. */
  actions?: ReactNode;
}

export function Dialog({ open, onClose, title, children, actions }: DialogProps) {
  return (
    <Modal open={open} onClose={onClose} className="relative z-40">
      <DialogBackdrop className="fixed inset-0 bg-black/50" />
      <div className="fixed inset-0 flex items-start justify-center overflow-y-auto p-4 sm:pt-24">
        <DialogPanel className="w-full max-w-lg rounded-lg border border-line bg-panel shadow-xl">
          <DialogTitle className="border-b border-line px-4 py-3 font-semibold">{title}</DialogTitle>
          <div className="px-4 py-4">{children}</div>
          {actions !== undefined && (
            <div className="flex justify-end gap-2 border-t border-line px-4 py-3">{actions}</div>
          )}
        </DialogPanel>
      </div>
    </Modal>
  );
}
