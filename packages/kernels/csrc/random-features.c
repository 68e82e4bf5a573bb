/*
 * Random features of rows x, with u = w.x sqrt(scale) for each direction w and h = |x|^2 scale / 2:
 *
 *   positive       (exp(u - h - bound) + epsilon) / sqrt(F)                 Choromanski et al. 2021, lemma 1
 *   trigonometric  exp(h - bound) [cos u, sin u] / sqrt(F), 2F columns      Rahimi & Recht 2007
 *   rectified      max(0, u) + epsilon
 *
 * The bound of a positive row is its largest u, the largest u of a sequence's real rows, or a constant; that of a
 * trigonometric row is h itself, the sequence's largest h, or a constant (then h is cut at LARGEST_HALF_NORM). Products
 * stay in cache until they are features: the N x F matrix is written once. The sequence's largest u takes a pass of its
 * own, which multiplies again rather than write and read the matrix.
 */
#include "block.h"
#include "rows.h"

enum Map { POSITIVE, TRIGONOMETRIC, RECTIFIED };
enum Bound { CONSTANT_BOUND, ROW_BOUND, SEQUENCE_BOUND };
enum { FEATURE_ROWS = 48 };
/* From here on e^h counts as e^60: with no maximum to subtract, e^89 would overflow. */
#define LARGEST_HALF_NORM 60.f

typedef struct {
  /* `groups` sequences of `length` rows of `width` numbers; `directions` rows w; `sequences` of padding. */
  int groups, length, width, directions, map, bound, sequences;
  float scale, root, epsilon, constant, logDivisor;
  const float *x, *w, *padding, *dy;
  /* Features: `columns` of a row, F or 2F. */
  float *y, *dx;
  int columns, blocks, row, paddedWidth;
  /* w^T sqrt(scale) in panels of LANES directions: [panel][width][LANES]; the gradient has w [F][paddedWidth]. */
  float *packed, *maxima, *bounds;
} RandomFeatures;

static RandomFeatures read_random_features(const Arguments *arguments) {
  const int32_t *s = arguments->sizes;
  const double *n = arguments->numbers;
  void *const *p = arguments->arrays;
  RandomFeatures a = {.groups = s[0],
                      .length = s[1],
                      .width = s[2],
                      .directions = s[3],
                      .map = s[4],
                      .bound = s[5],
                      .sequences = s[6],
                      .scale = (float)n[0],
                      .root = (float)n[1],
                      .epsilon = (float)n[2],
                      .constant = (float)n[3],
                      .logDivisor = (float)n[4],
                      .x = p[0],
                      .w = p[1],
                      .padding = p[2],
                      .y = p[3],
                      .dy = p[4],
                      .dx = p[5]};
  a.columns = a.map == TRIGONOMETRIC ? 2 * a.directions : a.directions;
  a.blocks = BLOCKS(a.length, FEATURE_ROWS);
  a.row = ROUND_UP(a.directions, WIDTH);
  a.paddedWidth = ROUND_UP(a.width, WIDTH);
  return a;
}
static double features_work(const RandomFeatures *a) {
  return (double)a->groups * a->length * a->directions * (a->width + 8);
}

/* Whether row i of a group is a real one: 1 or 0. */
INLINE float real_row(const RandomFeatures *a, int group, int i) {
  return a->padding ? a->padding[(size_t)(group / (a->groups / a->sequences)) * a->length + i] : 1;
}

static float half_norm(const RandomFeatures *a, const float *x) {
  Vector sum = {0};
  EACH_VECTOR((size_t)a->width, const Vector v = GET(x); sum += v * v;);
  return sum_lanes(sum) * a->scale * 0.5f;
}

/* Unit: a panel of directions. */
static void pack_directions_unit(const void *context, int panel, float *scratch) {
  const RandomFeatures *a = context;
  const int first = panel * LANES, rows = MIN(LANES, a->directions - first);
  (void)scratch;
  pack_transposed(a->w + (size_t)first * a->width, a->width, rows, a->width, a->width, a->root,
                  a->packed + (size_t)first * a->width, LANES);
}

/* u of `count` rows: products[FEATURE_ROWS][row]. */
static void multiply_directions(const RandomFeatures *a, const float *x, int count, float *products, float *copy) {
  const int padded = ROUND_UP(count, REGISTER_ROWS);
  size_t xRow = a->width;
  const float *rows = padded_tile(x, &xRow, count, padded, a->width, a->width, copy);
  for (int first = 0; first < a->row; first += LANES)
    rows_set(padded, MIN(LANES, a->row - first), rows, xRow, a->packed + (size_t)first * a->width, LANES, a->width,
             products + first, a->row);
}

