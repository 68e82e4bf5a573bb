/*
 * What the kernels need from the machine around them, and what the machine may ask of the kernels.
 * Two hosts exist: the Node-API addon (addon.c, pool-native.h) and WebAssembly (wasm.c, pool-wasm.h).
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Operations, in the order of `operations` in src/operations.ts (a test compares the two). */
enum Operation {
  OP_ATTENTION,
  OP_ATTENTION_GRADIENT,
  OP_FEATURE_ATTENTION,
  OP_FEATURE_ATTENTION_GRADIENT,
  OP_GEMM,
  OP_LAYER_NORM,
  OP_LAYER_NORM_GRADIENT,
  OP_CROSS_ENTROPY,
  OP_CROSS_ENTROPY_GRADIENT,
  OP_SOFTMAX,
  OP_LOG_SOFTMAX,
  OP_GATHER,
  OP_SCATTER_ADD,
  OP_REDUCE_ROWS,
  OP_REDUCE_COLUMNS,
  OP_UNARY,
  OP_UNARY_GRADIENT,
  OP_BINARY,
  OP_ACCUMULATE,
  OP_PERMUTE,
  OP_ADAM,
  OP_DROPOUT,
  OP_RANDOM_FEATURES,
  OP_RANDOM_FEATURES_GRADIENT,
  OP_PEAK,
  OPERATION_COUNT
};

/* How an operation ends. */
enum Outcome { OK = 0, OUT_OF_MEMORY = 1, WORKER_FAILED = 2, UNKNOWN_OPERATION = 3 };

/* The arguments of one operation: whole numbers, real numbers, arrays (NULL where an optional one is absent). */
typedef struct {
  const int32_t *sizes;
  const double *numbers;
  void *const *arrays;
} Arguments;

/* One instruction set's build of every kernel: returns an Outcome. */
typedef int Kernels(int operation, const Arguments *arguments);

/*
 * A unit is a share of the work that one thread does from start to end. Units depend on the shape of the call and never
 * on the number of threads, and each output element is summed by one unit in a fixed order: so results don't depend on
 * it either.
 */
typedef void Unit(const void *context, int unit, float *scratch);

/*
 * Runs units 0..units-1 on the threads of this engine and waits for them. Each thread gets its own `scratchFloats`
 * floats. `work` is roughly the number of multiply-adds: small calls stay on the calling thread, for which waking
 * others is dearer.
 */
int parallel(Unit *unit, const void *context, int units, size_t scratchFloats, double work);

/* Memory that lives until the next request of the same slot; NULL when there is none. Kept and grown between calls. */
enum Workspace { SPACE_A, SPACE_B, SPACE_C, SPACE_D, SPACE_E, WORKSPACES };
float *workspace(enum Workspace slot, size_t floats);

/* Adds to the counters of tiles and multiply-adds that were executed; called by units, so any thread may call it. */
void count_work(uint64_t tiles, uint64_t multiplyAdds);
