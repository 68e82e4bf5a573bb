/*
 * dx of random features (random-features.c) from the features themselves; the bound is a constant of the
 * differentiation:
 *
 *   positive       du = dy (y - epsilon),  dx = sqrt(scale) du w - scale x sum(du)
 *   trigonometric  du = dS C - dC S,       dx = sqrt(scale) du w + scale x sum(dy y), without the second term where h
 *                                               played no part
 *   rectified      du = dy [y > epsilon],  dx = sqrt(scale) du w
 */

/* du of one row into `du`; returns what multiplies x. */
static float feature_slope(const RandomFeatures *a, int group, int i, const float *y, const float *dy, float *du) {
  const size_t n = a->directions;
  Vector sum = {0};
  if (a->map == RECTIFIED) {
    EACH_VECTOR(n, PUT(du, choose(LESS(splat(a->epsilon), GET(y)), GET(dy), (Vector){0})););
    return 0;
  }
  if (a->map == POSITIVE) {
    EACH_VECTOR(n, const Vector d = GET(dy) * (GET(y) - a->epsilon); PUT(du, d); sum += keep_lanes(d, part, 0););
    return -a->scale * sum_lanes(sum);
  }
  const float *waves = y + n, *dWaves = dy + n;
  EACH_VECTOR(n, PUT(du, GET(dWaves) * GET(y) - GET(dy) * GET(waves));
              sum += keep_lanes(GET(dy) * GET(y) + GET(dWaves) * GET(waves), part, 0););
  const float h = half_norm(a, a->x + ((size_t)group * a->length + i) * a->width), real = real_row(a, group, i);
  const int plays = a->bound == SEQUENCE_BOUND || (a->bound == CONSTANT_BOUND && h * real <= LARGEST_HALF_NORM);
  return plays ? a->scale * real * sum_lanes(sum) : 0;
}

static void features_gradient_unit(const void *context, int unit, float *scratch) {
  const RandomFeatures *a = context;
  int group, first;
  const int count = block_of(a, unit, &group, &first), padded = ROUND_UP(count, REGISTER_ROWS);
  const size_t at = (size_t)group * a->length + first, row = a->row, width = a->paddedWidth;
  float *du = take(&scratch, FEATURE_ROWS * row), *products = take(&scratch, FEATURE_ROWS * width);
  float slopes[FEATURE_ROWS];
  for (int i = 0; i < count; i++)
    slopes[i] = feature_slope(a, group, first + i, a->y + (at + i) * a->columns, a->dy + (at + i) * a->columns,
                              du + i * row);
  for (int i = count; i < padded; i++) __builtin_memset(du + i * row, 0, sizeof(float) * row);
  /* Pieces of the depth that leave w in the nearest cache. */
  for (int f = 0; f < a->directions; f += 2 * TILE) {
    const int depth = MIN(2 * TILE, a->directions - f);
    (f ? rows_add : rows_set)(padded, (int)width, du + f, row, a->packed + f * width, width, depth, products, width);
  }
  for (int i = 0; i < count; i++) {
    const float *x = a->x + (at + i) * a->width, *p = products + i * width;
    float *dx = a->dx + (at + i) * a->width;
    EACH_VECTOR((size_t)a->width, PUT(dx, GET(p) * a->root + GET(x) * slopes[i]););
  }
  count_work(0, (uint64_t)count * a->directions * a->width);
}

static int random_features_gradient(const Arguments *arguments) {
  RandomFeatures a = read_random_features(arguments);
  a.packed = workspace(SPACE_A, (size_t)a.directions * a.paddedWidth);
  if (!a.packed) return OUT_OF_MEMORY;
  for (int f = 0; f < a.directions; f++)
    for (int d = 0; d < a.paddedWidth; d++)
      a.packed[(size_t)f * a.paddedWidth + d] = d < a.width ? a.w[(size_t)f * a.width + d] : 0;
  return parallel(features_gradient_unit, &a, a.groups * a.blocks,
                  (size_t)FEATURE_ROWS * (a.row + a.paddedWidth) + 32, features_work(&a));
}
