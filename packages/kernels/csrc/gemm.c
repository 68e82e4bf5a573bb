/*
 * Matrix products: C[b] = (accumulate ? C[b] : 0) + op(A[b]) op(B[b]), then bias, residual and activation while the
 * block of C is still in cache (Goto & van de Geijn 2008). A and B are packed once per call, by blocks of DEPTH: B ->
 * [column panel][depth][COLUMNS],  A -> groups of REGISTER_ROWS rows, [row][depth], or [depth][row] if A is transposed.
 */
#include "block.h"
#include "host.h"
#include "rows.h"

enum {
  COLUMNS = REGISTER_VECTORS * WIDTH,
  DEPTH = 192,
  BLOCK_ROWS = 128,
  BLOCK_COLUMNS = 384,
  BLOCK_PANELS = BLOCK_COLUMNS / COLUMNS,
  PACK_GROUPS = 8
};
enum Activation { NO_ACTIVATION, GELU_ERF, GELU_TANH, RELU };

typedef struct {
  int m, n, k, transposeA, transposeB, batch, sharedA, sharedB, accumulate, activation;
  const float *a, *b, *bias, *residual;
  float *c, *pre, *packedA, *packedB;
  int groups, panels, rowBlocks, columnBlocks;
} Gemm;

static void pack_b_panel(const Gemm *g, int batch, int panel) {
  const float *b = g->b + (size_t)batch * g->k * g->n;
  const int first = panel * COLUMNS, columns = MIN(COLUMNS, g->n - first);
  for (int k0 = 0; k0 < g->k; k0 += DEPTH) {
    const int depth = MIN(DEPTH, g->k - k0);
    float *to = g->packedB + ((size_t)batch * g->k + k0) * g->panels * COLUMNS + (size_t)panel * depth * COLUMNS;
    if (g->transposeB) {
      pack_transposed(b + (size_t)first * g->k + k0, g->k, columns, depth, depth, 1, to, COLUMNS);
      continue;
    }
    for (int k = 0; k < depth; k++, to += COLUMNS) {
      const float *from = b + (size_t)(k0 + k) * g->n + first;
      if (columns == COLUMNS)
        UNROLL for (int j = 0; j < COLUMNS; j += WIDTH) store(to + j, load(from + j));
      else
        for (int j = 0; j < COLUMNS; j++) to[j] = j < columns ? from[j] : 0;
    }
  }
}

/* A is row-major: each row's depth is contiguous already. */
static void pack_a_group(const Gemm *g, int batch, int group) {
  const float *a = g->a + (size_t)batch * g->m * g->k;
  const int first = group * REGISTER_ROWS, rows = MIN(REGISTER_ROWS, g->m - first);
  for (int k0 = 0; k0 < g->k; k0 += DEPTH) {
    const int depth = MIN(DEPTH, g->k - k0);
    float *to =
        g->packedA + ((size_t)batch * g->k + k0) * g->groups * REGISTER_ROWS + (size_t)group * depth * REGISTER_ROWS;
    for (int i = 0; i < REGISTER_ROWS; i++, to += depth)
      if (i < rows)
        __builtin_memcpy(to, a + (size_t)(first + i) * g->k + k0, sizeof(float) * depth);
      else
        __builtin_memset(to, 0, sizeof(float) * depth);
  }
}

/* A is transposed: the groups of a unit are neighbours in memory, so each line of it is read once. */
static void pack_a_transposed(const Gemm *g, int batch, int group0, int group1) {
  const float *a = g->a + (size_t)batch * g->m * g->k;
  for (int k = 0; k < g->k; k++) {
    const int k0 = k / DEPTH * DEPTH, depth = MIN(DEPTH, g->k - k0);
    float *to = g->packedA + ((size_t)batch * g->k + k0) * g->groups * REGISTER_ROWS + (size_t)(k - k0) * REGISTER_ROWS;
    for (int group = group0; group < group1; group++) {
      const int first = group * REGISTER_ROWS, rows = MIN(REGISTER_ROWS, g->m - first);
      const float *from = a + (size_t)k * g->m + first;
      float *place = to + (size_t)group * depth * REGISTER_ROWS;
      if (rows == REGISTER_ROWS)
        __builtin_memcpy(place, from, sizeof(float) * REGISTER_ROWS);
      else
        for (int i = 0; i < REGISTER_ROWS; i++) place[i] = i < rows ? from[i] : 0;
    }
  }
}

