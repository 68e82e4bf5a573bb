/** Two columns wide on every terminal: East Asian scripts and emoji. */
const wide =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}|[\u{20000}-\u{3FFFD}]/u;
/** These take no column: combining marks, joiners, variation selectors. */
const narrow = /\p{Mn}|\p{Me}|\u200B|\u200C|\u200D|\uFE0E|\uFE0F/u;

/** Text as one line without anything that a terminal would obey: names and messages come from files that anybody wrote. */
export function plainLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g, " ");
}

/** Columns that a line takes on a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The beginning of a line that fits into so many columns; an ellipsis where something was left out. */
export function clipped(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let [width, end] = [0, ""];
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns - 1) break;
    end += character;
  }
  return columns < 1 ? "" : `${end}…`;
}

function characterWidth(character: string): number {
  if (narrow.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
