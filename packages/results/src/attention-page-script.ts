/** What the page of attention maps does: it names the cell that is pointed at or walked to. Plain JavaScript, run by the browser. */
export const pageScript = `
"use strict";
const output = document.querySelector("output");
for (const figure of document.querySelectorAll("figure")) {
  const { cell, queries, keys, weights } = JSON.parse(figure.dataset.map);
  const svg = figure.querySelector("svg");
  const cursor = figure.querySelector(".cursor");
  const cells = figure.querySelector(".map");
  let place = [0, 0];
  const show = (query, key) => {
    if (query < 0 || key < 0 || query >= queries.length || key >= keys.length) return;
    place = [query, key];
    const weight = weights[query][key];
    cursor.setAttribute("x", key * cell);
    cursor.setAttribute("y", query * cell);
    cursor.setAttribute("display", "inline");
    output.textContent = "query " + queries[query] + " (" + (query + 1) + "), key " + keys[key] + " (" + (key + 1) + "): " +
      (weight === null ? "cannot be seen" : weight);
  };
  svg.addEventListener("pointermove", (event) => {
    const from = new DOMPoint(event.clientX, event.clientY).matrixTransform(cells.getScreenCTM().inverse());
    show(Math.floor(from.y / cell), Math.floor(from.x / cell));
  });
  svg.addEventListener("focus", () => show(...place));
  svg.addEventListener("blur", () => cursor.setAttribute("display", "none"));
  svg.addEventListener("pointerleave", () => cursor.setAttribute("display", "none"));
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  svg.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    show(place[0] + move[0], place[1] + move[1]);
  });
}
`;
