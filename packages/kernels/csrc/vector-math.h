/*
 * Elementary functions on vectors, by polynomials: no libm, so that every host computes the same way.
 */
#pragma once
#include "vector.h"

/* Adding and subtracting 1.5 * 2^23 rounds to the nearest integer, which the low bits of the sum then hold. */
#define ROUNDER 12582912.f

/* 2^f for |f| <= 1/2: degree-5 minimax polynomial with constant term 1, relative error 1.6e-7. */
INLINE Vector exp2_fraction(Vector f) {
  Vector p = f * 1.32647271e-3f + 9.67151265e-3f;
  p = p * f + 5.55073374e-2f;
  p = p * f + 0.240222421f;
  p = p * f + 0.693146978f;
  return p * f + 1.f;
}

/* 2^x for x <= 0. x <= -127, also -infinity, gives exactly 0: masking a score is just setting it to -infinity. NaN
 * stays NaN. */
INLINE Vector exp2_negative(Vector x) {
  x = maximum(splat(-127.f), x);
  const Vector t = x + ROUNDER, f = x - (t - ROUNDER);
  return (Vector)((Integers)exp2_fraction(f) + ((Integers)t << 23));
}

/*
 * e^x. Cody-Waite: the integer part of x / ln 2 is taken out in two pieces, so the error doesn't grow with |x|. The
 * power of two is applied in two halves, because 2^128 and 2^-149 are not normal floats.
 */
INLINE Vector exponential(Vector x) {
  const Integers over = LESS(splat(88.7228f), x), under = LESS(x, splat(-103.9f));
  const Vector y = choose(over | under, (Vector){0}, x), t = y * LOG2E + ROUNDER, n = t - ROUNDER;
  const Vector f = (y - n * 0.693359375f + n * 2.12194440e-4f) * LOG2E;
  const Integers whole = (Integers)t - (Integers)splat(ROUNDER), half = whole >> 1;
  const Vector e = exp2_fraction(f) * (Vector)((half + 127) << 23) * (Vector)((whole - half + 127) << 23);
  return choose(over, splat(__builtin_inff()), choose(under, (Vector){0}, choose((Integers)(x != x), x, e)));
}

/* Natural logarithm: mantissa in [1/sqrt 2, sqrt 2), then 2 artanh((m - 1) / (m + 1)). */
INLINE Vector logarithm(Vector x) {
  const Integers tiny = LESS(x, splat(1.17549435e-38f));
  const Vector scaled = choose(tiny, x * 8388608.f, x);
  Integers e = ((Integers)scaled >> 23) - 127 - (tiny & 23);
  Vector m = (Vector)(((Integers)scaled & 0x7fffff) | 0x3f800000);
  const Integers big = LESS(splat(1.41421356f), m);
  m = choose(big, m * 0.5f, m);
  e -= big;
  const Vector s = (m - 1.f) / (m + 1.f), z = s * s;
  const Vector r = s * (2.f + z * (0.666666667f + z * (0.4f + z * (0.285714286f + z * 0.222222222f))));
  const Vector y = __builtin_convertvector(e, Vector) * LN2 + r;
  const Vector finite = choose(LESS(x, splat(__builtin_inff())), y, x);
  const Vector special = choose((Integers)(x == (Vector){0}), splat(-__builtin_inff()), splat(__builtin_nanf("")));
  return choose(LESS((Vector){0}, x), finite, special);
}

/* log2 of one positive normal float, in double precision. */
static float log2_scalar(float x) {
  union {
    float f;
    int32_t i;
  } bits = {x};
  int e = (bits.i >> 23) - 127;
  bits.i = (bits.i & 0x7fffff) | 0x3f800000;
  double m = bits.f;
  if (m > 1.4142135) {
    m *= 0.5;
    e++;
  }
  const double s = (m - 1) / (m + 1), z = s * s;
  const double series = 2 + z * (2 / 3. + z * (2 / 5. + z * (2 / 7. + z * (2 / 9. + z * (2 / 11.)))));
  return (float)(e + s * series * 1.4426950408889634);
}

