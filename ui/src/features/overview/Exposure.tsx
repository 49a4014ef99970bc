export function Exposure({ since }: { since: string }) {
  return <p>{since}</p>;
}
