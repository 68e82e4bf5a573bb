import type { PlannedStudyTrial } from "@attention-lab/results";
import type { StudyView, StudyWatch } from "@attention-lab/sweep";
import { LiveBlock, type TerminalStream } from "../terminal/live-block.ts";
import { plainLine } from "../terminal/display-width.ts";
import { countsText, endText, leftText, studyLines } from "./study-lines.ts";

export interface StudyDisplayOptions {
  readonly stream: TerminalStream & Partial<Pick<NodeJS.WriteStream, "on" | "off">>;
  readonly name: string;
  readonly watch: StudyWatch;
  readonly wordsOf: (trial: PlannedStudyTrial) => string;
  /** Called after every look at the folder. */
  readonly onLook?: () => void;
  /** Seconds. */
  readonly clock?: () => number;
}

const lookSeconds = 1;
/** Looking takes longer the more trials there are; it may take this share of the time. */
const lookShare = 0.05;
const plainEverySeconds = 10;

/** Shows a study while it runs: a block written over in place on a terminal; elsewhere a line per ended trial and, now and then, the counts. */
export class StudyDisplay {
  readonly #options: StudyDisplayOptions;
  readonly #block: LiveBlock | undefined;
  readonly #clock: () => number;
  readonly #begun: number;
  readonly #resized = (): void => this.#redraw();
  #view: StudyView | undefined;
  #timer: NodeJS.Timeout | undefined;
  #plainAt: number;
  #plainText = "";
  #newFailures = 0;
  readonly #told = new Set<string>();

  constructor(options: StudyDisplayOptions) {
    this.#options = options;
    this.#block = options.stream.isTTY === true ? new LiveBlock(options.stream) : undefined;
    this.#clock = options.clock ?? (() => performance.now() / 1000);
    this.#begun = this.#plainAt = this.#clock();
  }

  /** Looks now, and again every second. */
  begin(): void {
    if (this.#block !== undefined) this.#options.stream.on?.("resize", this.#resized);
    const next = (): void => {
      const took = this.#lookSafely();
      this.#timer = setTimeout(next, 1000 * Math.max(lookSeconds, took / lookShare)).unref();
    };
    next();
  }

  /** What cannot be read or mirrored is told once, and the work goes on. */
  #lookSafely(): number {
    const before = this.#clock();
    try {
      return this.look();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!this.#told.has(message)) this.note(message);
      this.#told.add(message);
      return this.#clock() - before;
    }
  }

  /** A line that stays. */
  note(text: string): void {
    if (this.#block === undefined) this.#options.stream.write(`${plainLine(text)}\n`);
    else this.#block.note(text, this.#lines());
  }

  /** Looks once, shows what there is, and tells the seconds that it took. */
  look(): number {
    const before = this.#clock();
    this.#view = this.#options.watch.look();
    this.#newFailures += this.#view.ended.filter(({ end }) => end.status !== "ok").length;
    this.#options.onLook?.();
    if (this.#block === undefined) this.#tell(this.#view);
    else this.#redraw();
    return this.#clock() - before;
  }

  /** The last look; the terminal is left clean, with the last failures standing. */
  end(): void {
    clearTimeout(this.#timer);
    this.#options.stream.off?.("resize", this.#resized);
    this.#lookSafely();
    if (this.#block === undefined || this.#view === undefined) return;
    this.#block.clear();
    const { failures } = this.#view;
    if (this.#newFailures > failures.length) this.#block.note(`${this.#newFailures} failures, the last of them:`);
    for (const failure of failures.toReversed()) this.#block.note(endText(failure, this.#options.wordsOf));
  }

  #redraw(): void {
    this.#block?.draw(this.#lines());
  }

  #lines() {
    if (this.#view === undefined || this.#block === undefined) return [];
    const { name, wordsOf } = this.#options;
    const scene = { name, view: this.#view, wordsOf, seconds: this.#clock() - this.#begun };
    return studyLines(scene, this.#block);
  }

  #tell(view: StudyView): void {
    for (const ended of view.ended) this.#options.stream.write(`${endText(ended, this.#options.wordsOf)}\n`);
    const left = leftText(view);
    const text = `${countsText(view)}${left === "" ? "" : `, ${left}`}`;
    if (this.#clock() - this.#plainAt < plainEverySeconds || text === this.#plainText) return;
    this.#plainAt = this.#clock();
    this.#plainText = text;
    this.#options.stream.write(`${text}\n`);
  }
}