/* tanh: 1 - 2 / (e^2x + 1), and an odd polynomial near 0 where that would cancel. */
INLINE Vector hyperbolic_tangent(Vector x) {
  const Vector z = x * x;
  const Vector near = x + x * z * (-0.333333333f + z * (0.133333333f + z * (-0.0539682540f + z * 0.0218694885f)));
  const Vector far = 1.f - 2.f / (exponential(2.f * x) + 1.f);
  return choose(LESS(z, splat(0.09f)), near, far);
}
INLINE Vector sigmoid(Vector x) { return 1.f / (1.f + exponential(-x)); }

/*
 * The standard normal distribution function, and e^(-x^2/2) as a by-product: erfc by Abramowitz & Stegun
 * (1964), 7.1.26, absolute error 1.5e-7.
 */
INLINE Vector normal_distribution(Vector x, Vector *density) {
  const Vector z = choose(LESS(x, (Vector){0}), -x, x) * 0.70710678f, t = 1.f / (1.f + 0.3275911f * z);
  const Vector e = exp2_negative(z * z * -LOG2E);
  const Vector poly = 0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f)));
  const Vector tail = 0.5f * t * poly * e;
  *density = e;
  return choose(LESS(x, (Vector){0}), tail, 1.f - tail);
}
INLINE Vector error_function(Vector x) {
  Vector density;
  const Vector z = x * x, near = x * (1.12837917f + z * (-0.376126389f + z * (0.112837917f + z * -0.0268661706f)));
  return choose(LESS(z, splat(0.04f)), near, 2.f * normal_distribution(x * 1.41421356f, &density) - 1.f);
}

/* GELU (Hendrycks & Gimpel 2016): x Phi(x), and the paper's tanh approximation, with their derivatives. */
INLINE Vector gelu_erf(Vector x) {
  Vector density;
  return x * normal_distribution(x, &density);
}
INLINE Vector gelu_erf_slope(Vector x) {
  Vector density;
  const Vector p = normal_distribution(x, &density);
  return p + x * density * 0.39894228f;
}
INLINE Vector gelu_tanh(Vector x) {
  return 0.5f * x * (1.f + hyperbolic_tangent(0.79788456f * (x + 0.044715f * x * x * x)));
}
INLINE Vector gelu_tanh_slope(Vector x) {
  const Vector t = hyperbolic_tangent(0.79788456f * (x + 0.044715f * x * x * x));
  return 0.5f * (1.f + t) + 0.5f * x * (1.f - t * t) * 0.79788456f * (1.f + 0.134145f * x * x);
}

/*
 * sin(x + quarter * pi/2): reduction to [-pi/4, pi/4] in three pieces for |x| < 8192, in double precision lane by lane
 * above; then the Taylor polynomials of degree 9 and 10.
 */
INLINE Vector sine(Vector x, int quarter) {
  const Vector size = choose(LESS(x, (Vector){0}), -x, x);
  const Vector t = x * 0.636619772f + ROUNDER, n = t - ROUNDER;
  Integers quadrant = (Integers)t + quarter;
  Vector r = x - n * 1.5703125f - n * 4.83751297e-4f - n * 7.54978942e-8f;
  if (any_lane(~LESS(size, splat(8192.f))))
    for (int i = 0; i < WIDTH; i++) {
      if (size[i] < 8192.f) continue;
      const double wide = x[i], turns = __builtin_floor(wide * 0.63661977236758134308 + 0.5);
      const int known = size[i] < 1e15f;
      r[i] = known ? (float)(wide - turns * 1.57079632673412561417 - turns * 6.07710050650619224932e-11)
                   : __builtin_nanf("");
      quadrant[i] = known ? (int32_t)((int64_t)turns & 3) + quarter : 0;
    }
  const Vector z = r * r;
  const Vector s = r + r * z * (-0.166666667f + z * (8.33333333e-3f + z * (-1.98412698e-4f + z * 2.75573192e-6f)));
  const Vector c =
      1.f + z * (-0.5f + z * (4.16666667e-2f + z * (-1.38888889e-3f + z * (2.48015873e-5f - z * 2.75573192e-7f))));
  const Vector y = choose(-(quadrant & 1), c, s);
  return (Vector)((Integers)y ^ ((quadrant & 2) << 30));
}
