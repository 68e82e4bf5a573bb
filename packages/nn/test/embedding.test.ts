import { countLeaks } from "@attention-lab/tensors";
import { engine, mul, type Scalar, setBackend, sum, tensor, tensor2d, variableGrads } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { Embedding, hostValues } from "../src/index.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const ids = (...values: number[]) => tensor2d([values], [1, values.length], "int32");
const gradientOf = (table: Embedding) => {
  const cotangent = tensor([1, 2, 3, 4, 5, 6, 7, 8], [1, 4, 2]);
  const { grads } = variableGrads(() => sum<Scalar>(mul(table.call(ids(3, 0, 3, 1)), cotangent)), [table.weight]);
  return [...(grads[table.weight.name]?.dataSync() ?? [])];
};

describe("the padding id", () => {
  const options = { name: "e", rows: 4, width: 2, seed: 1 };
  test("is looked up as any other, and its row gets no gradient", () => {
    const [plain, padded] = [new Embedding(options), new Embedding({ ...options, padding: 0 })];
    expect(padded.call(ids(3, 0)).dataSync()).toEqual(plain.call(ids(3, 0)).dataSync());
    expect(gradientOf(plain)).toEqual([3, 4, 7, 8, 0, 0, 6, 8]);
    expect(gradientOf(padded)).toEqual([0, 0, 7, 8, 0, 0, 6, 8]);
    expect(gradientOf(new Embedding({ ...options, padding: 3 }))).toEqual([3, 4, 7, 8, 0, 0, 0, 0]);
  });

  test("leaves only the result behind", () => {
    const table = new Embedding({ ...options, padding: 0 });
    const input = ids(0, 1);
    expect(countLeaks(() => table.call(input))).toBe(1);
  });

  test.each([4, -1, 0.5])("must be an id: %s", (padding) => {
    expect(() => new Embedding({ ...options, padding })).toThrow(
      `embedding e: padding must be one of the 4 ids, got ${padding}`,
    );
  });
});

describe("an id outside the table", () => {
  test.each([-1, 4, 1000])("%i is refused in one sentence", (id) => {
    const table = new Embedding({ name: "words", rows: 4, width: 2, seed: 1 });
    expect(() => table.call(ids(1, id))).toThrow(`embedding words: an id must be from 0 to 3, got ${id}`);
  });

  test("is not looked for on a graphics card, where reading would stop the pipeline", () => {
    const x = ids(1, 2);
    expect(hostValues(x)).toEqual(new Int32Array([1, 2]));
    const backend = vi.spyOn(engine(), "backendName", "get").mockReturnValue("webgpu");
    expect(hostValues(x)).toBeUndefined();
    backend.mockRestore();
  });
});
