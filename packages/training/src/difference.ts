/** In which value two descriptions of runs differ: `layers is 4 there and 2 here`; texts that are no JSON objects are quoted whole. */
export function describeDifference(theirs: string, ours: string): string {
  const [there, here] = [leaves(theirs), leaves(ours)];
  const name = [...new Set([...there.keys(), ...here.keys()])].find((key) => there.get(key) !== here.get(key));
  if (name === undefined || name === "") return `${theirs} there and ${ours} here`;
  return `${name} is ${there.get(name) ?? "absent"} there and ${here.get(name) ?? "absent"} here`;
}

/** Every value of a JSON text by its path; a text that is no JSON is one value under the empty path. */
function leaves(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null) found.set(path, JSON.stringify(value));
    else for (const [key, inner] of Object.entries(value)) visit(inner, path === "" ? key : `${path}.${key}`);
  };
  try {
    visit(JSON.parse(text), "");
  } catch {
    found.set("", text);
  }
  return found;
}
