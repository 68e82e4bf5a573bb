/*
 * Softmax, log-softmax and cross-entropy over rows. A row of nothing but -infinity gives NaN, as in TensorFlow.js.
 */
#include "rows.h"

INLINE float row_maximum(const float *x, size_t n) {
  Vector top = splat(-__builtin_inff());
  EACH_VECTOR(n, top = maximum(top, keep_lanes(GET(x), part, x[at])););
  return maximum_lane(top);
}
/* The sum of e^(x - maximum) of a row. */
INLINE float row_exponentials(const float *x, size_t n, float top) {
  Vector sum = {0};
  EACH_VECTOR(n, sum += keep_lanes(exp2_negative((GET(x) - top) * LOG2E), part, 0););
  return sum_lanes(sum);
}
INLINE float row_log_sum_exp(const float *x, size_t n) {
  const float top = row_maximum(x, n);
  return top + log2_scalar(row_exponentials(x, n, top)) * LN2;
}

static void softmax_unit(const void *context, int unit, float *scratch) {
  const Rows *a = context;
  const size_t n = a->columns;
  (void)scratch;
  for (size_t r = first_row(a, unit); r < end_row(a, unit); r++) {
    const float *x = a->x[0] + r * n;
    float *y = a->y[0] + r * n;
    const float top = row_maximum(x, n);
    Vector sum = {0};
    EACH_VECTOR(n, const Vector e = exp2_negative((GET(x) - top) * LOG2E); PUT(y, e); sum += keep_lanes(e, part, 0););
    const float inverse = 1 / sum_lanes(sum);
    EACH_VECTOR(n, PUT(y, GET(y) * inverse););
  }
}
static void log_softmax_unit(const void *context, int unit, float *scratch) {
  const Rows *a = context;
  const size_t n = a->columns;
  (void)scratch;
  for (size_t r = first_row(a, unit); r < end_row(a, unit); r++) {
    const float *x = a->x[0] + r * n;
    float *y = a->y[0] + r * n;
    const float logSumExp = row_log_sum_exp(x, n);
    EACH_VECTOR(n, PUT(y, GET(x) - logSumExp););
  }
}
static int softmax_rows(const Arguments *arguments, Unit *unit) {
  Rows a = {.rows = arguments->sizes[0],
            .columns = arguments->sizes[1],
            .x = {arguments->arrays[0]},
            .y = {arguments->arrays[1]}};
  return run_rows(unit, &a);
}
static int softmax(const Arguments *arguments) { return softmax_rows(arguments, softmax_unit); }
static int log_softmax(const Arguments *arguments) { return softmax_rows(arguments, log_softmax_unit); }

/* y[0] = log-sum-exp per row; parts[row] = the row's loss, 0 if it is not counted. */
static void cross_entropy_unit(const void *context, int unit, float *scratch) {
  const Rows *a = context;
  (void)scratch;
  for (size_t r = first_row(a, unit); r < end_row(a, unit); r++) {
    const float *x = a->x[0] + r * a->columns, logSumExp = row_log_sum_exp(x, a->columns);
    a->y[0][r] = logSumExp;
    a->parts[r] = a->indices[r] < 0 ? 0 : logSumExp - x[a->indices[r]];
  }
}
static size_t counted_rows(const Rows *a) {
  size_t counted = 0;
  for (size_t r = 0; r < a->rows; r++) counted += a->indices[r] >= 0;
  return MAX(1, counted);
}
static int cross_entropy(const Arguments *arguments) {
  void *const *p = arguments->arrays;
  Rows a = {.rows = arguments->sizes[0], .columns = arguments->sizes[1], .x = {p[0]}, .indices = p[1], .y = {p[2]}};
  a.parts = workspace(SPACE_A, a.rows);
  if (!a.parts) return OUT_OF_MEMORY;
  const int outcome = run_rows(cross_entropy_unit, &a);
  double sum = 0;
  for (size_t r = 0; r < a.rows; r++) sum += a.parts[r];
  *(float *)p[3] = (float)(sum / counted_rows(&a));
  return outcome;
}

/* dLogits = (softmax - one-hot) * dLoss / counted rows. */
static void cross_entropy_gradient_unit(const void *context, int unit, float *scratch) {
  const Rows *a = context;
  const size_t n = a->columns;
  (void)scratch;
  for (size_t r = first_row(a, unit); r < end_row(a, unit); r++) {
    const float *x = a->x[0] + r * n, logSumExp = a->x[1][r];
    float *y = a->y[0] + r * n;
    if (a->indices[r] < 0) {
      __builtin_memset(y, 0, n * sizeof(float));
      continue;
    }
    EACH_VECTOR(n, PUT(y, exp2_negative((GET(x) - logSumExp) * LOG2E) * a->number););
    y[a->indices[r]] -= a->number;
  }
}
static int cross_entropy_gradient(const Arguments *arguments) {
  void *const *p = arguments->arrays;
  Rows a = {
      .rows = arguments->sizes[0], .columns = arguments->sizes[1], .x = {p[0], p[2]}, .indices = p[1], .y = {p[4]}};
  a.number = *(const float *)p[3] / counted_rows(&a);
  return run_rows(cross_entropy_gradient_unit, &a);
}
