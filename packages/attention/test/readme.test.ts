import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";

const textOf = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8").trim();

test.each(["layer.ts", "softplus.ts", "softplus.test.ts"])(
  "the README shows test/example/%s, which the tests run",
  (file) => {
    expect(textOf("../README.md")).toContain(["```ts", textOf(`example/${file}`), "```"].join("\n"));
  },
);

test("the README's first example runs", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import("./example/layer.ts");
  const names = ["query.weight", "key.weight", "value.weight", "output.weight"];
  expect(log).toHaveBeenCalledWith([8, 100, 64], names);
  log.mockRestore();
});
