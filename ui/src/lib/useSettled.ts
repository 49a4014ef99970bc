import { useEffect, useState } from "react";

/** The value as it was when it had stood still for so long: what is asked of the server while a person types. */
export function useSettled<Value>(value: Value, stillMs = 300): Value {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => {
      settle(value);
    }, stillMs);
    return () => {
      clearTimeout(timer);
    };
  }, [value, stillMs]);
  return settled;
}
