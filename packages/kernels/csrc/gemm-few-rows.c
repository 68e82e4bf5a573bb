/*
 * Products of few rows, such as a decoding step's: each number of B is used so rarely that packing it would cost more
 * than the product. B is read once, in the order it lies in memory, a strip of columns at a time.
 */
enum { FEW_ROWS = 16, STRIP = 1024, STRIP_DEPTH = 8 };

/* c[columns] += sum over `depth` of a[k * aDepth] * b[k][columns]. */
INLINE void add_rows(const float *a, size_t aDepth, const float *b, size_t bRow, const int depth, float *c,
                     size_t columns) {
  EACH_VECTOR(columns, Vector sum = GET(c);
              UNROLLED (k, depth) sum += a[k * aDepth] * GET(b + k * bRow);
              PUT(c, sum););
}

/* Unit: a strip of one product's columns. */
static void few_rows_unit(const void *context, int unit, float *scratch) {
  const Gemm *g = context;
  const int strips = BLOCKS(g->n, STRIP), batch = unit / strips, first = unit % strips * STRIP;
  const size_t n = g->n, columns = MIN(STRIP, g->n - first), offset = (size_t)batch * g->m * n;
  const size_t aRow = g->transposeA ? 1 : g->k, aDepth = g->transposeA ? g->m : 1;
  const float *a = g->a + (g->sharedA ? 0 : (size_t)batch * g->m * g->k);
  const float *b = g->b + (g->sharedB ? 0 : (size_t)batch * g->k * n) + first;
  float *c = g->c + offset + first;
  (void)scratch;
  if (!g->accumulate)
    for (int i = 0; i < g->m; i++) __builtin_memset(c + i * n, 0, sizeof(float) * columns);
  for (int k = 0; k < g->k; k += STRIP_DEPTH)
    for (int i = 0; i < g->m; i++) {
      const float *ai = a + i * aRow + k * aDepth, *bk = b + k * n;
      if (k + STRIP_DEPTH <= g->k)
        add_rows(ai, aDepth, bk, n, STRIP_DEPTH, c + i * n, columns);
      else
        for (int rest = 0; rest < g->k - k; rest++)
          add_rows(ai + rest * aDepth, aDepth, bk + rest * n, n, 1, c + i * n, columns);
    }
  finish_rows(g, offset, 0, g->m, first, (int)columns);
  count_work(0, (uint64_t)g->m * columns * g->k);
}