/* Unit: one panel of B, or PACK_GROUPS groups of A. */
static void pack_unit(const void *context, int unit, float *scratch) {
  const Gemm *g = context;
  const int panelsOfB = g->panels * (g->sharedB ? 1 : g->batch), perBatch = BLOCKS(g->groups, PACK_GROUPS);
  (void)scratch;
  if (unit < panelsOfB) {
    pack_b_panel(g, unit / g->panels, unit % g->panels);
    return;
  }
  const int batch = (unit - panelsOfB) / perBatch, first = (unit - panelsOfB) % perBatch * PACK_GROUPS;
  const int last = MIN(g->groups, first + PACK_GROUPS);
  if (g->transposeA)
    pack_a_transposed(g, batch, first, last);
  else
    for (int group = first; group < last; group++) pack_a_group(g, batch, group);
}

/* One register block, for a constant number of vectors and the orientation of A. */
INLINE void register_block(const Gemm *g, const int vectors, const float *a, const float *b, int depth, float *c,
                           size_t cRow, int add) {
  if (g->transposeA) {
    if (add)
      multiply_registers(REGISTER_ROWS, vectors, a, 1, REGISTER_ROWS, b, COLUMNS, depth, c, cRow, ADD, 0);
    else
      multiply_registers(REGISTER_ROWS, vectors, a, 1, REGISTER_ROWS, b, COLUMNS, depth, c, cRow, SET, 0);
  } else {
    if (add)
      multiply_registers(REGISTER_ROWS, vectors, a, depth, 1, b, COLUMNS, depth, c, cRow, ADD, 0);
    else
      multiply_registers(REGISTER_ROWS, vectors, a, depth, 1, b, COLUMNS, depth, c, cRow, SET, 0);
  }
}

/* A block at the edge of C: whole vectors in place where possible, otherwise through scratch. */
static void edge_block(const Gemm *g, const float *a, const float *b, int depth, float *c, int rows, int columns,
                       int add, float *scratch) {
  if (rows == REGISTER_ROWS && columns == WIDTH)
    register_block(g, 1, a, b, depth, c, g->n, add);
  else if (rows == REGISTER_ROWS && columns == 2 * WIDTH)
    register_block(g, 2, a, b, depth, c, g->n, add);
  else {
    register_block(g, REGISTER_VECTORS, a, b, depth, scratch, COLUMNS, 0);
    for (int i = 0; i < rows; i++)
      for (int j = 0; j < columns; j++) {
        float *x = c + (size_t)i * g->n + j;
        *x = (add ? *x : 0) + scratch[i * COLUMNS + j];
      }
  }
}

INLINE Vector activate(int activation, Vector x) {
  if (activation == GELU_ERF) return gelu_erf(x);
  if (activation == GELU_TANH) return gelu_tanh(x);
  return choose(LESS(x, (Vector){0}), (Vector){0}, x);
}

/* Bias, residual, activation on `columns` numbers of one row. */
static void finish_row(const Gemm *g, float *c, const float *bias, const float *residual, float *pre, int columns) {
  for (int j = 0; j < columns; j += WIDTH) {
    const size_t part = MIN(WIDTH, columns - j);
    Vector x = load_part(c + j, part);
    if (bias) x += load_part(bias + j, part);
    if (residual) x += load_part(residual + j, part);
    if (pre) store_part(pre + j, x, part);
    store_part(c + j, g->activation ? activate(g->activation, x) : x, part);
  }
}

/* The same for rows row0..row1-1 of the product at `offset`, from column `first` on. */
static void finish_rows(const Gemm *g, size_t offset, int row0, int row1, int first, int columns) {
  if (!g->bias && !g->residual && !g->activation && !g->pre) return;
  for (int i = row0; i < row1; i++) {
    const size_t at = offset + (size_t)i * g->n + first;
    finish_row(g, g->c + at, g->bias ? g->bias + first : 0, g->residual ? g->residual + at : 0,
               g->pre ? g->pre + at : 0, columns);
  }
}

#include "gemm-few-rows.c"

