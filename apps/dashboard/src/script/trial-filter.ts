import type { TrialColumn, TrialRow } from "../trials.ts";

/** What a column's own field asks for. */
export interface ColumnWish {
  readonly column: number;
  readonly text: string;
  readonly isChoice: boolean;
}

export interface TrialFilter {
  readonly passes: (row: TrialRow) => boolean;
  /** Why a term was passed over; empty when none was. */
  readonly complaint: string;
}

/**
 * The filters of all columns and the terms of the field above them: `variant:performer length>1024 time<5ms "two words"`. All must hold.
 * Written into the page as text: nothing from outside its body may be used.
 */
export function trialFilter(
  columns: readonly TrialColumn[],
  wishes: readonly ColumnWish[],
  query: string,
): TrialFilter {
  const time = { ns: 1e-9, us: 1e-6, µs: 1e-6, μs: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600 };
  const size = { b: 1, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40, k: 1e3 };
  const units: Readonly<Record<string, number>> = { ...time, ...size };

  /** "0.5", "5ms", "1,024", "12 MiB". */
  function numberOf(text: string): number {
    const [, digits = "", unit = ""] = /^(-?[\d.,]+(?:e[+-]?\d+)?)\s*([a-zµμ]*)$/i.exec(text.trim()) ?? [];
    const scale = unit === "" ? 1 : units[unit.toLowerCase()];
    return digits === "" || scale === undefined ? Number.NaN : Number(digits.replaceAll(",", "")) * scale;
  }

  type Test = (row: TrialRow) => boolean;

  /** By the number behind the text, or undefined when this is no bound. */
  function bound(column: number, sign: string, text: string): Test | undefined {
    const limit = numberOf(text);
    if (Number.isNaN(limit)) return undefined;
    return ({ cells }) => {
      const number = cells[column]?.[1];
      if (number === undefined) return false;
      if (sign === "=" || sign === ":") return number === limit;
      if (sign.startsWith("<")) return sign === "<" ? number < limit : number <= limit;
      return sign === ">" ? number > limit : number >= limit;
    };
  }

  const lower = (row: TrialRow, column: number) => (row.cells[column]?.[0] ?? "").toLowerCase();

  function ofColumn({ column, text, isChoice }: ColumnWish): Test {
    const [, sign = "", limit = ""] = /^([<>]=?)\s*(.+)$/.exec(text) ?? [];
    const compared = sign === "" ? undefined : bound(column, sign, limit);
    return compared ?? ((row) => (isChoice ? lower(row, column) === text : lower(row, column).includes(text)));
  }

  /** A column by its name or the beginning of it, blanks left out. */
  function columnCalled(name: string): number {
    const names = columns.map((column) => column.name.toLowerCase().replaceAll(" ", ""));
    const exact = names.indexOf(name);
    return exact >= 0 ? exact : names.findIndex((each) => each.startsWith(name));
  }

  const unknown: string[] = [];

  function ofTerm(term: string): Test[] {
    const [, name = "", sign = "", wanted = ""] = /^([^<>=:"]+)([<>]=?|[=:])(.+)$/.exec(term) ?? [];
    const text = (sign === "" ? term : wanted).replaceAll('"', "");
    if (text === "") return [];
    if (sign === "") return [(row) => row.cells.some((_, column) => lower(row, column).includes(text))];
    const column = columnCalled(name);
    const byNumber = bound(column, sign, text);
    if (column < 0) unknown.push(`no column is called ${name}`);
    else if (/[<>]/.test(sign)) return byNumber ? [byNumber] : (unknown.push(`${text} is no number`), []);
    else if (sign === ":") return [(row) => lower(row, column).includes(text) || byNumber?.(row) === true];
    else return [(row) => lower(row, column) === text || byNumber?.(row) === true];
    return [];
  }

  const terms = query.toLowerCase().match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  const tests = [...wishes.map(ofColumn), ...terms.flatMap(ofTerm)];
  return { passes: (row) => tests.every((test) => test(row)), complaint: unknown.join(", ") };
}
