/*
 * Threads are JavaScript workers that instantiate the same module on the same shared memory; JavaScript also owns the
 * heap. Its other exports are how src/wasm-engine.ts calls the kernels.
 */
#include "host.h"
#include "threads.h"

#define EXPORT(name) __attribute__((export_name(#name)))
#define IMPORT(name) __attribute__((import_module("host"), import_name(#name)))

IMPORT(allocate) void *host_allocate(size_t bytes);
IMPORT(release) void host_release(void *memory);
Kernels kernels_simd128;

static int workers = 1;

void sleep_while(int *word, int seen) { __builtin_wasm_memory_atomic_wait32(word, seen, 1000000000LL); }
void wake_sleepers(int *word) { __builtin_wasm_memory_atomic_notify(word, MOST_THREADS); }
void spin_hint(void) {}
int start_threads(int wanted) {
  (void)wanted;
  return workers;
}
void *allocate_bytes(size_t bytes) { return host_allocate(bytes); }
void release_bytes(void *memory) { host_release(memory); }

/* Called once, when all workers sleep in join_jobs. */
EXPORT(use_threads) void use_threads(int threads) {
  workers = threads;
  set_threads(threads);
}
EXPORT(join_jobs) int exported_join_jobs(int thread, int seen) { return join_jobs(thread, seen); }
EXPORT(abandon_job) void exported_abandon_job(void) { abandon_job(); }
EXPORT(read_counters) void exported_read_counters(double *counters) { read_counters(counters); }
EXPORT(invoke) int invoke(int operation, const int32_t *sizes, const double *numbers, void *const *arrays) {
  const Arguments arguments = {sizes, numbers, arrays};
  return kernels_simd128(operation, &arguments);
}
