import "@tanstack/react-table";

declare module "@tanstack/react-table" {
  // The library's own parameters must be repeated for the interfaces to merge.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface ColumnMeta<TData extends RowData, TValue> {
    /** The column's track of the CSS grid. */
    width?: string;
  }
}
