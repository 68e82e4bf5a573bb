import type { MarkShape } from "./palette.ts";

/** Outlines of the marks, about 9 wide around 0, for tables; the pictures draw the same shapes by d3. */
const paths: Readonly<Record<MarkShape, string>> = {
  circle: "M4,0A4,4,0,1,1,-4,0A4,4,0,1,1,4,0Z",
  square: "M-3.6,-3.6H3.6V3.6H-3.6Z",
  triangle: "M0,-4.9L4.3,2.6H-4.3Z",
  diamond: "M0,-5.4L3.1,0L0,5.4L-3.1,0Z",
  star: "M0,-5.2L1.2,-1.6H5L1.9,.6L3.1,4.2L0,2L-3.1,4.2L-1.9,.6L-5,-1.6H-1.2Z",
  wye: "M1.2,.7V4.8H-1.2V.7L-4.6,-1.3L-3.4,-3.4L0,-1.4L3.4,-3.4L4.6,-1.3Z",
  cross: "M-4.2,-1.4H-1.4V-4.2H1.4V-1.4H4.2V1.4H1.4V4.2H-1.4V1.4H-4.2Z",
  hexagon: "M0,-4.6L4,-2.3V2.3L0,4.6L-4,2.3V-2.3Z",
};

export function markPath(shape: MarkShape): string {
  return paths[shape];
}
