export interface Done {
  done: number;
  failed: { key: string; error: Error }[];
}

const AT_ONCE = 4;

/** Do *work* for each key, a few at a time; one that fails does not stop the others. */
export async function inTurn(keys: readonly string[], work: (key: string) => Promise<void>): Promise<Done> {
  const left = [...keys];
  const result: Done = { done: 0, failed: [] };
  async function worker(): Promise<void> {
    for (let key = left.shift(); key !== undefined; key = left.shift()) {
      try {
        await work(key);
        result.done += 1;
      } catch (error) {
        result.failed.push({ key, error: error instanceof Error ? error : new Error(String(error)) });
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return result;
}