/* One row of features from its products. */
static void finish_features(const RandomFeatures *a, int group, int i, const float *u, float *y) {
  const size_t n = a->directions;
  if (a->map == RECTIFIED) {
    const Vector zero = {0};
    EACH_VECTOR(n, const Vector v = GET(u); PUT(y, choose(LESS(v, zero), zero, v) + a->epsilon););
    return;
  }
  const float h = half_norm(a, a->x + ((size_t)group * a->length + i) * a->width);
  const float bound = a->bound == SEQUENCE_BOUND ? a->bounds[group] : a->constant;
  if (a->map == POSITIVE) {
    const float shift = h + ((a->bound == ROW_BOUND ? row_maximum(u, n) : bound) + a->logDivisor);
    EACH_VECTOR(n, PUT(y, exponential(GET(u) - shift) + a->epsilon););
    return;
  }
  const float seen = h * real_row(a, group, i);
  const float cut = a->bound == CONSTANT_BOUND && seen > LARGEST_HALF_NORM ? LARGEST_HALF_NORM : seen;
  const Vector exponent = splat((a->bound == ROW_BOUND ? 0 : cut - bound) - a->logDivisor);
  const Vector factor = exponential(exponent);
  float *waves = y + n;
  EACH_VECTOR(n, const Vector v = GET(u); PUT(y, sine(v, 1) * factor); PUT(waves, sine(v, 0) * factor););
}

/* The rows of a unit: (group, block). */
INLINE int block_of(const RandomFeatures *a, int unit, int *group, int *first) {
  *group = unit / a->blocks;
  *first = unit % a->blocks * FEATURE_ROWS;
  return MIN(FEATURE_ROWS, a->length - *first);
}

static void random_features_unit(const void *context, int unit, float *scratch) {
  const RandomFeatures *a = context;
  int group, first;
  const int count = block_of(a, unit, &group, &first);
  const size_t at = (size_t)group * a->length + first;
  float *products = take(&scratch, (size_t)FEATURE_ROWS * a->row);
  multiply_directions(a, a->x + at * a->width, count, products, scratch);
  for (int i = 0; i < count; i++)
    finish_features(a, group, first + i, products + (size_t)i * a->row, a->y + (at + i) * a->columns);
  count_work(0, (uint64_t)count * a->directions * a->width);
}

/* The largest u (positive) or h (trigonometric) of a unit's real rows; -infinity where there is none. */
static void largest_unit(const void *context, int unit, float *scratch) {
  const RandomFeatures *a = context;
  int group, first;
  const int count = block_of(a, unit, &group, &first);
  const float *x = a->x + ((size_t)group * a->length + first) * a->width;
  float *products = take(&scratch, (size_t)FEATURE_ROWS * a->row), top = -__builtin_inff();
  if (a->map == POSITIVE) multiply_directions(a, x, count, products, scratch);
  for (int i = 0; i < count; i++) {
    if (real_row(a, group, first + i) == 0) continue;
    const float own = a->map == POSITIVE ? row_maximum(products + (size_t)i * a->row, a->directions)
                                         : half_norm(a, x + (size_t)i * a->width);
    top = own > top || own != own ? own : top;
  }
  a->maxima[unit] = top;
}

static int find_bounds(RandomFeatures *a, size_t scratchFloats) {
  const int units = a->groups * a->blocks;
  const int outcome = parallel(largest_unit, a, units, scratchFloats, features_work(a));
  for (int g = 0; g < a->groups && !outcome; g++) {
    float top = -__builtin_inff();
    for (int b = 0; b < a->blocks; b++) {
      const float own = a->maxima[g * a->blocks + b];
      top = own > top || own != own ? own : top;
    }
    /* Where every row is padding there is no maximum. */
    a->bounds[g] = top == -__builtin_inff() ? 0 : top;
  }
  return outcome;
}

static int random_features(const Arguments *arguments) {
  RandomFeatures a = read_random_features(arguments);
  const int panels = BLOCKS(a.directions, LANES), units = a.groups * a.blocks;
  const size_t scratchFloats = (size_t)FEATURE_ROWS * (a.row + a.width) + 32;
  a.packed = workspace(SPACE_A, (size_t)panels * LANES * a.width);
  a.maxima = workspace(SPACE_B, units + a.groups);
  if (!a.packed || !a.maxima) return OUT_OF_MEMORY;
  a.bounds = a.maxima + units;
  int outcome = parallel(pack_directions_unit, &a, panels, 0, (double)a.directions * a.width);
  if (!outcome && a.map != RECTIFIED && a.bound == SEQUENCE_BOUND) outcome = find_bounds(&a, scratchFloats);
  return outcome ? outcome : parallel(random_features_unit, &a, units, scratchFloats, features_work(&a));
}
