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

export interface TrialRow {
  readonly id: string;
  readonly cells: readonly TrialCell[];
  readonly tone: "yes" | "no" | "";
  /** Which mark stands before the first cell. */
  readonly mark: number | null;
  /** Which facts it shares with others. */
  readonly shared: number;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly series: readonly TrialSeries[];
  /** The end of its log, where it failed. */
  readonly log: readonly string[];
}

/** All trials as the page's table takes them: plain JSON, since the browser draws only the rows that are in sight. */
export interface Trials {
  readonly columns: readonly TrialColumn[];
  readonly rows: readonly TrialRow[];
  readonly shared: readonly TrialRow["facts"][];
  readonly marks: readonly { readonly color: string; readonly path: string }[];
  /** The column whose cells wear the row's tone. */
  readonly toneColumn: number;
}
