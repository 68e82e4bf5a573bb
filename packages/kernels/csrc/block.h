/*
 * The micro-kernel every matrix product runs on, and the packing around it.
 *
 * A block of REGISTER_ROWS x REGISTER_VECTORS accumulators stays in registers; each step of the depth loads
 * REGISTER_VECTORS vectors of B and broadcasts one float of A per row (Goto & van de Geijn 2008, "Anatomy of
 * High-Performance Matrix Multiplication"). The block must leave registers for B and the broadcast: 24 accumulators of
 * 32 registers, 12 of 16. V8 spills any WebAssembly block above 8 accumulators (measured: 4 x 3 runs at 33 GFLOP/s, 4 x
 * 2 at 53).
 *
 * Only A is ever read by scalars, so it may lie in memory either way round and is read in place; B is read along its
 * lanes.
 */
#pragma once
#include "vector.h"

#if WIDTH == 16 || (WIDTH == 4 && defined(__ARM_NEON))
enum { REGISTER_ROWS = 8, REGISTER_VECTORS = 3 };
#elif WIDTH == 8
enum { REGISTER_ROWS = 4, REGISTER_VECTORS = 3 };
#else
enum { REGISTER_ROWS = 4, REGISTER_VECTORS = 2 };
#endif

/*
 * A panel has LANES columns (queries in a forward pass, keys in a backward pass), a tile TILE rows. They are the same
 * for every instruction set, so that tile lists are too: 48 is the block width of AVX-512 and a multiple of all others.
 */
enum { LANES = 48, TILE = 64, PANEL_VECTORS = LANES / WIDTH };

/* Keeps clang from rotating accumulators through the 16 registers of AVX2, which halves the speed. */
#if defined(__clang__) && defined(__x86_64__) && WIDTH < 16
#define PIN(x) __asm__("" : "+x"(x))
#else
#define PIN(x) (void)(x)
#endif

/* C = A B, C + A B, or C * alpha + A B with one alpha per column. */
enum Mode { SET, ADD, SCALE };

/* C[rows][vectors * WIDTH] from A[i * aRow + k * aDepth] and B[k * bDepth + lane]. `rows`, `vectors` and `mode` are
 * constants. */
INLINE void multiply_registers(const int rows, const int vectors, const float *a, size_t aRow, size_t aDepth,
                               const float *b, size_t bDepth, int depth, float *c, size_t cRow, const enum Mode mode,
                               const Vector *alpha) {
  Vector sum[8][3];
  UNROLLED (i, rows)
    UNROLLED (j, vectors) sum[i][j] = (Vector){0};
  for (int k = 0; k < depth; k++, a += aDepth, b += bDepth) {
    Vector lane[3];
    UNROLLED (j, vectors) lane[j] = load(b + j * WIDTH);
    UNROLLED (i, rows) {
      const Vector x = splat(a[i * aRow]);
      UNROLLED (j, vectors) {
        sum[i][j] += x * lane[j];
        PIN(sum[i][j]);
      }
    }
  }
  UNROLLED (i, rows)
    UNROLLED (j, vectors) {
      float *p = c + i * cRow + j * WIDTH;
      if (mode == SET)
        store(p, sum[i][j]);
      else if (mode == ADD)
        store(p, load(p) + sum[i][j]);
      else
        store(p, load(p) * alpha[j] + sum[i][j]);
    }
}

/* Any number of columns that is a multiple of WIDTH, any number of rows that is a multiple of REGISTER_ROWS. */
INLINE void multiply_block(int rows, int columns, const float *a, size_t aRow, size_t aDepth, const float *b,
                           size_t bDepth, int depth, float *c, size_t cRow, const enum Mode mode, const Vector *alpha) {
  for (int j = 0; j < columns;) {
    const int left = (columns - j) / WIDTH;
    /* Four vectors are two pairs rather than three and one. */
    const int vectors = left == 2 || left == 4 ? 2 : MIN(left, REGISTER_VECTORS);
    for (int i = 0; i < rows; i += REGISTER_ROWS) {
      const float *ai = a + i * aRow;
      float *cij = c + i * cRow + j;
      const Vector *scale = mode == SCALE ? alpha + j / WIDTH : 0;
      if (vectors == 3)
        multiply_registers(REGISTER_ROWS, 3, ai, aRow, aDepth, b + j, bDepth, depth, cij, cRow, mode, scale);
      else if (vectors == 2)
        multiply_registers(REGISTER_ROWS, 2, ai, aRow, aDepth, b + j, bDepth, depth, cij, cRow, mode, scale);
      else
        multiply_registers(REGISTER_ROWS, 1, ai, aRow, aDepth, b + j, bDepth, depth, cij, cRow, mode, scale);
    }
    j += vectors * WIDTH;
  }
}

