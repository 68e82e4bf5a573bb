/** A cell: its text, and the number it sorts by where it has one. */
export type TrialCell = readonly [text: string, sort?: number];

export interface TrialColumn {
  readonly name: string;
  readonly align: "left" | "right";
  /** How it is filtered: one of the values that occur, or a part of the text. */
  readonly filter: "choice" | "contains";
}

/** A curve that one trial drew while it ran. */
export interface TrialSeries {
  readonly name: string;
  /** Places; the order of the values where there are none. */
  readonly x: readonly number[] | null;
  readonly y: readonly number[];
  readonly note: string;
  readonly as: "dots" | "line";
}

export type Facts = readonly (readonly [name: string, value: string])[];

/** Facts that can be folded away: the configuration, the environment. */
export interface FactGroup {
  readonly title: string;
  readonly facts: Facts;
}

/** What a trial opens to. */
export interface TrialDetail {
  readonly facts: Facts;
  readonly groups: readonly FactGroup[];
  readonly series: readonly TrialSeries[];
  /** The end of its log, and which part of it this is. */
  readonly log: readonly string[];
  readonly logNote: string;
}

export interface TrialRow {
  readonly id: string;
  readonly cells: readonly TrialCell[];
  readonly tone: "yes" | "no" | "";
  /** Which mark stands before the first cell. */
  readonly mark: number | null;
  /** Which groups of facts it shares with others. */
  readonly shared: number;
  /** Null where the page's server is asked for it when the trial is opened. */
  readonly detail: TrialDetail | null;
}

/** All trials as the page's table takes them: plain JSON, since the browser draws only the rows that are in sight. */
export interface Trials {
  readonly columns: readonly TrialColumn[];
  readonly rows: readonly TrialRow[];
  readonly shared: readonly (readonly FactGroup[])[];
  readonly marks: readonly { readonly color: string; readonly path: string }[];
  /** The column whose cells wear the row's tone. */
  readonly toneColumn: number;
}

/** So many values can be chosen from a list; more are found by a part of their text. */
const MOST_CHOICES = 30;

/** Filtered by choice where few values occur. */
export function filterFor(texts: Iterable<string>): TrialColumn["filter"] {
  return new Set(texts).size <= MOST_CHOICES ? "choice" : "contains";
}

/** Four digits say all that a small picture can show. */
export function forPicture(value: number): number {
  return Number(value.toPrecision(4));
}
