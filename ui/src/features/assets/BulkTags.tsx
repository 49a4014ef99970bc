export function BulkTags({ keys, onDone }: { keys: ReadonlySet<string>; onDone: () => void }) {
  return (
    <button type="button" onClick={onDone}>
      {keys.size}
    </button>
  );
}
