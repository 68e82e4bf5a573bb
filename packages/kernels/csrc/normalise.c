/*
 * Layer normalisation (Ba et al. 2016): biased variance, epsilon inside the root. Statistics [rows][2] are mean and
 * 1/deviation.
 */
#include "rows.h"

static void layer_norm_unit(const void *context, int unit, float *scratch) {
  const Rows *a = context;
  const size_t n = a->columns;
  const float *gamma = a->x[1], *beta = a->x[2];
  (void)scratch;
  for (size_t r = first_row(a, unit); r < end_row(a, unit); r++) {
    const float *x = a->x[0] + r * n;
    float *y = a->y[0] + r * n;
    Vector sum = {0}, squares = {0};
    EACH_VECTOR(n, sum += GET(x););
    const float mean = sum_lanes(sum) / n;
    EACH_VECTOR(n, const Vector d = keep_lanes(GET(x) - mean, part, 0); squares += d * d;);
    const float inverse = 1 / __builtin_sqrtf(sum_lanes(squares) / n + a->number);
    EACH_VECTOR(n, PUT(y, (GET(x) - mean) * inverse * GET(gamma) + GET(beta)););
    a->y[1][2 * r] = mean;
    a->y[1][2 * r + 1] = inverse;
  }
}
static int layer_norm(const Arguments *arguments) {
  void *const *p = arguments->arrays;
  Rows a = {.rows = arguments->sizes[0],
            .columns = arguments->sizes[1],
            .number = (float)arguments->numbers[0],
            .x = {p[0], p[1], p[2]},
            .y = {p[3], p[4]}};
  return run_rows(layer_norm_unit, &a);
}

/* Partial sums per unit: dGamma, then dBeta. */
static void layer_norm_gradient_unit(const void *context, int unit, float *scratch) {
  const Rows *a = context;
  const size_t n = a->columns;
  const float *gamma = a->x[1], *statistics = a->x[2];
  float *dGamma = a->parts + unit * 2 * n, *dBeta = dGamma + n;
  (void)scratch;
  __builtin_memset(dGamma, 0, 2 * n * sizeof(float));
  for (size_t r = first_row(a, unit); r < end_row(a, unit); r++) {
    const float *x = a->x[0] + r * n, *dy = a->x[3] + r * n, mean = statistics[2 * r], inverse = statistics[2 * r + 1];
    float *dx = a->y[0] + r * n;
    Vector sum = {0}, dot = {0};
    EACH_VECTOR(n, const Vector d = GET(dy); const Vector h = (GET(x) - mean) * inverse;
                const Vector t = d * GET(gamma); sum += t; dot += t * h; PUT(dGamma, GET(dGamma) + d * h);
                PUT(dBeta, GET(dBeta) + d););
    const float meanOfT = sum_lanes(sum) / n, meanOfTh = sum_lanes(dot) / n;
    EACH_VECTOR(n, PUT(dx, inverse * (GET(dy) * GET(gamma) - meanOfT - (GET(x) - mean) * inverse * meanOfTh)););
  }
}

/*
 * Unit: 1024 columns of the parts, `tableRows` wide: y = number * sum over units, in order; columns from `columns` on
 * go to y[1].
 */
enum { PART_COLUMNS = 1024 };
static void sum_parts_unit(const void *context, int unit, float *scratch) {
  const Rows *a = context;
  const size_t from = (size_t)unit * PART_COLUMNS, to = MIN(a->tableRows, from + PART_COLUMNS);
  (void)scratch;
  for (size_t c = from; c < to; c++) {
    float sum = 0;
    for (int u = 0; u < a->units; u++) sum += a->parts[u * a->tableRows + c];
    if (c < a->columns)
      a->y[0][c] = sum * a->number;
    else
      a->y[1][c - a->columns] = sum * a->number;
  }
}
static int sum_parts(Rows *a, size_t partColumns, float *first, float *second, float scale) {
  a->tableRows = partColumns;
  a->number = scale;
  a->y[0] = first;
  a->y[1] = second;
  return parallel(sum_parts_unit, a, (int)BLOCKS(partColumns, PART_COLUMNS), 0, 8.0 * partColumns * a->units);
}

static int layer_norm_gradient(const Arguments *arguments) {
  void *const *p = arguments->arrays;
  Rows a = {.rows = arguments->sizes[0], .columns = arguments->sizes[1], .x = {p[0], p[1], p[2], p[3]}, .y = {p[4]}};
  int outcome = plan_parts(&a, 2 * a.columns);
  if (!outcome) outcome = parallel(layer_norm_gradient_unit, &a, a.units, 0, 8.0 * a.rows * a.columns);
  return outcome ? outcome : sum_parts(&a, 2 * a.columns, p[5], p[6], 1);
}
