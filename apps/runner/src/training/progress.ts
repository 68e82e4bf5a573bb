import { duration } from "../output.ts";
import { StatusLine } from "../status-line.ts";

/** What a training run says while it works: loss, tokens per second and the time that is left, from the pace since it was started. */
export class TrainingProgress {
  readonly #line: StatusLine;
  readonly #tokensPerStep: number;
  readonly #steps: number;
  readonly #first: number;
  readonly #clock: () => number;
  readonly #begun: number;

  constructor(
    stream: ConstructorParameters<typeof StatusLine>[0],
    options: {
      readonly steps: number;
      readonly first: number;
      readonly tokensPerStep: number;
      /** Seconds. */
      readonly clock?: () => number;
    },
  ) {
    this.#line = new StatusLine(stream);
    this.#steps = options.steps;
    this.#first = options.first;
    this.#tokensPerStep = options.tokensPerStep;
    this.#clock = options.clock ?? (() => performance.now() / 1000);
    this.#begun = this.#clock();
  }

  /** Tokens per second since the start; 0 before the first step. */
  tokensPerSecond(step: number): number {
    const seconds = this.#clock() - this.#begun;
    return step === this.#first || seconds === 0 ? 0 : ((step - this.#first) * this.#tokensPerStep) / seconds;
  }

  step(step: number, loss: number): void {
    const seconds = this.#clock() - this.#begun;
    const left = ((this.#steps - step) * seconds) / Math.max(1, step - this.#first);
    const pace = `${Math.round(this.tokensPerSecond(step)).toLocaleString("en")} tokens/s`;
    const text = `step ${step} of ${this.#steps}: loss ${loss.toFixed(3)}, ${pace}, about ${duration(left)} left`;
    this.#line.show(text, step === this.#first + 1 ? "first" : step === this.#steps ? "last" : "");
  }

  note(text: string): void {
    this.#line.note(text);
  }

  clear(): void {
    this.#line.clear();
  }
}
