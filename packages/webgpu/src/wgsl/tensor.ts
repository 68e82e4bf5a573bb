import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Binding } from "../program.ts";

/** Rows of `width` floats, which a shader reads and writes four at a time. */
export interface Rows {
  readonly name: string;
  readonly of: TensorInfo;
  readonly width: number;
  /** WGSL that what is loaded is multiplied with. */
  readonly factor?: string;
}

const aligned = (width: number): boolean => width % 4 === 0;

/** Bound as vectors where rows start at one, as floats where not. */
export function rowsBinding({ name, of, width }: Rows, access: Binding["access"]): Binding {
  return { name, of, access, type: aligned(width) ? "vec4<f32>" : "f32" };
}

/** `load_<name>(row, quarter)`: floats 4 quarter .. 4 quarter + 3 of a row, 0 past its end. */
export function loadRows({ name, width, factor }: Rows): string {
  const quarters = Math.ceil(width / 4);
  const times = factor === undefined ? "" : ` * ${factor}`;
  const body = aligned(width)
    ? `return ${name}[row * ${quarters} + quarter]${times};`
    : `var x = vec4<f32>(0.0);
  for (var i = 0; i < 4; i++) { let column = 4 * quarter + i; if (column < ${width}) { x[i] = ${name}[row * ${width} + column]; } }
  return x${times};`;
  return `fn load_${name}(row: i32, quarter: i32) -> vec4<f32> {
  if (quarter >= ${quarters}) { return vec4<f32>(0.0); }
  ${body}
}
`;
}

/** `store_<name>(row, quarter, value)`; what lies past the end of the row is dropped. */
export function storeRows({ name, width }: Rows): string {
  const quarters = Math.ceil(width / 4);
  const body = aligned(width)
    ? `if (quarter < ${quarters}) { ${name}[row * ${quarters} + quarter] = x; }`
    : `for (var i = 0; i < 4; i++) { let column = 4 * quarter + i; if (column < ${width}) { ${name}[row * ${width} + column] = x[i]; } }`;
  return `fn store_${name}(row: i32, quarter: i32, x: vec4<f32>) { ${body} }
`;
}
