import type { Progress } from "@attention-lab/sweep";
import { formatBytes, formatSeconds } from "@attention-lab/results";
import { duration } from "./output.ts";
import { StatusLine } from "./status-line.ts";
import { displayWidth } from "./terminal/display-width.ts";
import { type BlockLine, LiveBlock, type TerminalStream } from "./terminal/live-block.ts";
import { progressBar } from "./terminal/progress-bar.ts";

/** Shows how far a cost experiment is: a block written over in place on a terminal, a line now and then elsewhere. */
export class ProgressLine {
  readonly #line: StatusLine;
  readonly #block: LiveBlock | undefined;
  #lines: readonly BlockLine[] = [];

  constructor(stream: TerminalStream) {
    this.#line = new StatusLine(stream);
    this.#block = stream.isTTY === true ? new LiveBlock(stream) : undefined;
  }

  show(progress: Progress): void {
    if (this.#block === undefined) {
      this.#line.show(progressText(progress), progress.stage);
      return;
    }
    this.#lines = progressLines(progress, this.#block.columns);
    this.#block.draw(this.#lines);
  }

  /** A line that stays, such as a failure. */
  note(text: string): void {
    if (this.#block === undefined) this.#line.note(text);
    else this.#block.note(text, this.#lines);
  }

  clear(): void {
    this.#block?.clear();
    this.#lines = [];
  }
}

/** `212 of 480 measured, 12 of 60 trials done, 1 failed, about 40 s left (time): performer step 4096 71.3 ms`. */
export function progressText(progress: Progress): string {
  const { stage, running, secondsLeft } = progress;
  return `${countsText(progress)}, about ${duration(secondsLeft)} left (${stage}): ${running}${lastText(progress)}`;
}

function progressLines(progress: Progress, columns: number): BlockLine[] {
  const { measured, measurements, stage, running, secondsLeft } = progress;
  const left = `about ${duration(secondsLeft)} left`;
  const bar = progressBar([measured], measurements, columns - displayWidth(left) - 3);
  return [
    { text: countsText(progress), style: "bold" },
    { text: bar === "" ? left : `${bar}  ${left}` },
    { text: `  ${stage} of ${running}${lastText(progress)}` },
  ];
}

function countsText({ measured, measurements, done, total, failed }: Progress): string {
  const failures = failed === 0 ? "" : `, ${failed} failed`;
  return `${measured} of ${measurements} measured, ${done} of ${total} trials done${failures}`;
}

function lastText({ last }: Progress): string {
  if (last === undefined) return "";
  return ` ${"seconds" in last ? formatSeconds(last.seconds) : formatBytes(last.bytes)}`;
}
