/*
 * A pool of threads that share the units of one job. Units are handed out by an atomic counter; the calling thread
 * takes part, and may finish alone: a job waits only for the threads that have entered it, never for one that is still
 * asleep.
 */
#include "host.h"
#include "threads.h"

#define LOAD(x) __atomic_load_n(&(x), __ATOMIC_SEQ_CST)
#define ADD(x, n) __atomic_fetch_add(&(x), n, __ATOMIC_SEQ_CST)

/* About 50 microseconds: the next job of a training step often follows at once. */
enum { SPINS = 2000, OPEN = 1 << 30, PATIENCE_SECONDS = 600 };
/* Multiply-adds below which waking others costs more than it brings. */
#define SMALL_JOB 3e5

static struct {
  Unit *unit;
  const void *context;
  int units, width;
} job;
/* `entrance` is OPEN while units are left, plus the number of pool threads inside. `generation` counts jobs. */
static int next_unit, entrance, generation, failed, threads = 1;
static float *scratch[MOST_THREADS];
static size_t scratch_floats[MOST_THREADS];
static float *spaces[WORKSPACES];
static size_t space_floats[WORKSPACES];
static uint64_t counted_tiles, counted_multiply_adds;

void set_threads(int wanted) { threads = wanted < 1 ? 1 : wanted > MOST_THREADS ? MOST_THREADS : wanted; }

void count_work(uint64_t tiles, uint64_t multiplyAdds) {
  ADD(counted_tiles, tiles);
  ADD(counted_multiply_adds, multiplyAdds);
}
void read_counters(double counters[2]) {
  counters[0] = (double)LOAD(counted_tiles);
  counters[1] = (double)LOAD(counted_multiply_adds);
}

static float *grow(float **memory, size_t *have, size_t floats) {
  if (*have < floats || !*memory) {
    if (*memory) release_bytes(*memory);
    *memory = allocate_bytes(floats * sizeof(float));
    *have = *memory ? floats : 0;
  }
  return *memory;
}
float *workspace(enum Workspace slot, size_t floats) {
  return grow(&spaces[slot], &space_floats[slot], floats ? floats : 1);
}

static void drain(int thread) {
  for (int u; (u = ADD(next_unit, 1)) < job.units;) job.unit(job.context, u, scratch[thread]);
}

static void leave_job(void) {
  if (ADD(entrance, -1) == 1) wake_sleepers(&entrance);
}
void abandon_job(void) {
  __atomic_store_n(&failed, 1, __ATOMIC_SEQ_CST);
  leave_job();
}

int join_jobs(int thread, int seen) {
  for (int s = 0; s < SPINS && LOAD(generation) == seen; s++) spin_hint();
  while (LOAD(generation) == seen) sleep_while(&generation, seen);
  seen = LOAD(generation);
  int inside = LOAD(entrance);
  while (inside & OPEN) {
    if (!__atomic_compare_exchange_n(&entrance, &inside, inside + 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) continue;
    /* Only now may the job be looked at: it can't end before this thread leaves. */
    if (thread < job.width) drain(thread);
    leave_job();
    break;
  }
  return seen;
}

/* Waits until nobody is inside; gives up when nothing has moved for a long time. */
static int wait_for_others(void) {
  for (int s = 0; s < SPINS && LOAD(entrance); s++) spin_hint();
  for (int idle = 0, last = 0, inside; (inside = LOAD(entrance)); last = inside) {
    idle = inside == last ? idle + 1 : 0;
    if (idle > PATIENCE_SECONDS) return WORKER_FAILED;
    sleep_while(&entrance, inside);
  }
  return __atomic_exchange_n(&failed, 0, __ATOMIC_SEQ_CST) ? WORKER_FAILED : OK;
}

int parallel(Unit *unit, const void *context, int units, size_t scratchFloats, double work) {
  const int wanted = work < SMALL_JOB || units < 2 ? 1 : units < threads ? units : threads;
  const int width = wanted > 1 ? start_threads(wanted) : 1;
  for (int t = 0; t < (width < wanted ? width : wanted); t++)
    if (scratchFloats && !grow(&scratch[t], &scratch_floats[t], scratchFloats)) return OUT_OF_MEMORY;
  job.unit = unit;
  job.context = context;
  job.units = units;
  job.width = width < wanted ? width : wanted;
  next_unit = 0;
  if (job.width == 1) {
    drain(0);
    return OK;
  }
  __atomic_store_n(&entrance, OPEN, __ATOMIC_SEQ_CST);
  ADD(generation, 1);
  wake_sleepers(&generation);
  drain(0);
  __atomic_fetch_and(&entrance, ~OPEN, __ATOMIC_SEQ_CST);
  return wait_for_others();
}
