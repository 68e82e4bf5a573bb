import type { Progress } from "@attention-lab/sweep";
import { duration } from "./output.ts";
import { StatusLine } from "./status-line.ts";

/** Shows how far a sweep is. */
export class ProgressLine {
  readonly #line: StatusLine;

  constructor(stream: ConstructorParameters<typeof StatusLine>[0]) {
    this.#line = new StatusLine(stream);
  }

  show(progress: Progress): void {
    this.#line.show(progressText(progress), progress.stage);
  }

  /** A line that stays, such as a failure. */
  note(text: string): void {
    this.#line.note(text);
  }

  clear(): void {
    this.#line.clear();
  }
}

/** `212 of 480 measured, 12 of 60 trials done, 1 failed, about 40 s left (time): performer step 4096`. */
export function progressText(progress: Progress): string {
  const { stage, done, failed, total, measured, measurements, running, secondsLeft } = progress;
  const failures = failed === 0 ? "" : `, ${failed} failed`;
  const counts = `${measured} of ${measurements} measured, ${done} of ${total} trials done${failures}`;
  return `${counts}, about ${duration(secondsLeft)} left (${stage}): ${running}`;
}