/* Unit: a block of BLOCK_ROWS x BLOCK_COLUMNS of one product. */
static void gemm_unit(const void *context, int unit, float *scratch) {
  const Gemm *g = context;
  const int blocks = g->rowBlocks * g->columnBlocks, batch = unit / blocks, block = unit % blocks;
  const int group0 = block % g->rowBlocks * (BLOCK_ROWS / REGISTER_ROWS),
            group1 = MIN(g->groups, group0 + BLOCK_ROWS / REGISTER_ROWS);
  const int panel0 = block / g->rowBlocks * BLOCK_PANELS, panel1 = MIN(g->panels, panel0 + BLOCK_PANELS);
  const int row1 = MIN(g->m, group1 * REGISTER_ROWS), column0 = panel0 * COLUMNS, column1 = MIN(g->n, panel1 * COLUMNS);
  const size_t offset = (size_t)batch * g->m * g->n;
  float *c = g->c + offset;
  for (int k0 = 0; k0 < g->k; k0 += DEPTH) {
    const int depth = MIN(DEPTH, g->k - k0), add = k0 || g->accumulate;
    const float *as = g->packedA + ((g->sharedA ? 0 : (size_t)batch * g->k) + k0) * g->groups * REGISTER_ROWS;
    const float *bs = g->packedB + ((g->sharedB ? 0 : (size_t)batch * g->k) + k0) * g->panels * COLUMNS;
    for (int panel = panel0; panel < panel1; panel++)
      for (int group = group0; group < group1; group++) {
        const float *a = as + (size_t)group * depth * REGISTER_ROWS, *b = bs + (size_t)panel * depth * COLUMNS;
        const int rows = MIN(REGISTER_ROWS, g->m - group * REGISTER_ROWS),
                  columns = MIN(COLUMNS, g->n - panel * COLUMNS);
        float *to = c + (size_t)group * REGISTER_ROWS * g->n + panel * COLUMNS;
        if (rows == REGISTER_ROWS && columns == COLUMNS)
          register_block(g, REGISTER_VECTORS, a, b, depth, to, g->n, add);
        else
          edge_block(g, a, b, depth, to, rows, columns, add, scratch);
      }
  }
  const int row0 = group0 * REGISTER_ROWS;
  if (g->k == 0 && !g->accumulate)
    for (int i = row0; i < row1; i++)
      __builtin_memset(c + (size_t)i * g->n + column0, 0, sizeof(float) * (column1 - column0));
  finish_rows(g, offset, row0, row1, column0, column1 - column0);
  count_work(0, (uint64_t)(row1 - row0) * (column1 - column0) * g->k);
}

static int gemm(const Arguments *arguments) {
  const int32_t *s = arguments->sizes;
  void *const *p = arguments->arrays;
  Gemm g = {.m = s[0],
            .n = s[1],
            .k = s[2],
            .transposeA = s[3],
            .transposeB = s[4],
            .batch = s[5],
            .sharedA = s[6],
            .sharedB = s[7],
            .accumulate = s[8],
            .activation = s[9],
            .a = p[0],
            .b = p[1],
            .bias = p[2],
            .residual = p[3],
            .c = p[4],
            .pre = p[5]};
  const double work = (double)g.batch * g.m * g.n * g.k;
  if (g.m <= FEW_ROWS && !g.transposeB)
    return parallel(few_rows_unit, &g, g.batch * BLOCKS(g.n, STRIP), 0, work);
  g.groups = BLOCKS(g.m, REGISTER_ROWS);
  g.panels = BLOCKS(g.n, COLUMNS);
  g.rowBlocks = BLOCKS(g.m, BLOCK_ROWS);
  g.columnBlocks = BLOCKS(g.panels, BLOCK_PANELS);
  const int batchA = g.sharedA ? 1 : g.batch, batchB = g.sharedB ? 1 : g.batch;
  g.packedA = workspace(SPACE_A, (size_t)batchA * g.k * g.groups * REGISTER_ROWS);
  g.packedB = workspace(SPACE_B, (size_t)batchB * g.k * g.panels * COLUMNS);
  if (!g.packedA || !g.packedB) return OUT_OF_MEMORY;
  const int packUnits = g.panels * batchB + BLOCKS(g.groups, PACK_GROUPS) * batchA;
  const int outcome = parallel(pack_unit, &g, packUnits, 0, work / 16);
  return outcome ? outcome
                 : parallel(gemm_unit, &g, g.batch * g.rowBlocks * g.columnBlocks, REGISTER_ROWS * COLUMNS, work);
}
