import { invalid } from "@attention-lab/tensors";
import { GruCell, type GruCellOptions } from "./gru-cell.ts";
import { LstmCell } from "./lstm-cell.ts";
import { oneOf } from "./one-of.ts";
import type { CellOptions, RecurrentCell } from "./recurrent-cell.ts";
import { RnnCell, type RnnCellOptions } from "./rnn-cell.ts";

/** The recurrent cells by name. */
export const cellNames = ["rnn", "lstm", "gru"] as const;
export type CellName = (typeof cellNames)[number];

/** Which cell, and what it alone can choose. */
export interface CellChoice {
  readonly cell: CellName;
  /** Of the cell rnn; tanh unless given. */
  readonly activation?: RnnCellOptions["activation"];
  /** Of the cell gru; afterProduct unless given. */
  readonly reset?: GruCellOptions["reset"];
}

/** Throws one sentence, with the near miss, for a name that is no cell's and for a choice that another cell has. */
export function checkCell(who: string, { cell, activation, reset }: CellChoice): void {
  oneOf(who, "cell", cell, cellNames);
  if (activation !== undefined && cell !== "rnn") throw invalid(who, "activation belongs to the cell rnn", cell);
  if (reset !== undefined && cell !== "gru") throw invalid(who, "reset belongs to the cell gru", cell);
  if (activation !== undefined) oneOf(who, "activation", activation, ["tanh", "relu"]);
  if (reset !== undefined) oneOf(who, "reset", reset, ["afterProduct", "beforeProduct"]);
}

/** Makes the cell that is named. */
export function makeCell({ cell, activation, reset }: CellChoice, options: CellOptions): RecurrentCell {
  switch (cell) {
    case "rnn":
      return new RnnCell({ ...options, ...(activation === undefined ? {} : { activation }) });
    case "lstm":
      return new LstmCell(options);
    case "gru":
      return new GruCell({ ...options, ...(reset === undefined ? {} : { reset }) });
  }
}
