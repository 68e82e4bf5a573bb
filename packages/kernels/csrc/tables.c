/*
 * Rows looked up in a table, added into a table, and reduced.
 */
#include "rows.h"

static void gather_unit(const void *context, int unit, float *scratch) {
  const Rows *a = context;
  (void)scratch;
  for (size_t r = first_row(a, unit); r < end_row(a, unit); r++)
    __builtin_memcpy(a->y[0] + r * a->columns, a->x[0] + a->indices[r] * a->columns, a->columns * sizeof(float));
}
static int gather(const Arguments *arguments) {
  void *const *p = arguments->arrays;
  Rows a = {.rows = arguments->sizes[0], .columns = arguments->sizes[1], .x = {p[0]}, .indices = p[1], .y = {p[2]}};
  return run_rows(gather_unit, &a);
}

/* Unit: a range of table rows. Every unit reads all indices and adds its own rows, in order. */
static void scatter_add_unit(const void *context, int unit, float *scratch) {
  const Rows *a = context;
  const size_t n = a->columns, from = MIN(a->tableRows, unit * a->perUnit), to = MIN(a->tableRows, from + a->perUnit);
  (void)scratch;
  __builtin_memset(a->y[0] + from * n, 0, n * (to - from) * sizeof(float));
  for (size_t r = 0; r < a->rows; r++) {
    const size_t target = a->indices[r];
    if (target < from || target >= to) continue;
    const float *x = a->x[0] + r * n;
    float *y = a->y[0] + target * n;
    EACH_VECTOR(n, PUT(y, GET(y) + GET(x)););
  }
}
static int scatter_add(const Arguments *arguments) {
  void *const *p = arguments->arrays;
  const int32_t *s = arguments->sizes;
  Rows a = {.rows = s[0], .columns = s[1], .tableRows = s[2], .x = {p[0]}, .indices = p[1], .y = {p[2]}};
  a.perUnit = MAX(1, BLOCKS(a.tableRows, 16));
  return parallel(scatter_add_unit, &a, (int)BLOCKS(a.tableRows, a.perUnit), 0,
                  8.0 * a.columns * (a.rows + a.tableRows));
}

static void row_sums_unit(const void *context, int unit, float *scratch) {
  const Rows *a = context;
  (void)scratch;
  for (size_t r = first_row(a, unit); r < end_row(a, unit); r++) {
    const float *x = a->x[0] + r * a->columns;
    Vector sum = {0};
    EACH_VECTOR(a->columns, sum += GET(x););
    a->y[0][r] = sum_lanes(sum) * a->number;
  }
}
static void row_maxima_unit(const void *context, int unit, float *scratch) {
  const Rows *a = context;
  (void)scratch;
  for (size_t r = first_row(a, unit); r < end_row(a, unit); r++)
    a->y[0][r] = row_maximum(a->x[0] + r * a->columns, a->columns) * a->number;
}
static int reduce_rows(const Arguments *arguments) {
  const int32_t *s = arguments->sizes;
  Rows a = {.rows = s[0],
            .columns = s[1],
            .number = (float)arguments->numbers[0],
            .x = {arguments->arrays[0]},
            .y = {arguments->arrays[1]}};
  return run_rows(s[2] ? row_maxima_unit : row_sums_unit, &a);
}

static void column_sums_unit(const void *context, int unit, float *scratch) {
  const Rows *a = context;
  float *sum = a->parts + unit * a->columns;
  (void)scratch;
  __builtin_memset(sum, 0, a->columns * sizeof(float));
  for (size_t r = first_row(a, unit); r < end_row(a, unit); r++) {
    const float *x = a->x[0] + r * a->columns;
    EACH_VECTOR(a->columns, PUT(sum, GET(sum) + GET(x)););
  }
}
static int reduce_columns(const Arguments *arguments) {
  const int32_t *s = arguments->sizes;
  Rows a = {.rows = s[0], .columns = s[1], .x = {arguments->arrays[0]}};
  int outcome = plan_parts(&a, a.columns);
  if (!outcome) outcome = parallel(column_sums_unit, &a, a.units, 0, 8.0 * a.rows * a.columns);
  return outcome ? outcome : sum_parts(&a, a.columns, arguments->arrays[1], 0, (float)arguments->numbers[0]);
}
