import { countsSubgroups, describe, infoOf, matrixFeature } from "./adapter.ts";

/** What the products of attention are computed from: float16 rounds their operands, and sums in float32. */
export type Precision = "float32" | "float16";

/** Products of blocks by the units that multiply whole matrices: the shape rows x inner x columns of one such product. */
export interface MatrixUnit {
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
}

/** How a device multiplies blocks. */
export interface Arithmetic {
  readonly precision: Precision;
  /** With float16 only, where the adapter has them. */
  readonly unit?: MatrixUnit;
}

export const float32: Arithmetic = { precision: "float32" };

const chosen = new WeakMap<GPUDevice, Arithmetic>();

/** What Dawn tells of its subgroup matrices; the types that TensorFlow.js's backend brings are older. */
interface MatrixInfo {
  readonly subgroupMatrixConfigs?: readonly {
    readonly componentType: string;
    readonly resultComponentType: string;
    readonly M: number;
    readonly N: number;
    readonly K: number;
  }[];
}

/** What an adapter can do of a precision. Throws an Error whose sentence says what is missing. */
export function arithmeticFor(adapter: GPUAdapter, precision: Precision): Arithmetic {
  if (precision === "float32") return float32;
  if (!adapter.features.has("shader-f16")) {
    const { description, device, features } = describe(adapter);
    throw new Error(
      `adapter ${description || device}: precision float16 needs the feature shader-f16, got ${features.join(", ") || "none"}; use float32 or another adapter or driver`,
    );
  }
  const unit = matrixUnit(adapter);
  return unit === undefined ? { precision } : { precision, unit };
}

/** The largest matrices with float16 operands and float32 sums that blocks of 32 x 32 are made of. */
function matrixUnit(adapter: GPUAdapter): MatrixUnit | undefined {
  if (!adapter.features.has(matrixFeature) || !countsSubgroups(adapter)) return undefined;
  const { subgroupMatrixConfigs = [] } = infoOf(adapter) as unknown as MatrixInfo;
  const [best] = Array.from(subgroupMatrixConfigs)
    .filter(({ componentType, resultComponentType }) => componentType === "f16" && resultComponentType === "f32")
    .map(({ M, N, K }) => ({ rows: M, columns: N, inner: K }))
    .filter((unit) => Object.values(unit).every((length) => 32 % length === 0))
    .toSorted((a, b) => b.rows * b.columns * b.inner - a.rows * a.columns * a.inner);
  return best;
}

/** As reports say it: `float16, matrices of 16 x 16 x 16`. */
export function describeArithmetic({ precision, unit }: Arithmetic): string {
  return unit === undefined ? precision : `${precision}, matrices of ${unit.rows} x ${unit.columns} x ${unit.inner}`;
}

export function setArithmetic(device: GPUDevice, arithmetic: Arithmetic): void {
  chosen.set(device, arithmetic);
}

export function arithmeticOf(device: GPUDevice): Arithmetic {
  return chosen.get(device) ?? float32;
}
