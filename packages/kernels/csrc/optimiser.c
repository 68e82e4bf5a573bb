/*
 * Adam (Kingma & Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov & Hutter 2019), over all parameters in
 * one call: m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2, value -= rate * (m / (1 - beta1^t) / (sqrt(v
 * / (1 - beta2^t)) + epsilon) + decay * value)
 */
#include "rows.h"

typedef struct {
  const int32_t *sizes;
  void *const *arrays;
  int parameters;
  float rate, beta1, rest1, beta2, rest2, epsilon, correct1, correct2, weightDecay;
} Adam;

/* Unit: UNIT_ELEMENTS elements of one parameter; units are numbered through the parameters. */
static void adam_unit(const void *context, int unit, float *scratch) {
  const Adam *a = context;
  int p = 0;
  for (int units; unit >= (units = BLOCKS(a->sizes[2 + 2 * p], UNIT_ELEMENTS)); p++) unit -= units;
  const size_t first = (size_t)unit * UNIT_ELEMENTS, n = MIN(UNIT_ELEMENTS, a->sizes[2 + 2 * p] - first);
  float *value = (float *)a->arrays[4 * p] + first, *m = (float *)a->arrays[4 * p + 2] + first,
        *v = (float *)a->arrays[4 * p + 3] + first;
  const float *gradient = (const float *)a->arrays[4 * p + 1] + first, decay = a->sizes[3 + 2 * p] ? a->weightDecay : 0;
  (void)scratch;
  EACH_VECTOR(
      n, const Vector g = GET(gradient); const Vector first_ = GET(m) * a->beta1 + g * a->rest1;
      const Vector second = GET(v) * a->beta2 + g * g * a->rest2; PUT(m, first_); PUT(v, second);
      const Vector x = GET(value);
      PUT(value, x - a->rate * (first_ * a->correct1 / (square_root(second * a->correct2) + a->epsilon) + decay * x)););
}

/* sizes: the number of parameters, of elements; then per parameter its length and whether it decays. */
static int adam(const Arguments *arguments) {
  const double *n = arguments->numbers;
  const Adam a = {.sizes = arguments->sizes,
                  .arrays = arguments->arrays,
                  .parameters = arguments->sizes[0],
                  .rate = (float)n[0],
                  .beta1 = (float)n[1],
                  .rest1 = (float)(1 - n[1]),
                  .beta2 = (float)n[2],
                  .rest2 = (float)(1 - n[2]),
                  .epsilon = (float)n[3],
                  .weightDecay = (float)n[4],
                  .correct1 = (float)n[5],
                  .correct2 = (float)n[6]};
  int units = 0;
  for (int p = 0; p < a.parameters; p++) units += BLOCKS(a.sizes[2 + 2 * p], UNIT_ELEMENTS);
  return parallel(adam_unit, &a, units, 0, 8.0 * arguments->sizes[1]);
}
