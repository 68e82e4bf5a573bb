import type { Progress } from "@attention-lab/sweep";
import { duration } from "./output.ts";

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const plainEverySeconds = 5;

/** Shows how far a sweep is: one line that is written over on a terminal, a plain line now and then elsewhere. */
export class ProgressLine {
  readonly #stream: Stream;
  #lastPlain = -Infinity;
  #stage = "";
  #shown = false;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  show(progress: Progress): void {
    if (this.#stream.isTTY === true) {
      this.#stream.write(`\r\u001B[2K${progressText(progress).slice(0, (this.#stream.columns ?? 80) - 1)}`);
      this.#shown = true;
      return;
    }
    const now = performance.now() / 1000;
    if (now - this.#lastPlain < plainEverySeconds && progress.stage === this.#stage) return;
    this.#lastPlain = now;
    this.#stage = progress.stage;
    this.#stream.write(`${progressText(progress)}\n`);
  }

  /** A line that stays, such as a failure. */
  note(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  clear(): void {
    if (this.#shown) this.#stream.write("\r\u001B[2K");
    this.#shown = false;
  }
}

/** `212 of 480 measured, 12 of 60 trials done, 1 failed, about 40 s left (time): performer step 4096`. */
export function progressText(progress: Progress): string {
  const { stage, done, failed, total, measured, measurements, running, secondsLeft } = progress;
  const failures = failed === 0 ? "" : `, ${failed} failed`;
  const counts = `${measured} of ${measurements} measured, ${done} of ${total} trials done${failures}`;
  return `${counts}, about ${duration(secondsLeft)} left (${stage}): ${running}`;
}
