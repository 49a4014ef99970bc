/** Views that this reader saved: the address of a list under a name. They stay in this browser. */
import { Menu, MenuButton, MenuItem, MenuItems } from "@headlessui/react";
import { useState } from "react";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { TextField } from "@/components/Field";

type View = Record<string, string>;
type Views = Record<string, View>;

function kept(page: string): Views {
  try {
    return JSON.parse(localStorage.getItem(`chariot.views.${page}`) ?? "{}") as Views;
  } catch {
    return {};
  }
}

export interface SavedViewsProps {
  page: string;
  search: object;
  onOpen: (view: View) => void;
}

export function SavedViews({ page, search, onOpen }: SavedViewsProps) {
  const [views, setViews] = useState(() => kept(page));
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState("");

  function keep(changed: Views) {
    setViews(changed);
    localStorage.setItem(`chariot.views.${page}`, JSON.stringify(changed));
  }

  function save() {
    keep({ ...views, [name.trim()]: { ...search } });
    setNaming(false);
    setName("");
  }

  return (
    <>
      <Menu>
        <MenuButton as={Button}>Views</MenuButton>
        <MenuItems
          anchor="bottom end"
          className="z-30 mt-1 min-w-52 rounded-md border border-line bg-panel p-1 shadow-lg outline-none"
        >
          {Object.entries(views).map(([title, view]) => (
            <MenuItem key={title}>
              <button
                type="button"
                className="block w-full rounded px-2 py-1.5 text-left data-focus:bg-raised"
                onClick={() => {
                  onOpen(view);
                }}
              >
                {title}
              </button>
            </MenuItem>
          ))}
          <MenuItem>
            <button
              type="button"
              className="block w-full rounded px-2 py-1.5 text-left text-quiet data-focus:bg-raised"
              onClick={() => {
                setNaming(true);
              }}
            >
              Save this view…
            </button>
          </MenuItem>
          {Object.keys(views).map((title) => (
            <MenuItem key={title}>
              <button
                type="button"
                className="block w-full rounded px-2 py-1.5 text-left text-quiet data-focus:bg-raised"
                onClick={() => {
                  keep(Object.fromEntries(Object.entries(views).filter(([other]) => other !== title)));
                }}
              >
                Forget “{title}”
              </button>
            </MenuItem>
          ))}
        </MenuItems>
      </Menu>
      <Dialog
        open={naming}
        title="Save this view"
        onClose={() => {
          setNaming(false);
        }}
        actions={
          <>
            <Button
              onClick={() => {
                setNaming(false);
              }}
            >
              Cancel
            </Button>
            <Button look="primary" disabled={name.trim() === ""} onClick={save}>
              Save
            </Button>
          </>
        }
      >
        <TextField
          label="Name"
          value={name}
          maxLength={60}
          onChange={(event) => {
            setName(event.target.value);
          }}
        />
      </Dialog>
    </>
  );
}
