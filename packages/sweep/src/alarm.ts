/** Timers of Node wrap beyond 2^31 - 1 ms (24.8 days) and would ring at once. */
const longest = 2 ** 31 - 1;

/** Calls `ring` once after so many seconds, however many; returns what turns the alarm off. */
export function alarm(seconds: number, ring: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (milliseconds: number): void => {
    const now = Math.min(milliseconds, longest);
    timer = setTimeout(() => (milliseconds > longest ? wait(milliseconds - now) : ring()), now);
  };
  wait(seconds * 1000);
  return () => clearTimeout(timer);
}
