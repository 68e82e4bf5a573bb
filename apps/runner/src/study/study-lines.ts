import type { PlannedStudyTrial } from "@attention-lab/results";
import type { EndedTrial, RunningTrial, StudyView } from "@attention-lab/sweep";
import { duration } from "../output.ts";
import { clipped, displayWidth, plainLine } from "../terminal/display-width.ts";
import type { BlockLine } from "../terminal/live-block.ts";
import { progressBar } from "../terminal/progress-bar.ts";

export interface StudyScene {
  readonly name: string;
  readonly view: StudyView;
  /** Since this runner began. */
  readonly seconds: number;
  readonly wordsOf: (trial: PlannedStudyTrial) => string;
}

const shownFailures = 3;

/** `41 of 168 done, 2 failed, 3 running, 122 waiting`. */
export function countsText({ total, done, failed, running, waiting }: StudyView): string {
  const parts = [`${done} of ${total} done`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (running.length > 0) parts.push(`${running.length} running`);
  if (waiting > 0) parts.push(`${waiting} waiting`);
  return parts.join(", ");
}

export function leftText({ secondsLeft, running, waiting }: StudyView): string {
  if (running.length + waiting === 0) return "";
  return secondsLeft === undefined ? "time left not known yet" : `about ${duration(secondsLeft)} left`;
}

/** A study at a moment, in at most `rows` lines: counts with a bar, the time that is left, running trials, the last failures. */
export function studyLines(scene: StudyScene, { columns, rows }: { columns: number; rows: number }): BlockLine[] {
  const { name, view, seconds, wordsOf } = scene;
  const left = leftText(view);
  const time = `${left === "" ? "" : `${left}, `}${duration(seconds)} so far`;
  const counts = [view.done, view.failed, view.running.length];
  const bar = progressBar(counts, view.total, columns - displayWidth(time) - 3);
  const head: BlockLine[] = [
    { text: `${name}: ${countsText(view)}`, style: "bold" },
    { text: bar === "" ? time : `${bar}  ${time}` },
  ];
  const failures = view.failures.slice(0, Math.max(0, Math.min(shownFailures, rows - head.length - 2)));
  const room = Math.max(0, rows - head.length - failures.length - 1);
  const hidden = view.running.length - room;
  const running = runningLines(view.running.slice(0, hidden > 0 ? room - 1 : room), columns, wordsOf);
  const more: BlockLine[] = hidden > 0 && room > 0 ? [{ text: `  and ${hidden + 1} more running`, style: "dim" }] : [];
  return [...head, ...running, ...more, ...failures.map((failure) => failureLine(failure, wordsOf))].slice(0, rows);
}

/** `      12 s  features 64, seed 2   meanSquaredError 0.0123 at 40`, the measurements below each other. */
function runningLines(running: readonly RunningTrial[], columns: number, wordsOf: StudyScene["wordsOf"]): BlockLine[] {
  const times = running.map(({ seconds }) => duration(Math.floor(Math.max(1, seconds))));
  const timeWidth = Math.max(0, ...times.map((time) => time.length));
  const words = running.map(({ trial }) => plainLine(wordsOf(trial)));
  const room = Math.floor((columns - timeWidth - 4) * 0.6);
  const width = Math.min(room, Math.max(0, ...words.map(displayWidth)));
  return running.map(({ last }, i) => {
    const label = clipped(words[i] ?? "", width);
    const padding = " ".repeat(Math.max(0, width - displayWidth(label)));
    return { text: `  ${(times[i] ?? "").padStart(timeWidth)}  ${label}${padding}  ${measuredText(last)}`.trimEnd() };
  });
}

function measuredText(last: RunningTrial["last"]): string {
  if (last === undefined) return "";
  const values = Object.entries(last.values).map(
    ([name, value]) => `${name} ${value === null ? "not a number" : Number(value.toPrecision(4))}`,
  );
  return `${values.join(", ")}${last.x === undefined ? "" : ` at ${last.x}`}`;
}

function failureLine({ trial, end }: EndedTrial, wordsOf: StudyScene["wordsOf"]): BlockLine {
  return { text: `  ${endText({ trial, end }, wordsOf)}`, style: "red" };
}

/** `features 64, seed 2: done in 12 s`, `...: time-limit, not done within 3 s`. */
export function endText({ trial, end }: EndedTrial, wordsOf: StudyScene["wordsOf"]): string {
  const what = end.status === "ok" ? `done in ${duration(end.seconds)}` : `${end.status}, ${end.message}`;
  return plainLine(`${wordsOf(trial)}: ${what}`);
}
