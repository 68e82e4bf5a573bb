/*
 * Vectors of WIDTH floats by the compilers' vector extensions: the same source serves AVX-512 (16), AVX2 (8), and NEON,
 * SSE2 and WebAssembly (4). Intrinsics appear only where the extensions have no word for it: maximum and square root.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__wasm__)
#include <wasm_simd128.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

typedef float Vector __attribute__((vector_size(WIDTH * 4)));
typedef int32_t Integers __attribute__((vector_size(WIDTH * 4)));
/* The same, at any address. */
typedef float LooseVector __attribute__((vector_size(WIDTH * 4), aligned(4), may_alias));
typedef int32_t LooseIntegers __attribute__((vector_size(WIDTH * 4), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))
#define UNROLL _Pragma("GCC unroll 16")
#define UNROLLED(i, count) UNROLL for (int i = 0; i < (count); i++)

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define BLOCKS(a, b) (((a) + (b)-1) / (b))
#define ROUND_UP(a, b) (BLOCKS(a, b) * (b))

#define LOG2E 1.44269504088896340736f
#define LN2 0.69314718055994530942f

INLINE Vector load(const float *p) { return (Vector) * (const LooseVector *)p; }
INLINE void store(float *p, Vector x) { *(LooseVector *)p = x; }
INLINE Integers load_integers(const int32_t *p) { return (Integers) * (const LooseIntegers *)p; }
INLINE Vector splat(float x) { return x - (Vector){0}; }
INLINE Integers splat_integer(int32_t x) { return x - (Integers){0}; }
INLINE Vector choose(Integers mask, Vector yes, Vector no) {
  return (Vector)((mask & (Integers)yes) | (~mask & (Integers)no));
}
#define LESS(a, b) ((Integers)((a) < (b)))

/* The first `count` floats; the others are 0. */
INLINE Vector load_part(const float *p, size_t count) {
  Vector x = {0};
  __builtin_memcpy(&x, p, 4 * count);
  return x;
}
INLINE void store_part(float *p, Vector x, size_t count) { __builtin_memcpy(p, &x, 4 * count); }

/* a > b ? a : b. For NaN that is b: the order of operands decides whether a NaN survives. */
INLINE Vector maximum(Vector a, Vector b) {
#if WIDTH == 16
  return (Vector)_mm512_max_ps((__m512)a, (__m512)b);
#elif WIDTH == 8
  return (Vector)_mm256_max_ps((__m256)a, (__m256)b);
#elif defined(__x86_64__)
  return (Vector)_mm_max_ps((__m128)a, (__m128)b);
#elif defined(__wasm__)
  return (Vector)wasm_f32x4_pmax((v128_t)b, (v128_t)a);
#elif defined(__ARM_NEON)
  return (Vector)vmaxq_f32((float32x4_t)a, (float32x4_t)b);
#else
  return choose((Integers)(a > b), a, b);
#endif
}

INLINE Vector square_root(Vector a) {
#if WIDTH == 16
  return (Vector)_mm512_sqrt_ps((__m512)a);
#elif WIDTH == 8
  return (Vector)_mm256_sqrt_ps((__m256)a);
#elif defined(__x86_64__)
  return (Vector)_mm_sqrt_ps((__m128)a);
#elif defined(__wasm__)
  return (Vector)wasm_f32x4_sqrt((v128_t)a);
#elif defined(__ARM_NEON)
  return (Vector)vsqrtq_f32((float32x4_t)a);
#else
  Vector r;
  for (int i = 0; i < WIDTH; i++) r[i] = __builtin_sqrtf(a[i]);
  return r;
#endif
}

INLINE int any_lane(Integers mask) {
  uint64_t words[WIDTH / 2], any = 0;
  __builtin_memcpy(words, &mask, sizeof words);
  for (int i = 0; i < WIDTH / 2; i++) any |= words[i];
  return any != 0;
}

/* Sum of the lanes, always in the same tree order. */
INLINE float sum_lanes(Vector x) {
  float t[WIDTH];
  store(t, x);
  for (int half = WIDTH / 2; half; half /= 2)
    for (int i = 0; i < half; i++) t[i] += t[i + half];
  return t[0];
}
INLINE float maximum_lane(Vector x) {
  float t[WIDTH], best;
  store(t, x);
  best = t[0];
  for (int i = 1; i < WIDTH; i++) best = t[i] > best || t[i] != t[i] ? t[i] : best;
  return best;
}

/* The lane interleavings that a transpose by halves is made of. */
#if WIDTH == 16
#define LOW_HALVES 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH_HALVES 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif WIDTH == 8
#define LOW_HALVES 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH_HALVES 4, 12, 5, 13, 6, 14, 7, 15
#else
#define LOW_HALVES 0, 4, 1, 5
#define HIGH_HALVES 2, 6, 3, 7
#endif

/* target = (scale * source)^T for a WIDTH x WIDTH square: log2(WIDTH) rounds of interleaving rows i and i + WIDTH/2. */
INLINE void transpose_square(const float *source, size_t sourceRow, float *target, size_t targetRow, Vector scale) {
  Vector rows[WIDTH], next[WIDTH];
  UNROLLED (i, WIDTH) rows[i] = load(source + i * sourceRow) * scale;
  UNROLL for (int round = 1; round < WIDTH; round *= 2) {
    UNROLLED (i, WIDTH / 2) {
      next[2 * i] = __builtin_shufflevector(rows[i], rows[i + WIDTH / 2], LOW_HALVES);
      next[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + WIDTH / 2], HIGH_HALVES);
    }
    UNROLLED (i, WIDTH) rows[i] = next[i];
  }
  UNROLLED (i, WIDTH) store(target + i * targetRow, rows[i]);
}

/* Lane i of the result is the sum of rows[i]'s lanes; a round adds halves of two rows into one. Spoils rows. */
INLINE Vector sum_each(Vector rows[WIDTH]) {
  UNROLL for (int half = WIDTH / 2; half; half /= 2)
    UNROLLED (i, WIDTH / 2)
      if (i < half)
        rows[i] = __builtin_shufflevector(rows[i], rows[i + half], LOW_HALVES) +
                  __builtin_shufflevector(rows[i], rows[i + half], HIGH_HALVES);
  return rows[0];
}