/* The forms in use, compiled once each. "rows": A is row-major (depth contiguous). "columns": A is read transposed. */
NOINLINE void rows_set(int m, int n, const float *a, size_t aRow, const float *b, size_t bRow, int depth, float *c,
                       size_t cRow) {
  multiply_block(m, n, a, aRow, 1, b, bRow, depth, c, cRow, SET, 0);
}
NOINLINE void rows_add(int m, int n, const float *a, size_t aRow, const float *b, size_t bRow, int depth, float *c,
                       size_t cRow) {
  multiply_block(m, n, a, aRow, 1, b, bRow, depth, c, cRow, ADD, 0);
}
NOINLINE void columns_set(int m, int n, const float *a, size_t aRow, const float *b, size_t bRow, int depth, float *c,
                          size_t cRow) {
  multiply_block(m, n, a, 1, aRow, b, bRow, depth, c, cRow, SET, 0);
}
NOINLINE void columns_add(int m, int n, const float *a, size_t aRow, const float *b, size_t bRow, int depth, float *c,
                          size_t cRow) {
  multiply_block(m, n, a, 1, aRow, b, bRow, depth, c, cRow, ADD, 0);
}
NOINLINE void columns_scale(int m, int n, const float *a, size_t aRow, const float *b, size_t bRow, int depth, float *c,
                            size_t cRow, const Vector *alpha) {
  multiply_block(m, n, a, 1, aRow, b, bRow, depth, c, cRow, SCALE, alpha);
}

/* target[depth][lanes] = scale * source^T for `rows` <= lanes rows of `width` floats; the rest of target[padded][lanes]
 * is 0. */
NOINLINE void pack_transposed(const float *source, size_t sourceRow, int rows, int width, int padded, float scale,
                              float *target, int lanes) {
  for (int r = 0; r < lanes; r += WIDTH)
    for (int d = 0; d < padded; d += WIDTH) {
      if (r + WIDTH <= rows && d + WIDTH <= width) {
        transpose_square(source + r * sourceRow + d, sourceRow, target + (size_t)d * lanes + r, lanes, splat(scale));
        continue;
      }
      for (int e = d; e < MIN(d + WIDTH, padded); e++)
        for (int i = r; i < r + WIDTH; i++)
          target[(size_t)e * lanes + i] = i < rows && e < width ? source[i * sourceRow + e] * scale : 0;
    }
}

/* The reverse: target[i][d] = scale[i] * source[d][i], with source[width][LANES]. */
NOINLINE void unpack_transposed(const float *source, int rows, int width, const float *scale, float *target,
                                size_t targetRow) {
  for (int r = 0; r < rows; r += WIDTH)
    for (int d = 0; d < width; d += WIDTH) {
      if (r + WIDTH <= rows && d + WIDTH <= width) {
        transpose_square(source + (size_t)d * LANES + r, LANES, target + r * targetRow + d, targetRow, load(scale + r));
        continue;
      }
      for (int e = d; e < MIN(d + WIDTH, width); e++)
        for (int i = r; i < MIN(r + WIDTH, rows); i++)
          target[i * targetRow + e] = source[(size_t)e * LANES + i] * scale[i];
    }
}

/*
 * A rows x width matrix as the micro-kernel may read it: itself when it already has the padded size, otherwise a
 * zero-padded copy. So there are no remainder kernels. `row` holds the row stride on entry and on return.
 */
static const float *padded_tile(const float *source, size_t *row, int rows, int paddedRows, int width, int paddedWidth,
                                float *copy) {
  if (rows == paddedRows && width == paddedWidth) return source;
  for (int i = 0; i < paddedRows; i++)
    for (int d = 0; d < paddedWidth; d++)
      copy[(size_t)i * paddedWidth + d] = i < rows && d < width ? source[i * *row + d] : 0;
  *row = paddedWidth;
  return copy;
}

/* Takes `floats` from a thread's scratch, keeping every piece aligned to 64 bytes. */
static float *take(float **scratch, size_t floats) {
  float *p = *scratch;
  *scratch += ROUND_UP(floats, 16);
  return p;
}
