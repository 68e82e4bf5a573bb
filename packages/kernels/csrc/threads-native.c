/*
 * Threads, sleeping and memory of Linux, macOS and Windows.
 */
#define _DEFAULT_SOURCE 1
#include "threads.h"
#include <stdint.h>
#include <stdlib.h>

static int started = 1;
/*
 * Sleepers on different words should not wake each other, but a wake-up too many does no harm: words are told apart by
 * address.
 */
enum { CHANNELS = 4 };
#define CHANNEL(word) (((uintptr_t)(word) >> 2) % CHANNELS)

#ifdef _WIN32
#include <malloc.h>
#include <windows.h>
static SRWLOCK lock = SRWLOCK_INIT, calls = SRWLOCK_INIT;
static CONDITION_VARIABLE changed[CHANNELS] = {CONDITION_VARIABLE_INIT, CONDITION_VARIABLE_INIT,
                                               CONDITION_VARIABLE_INIT, CONDITION_VARIABLE_INIT};

void sleep_while(int *word, int seen) {
  AcquireSRWLockExclusive(&lock);
  while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == seen)
    SleepConditionVariableSRW(&changed[CHANNEL(word)], &lock, INFINITE, 0);
  ReleaseSRWLockExclusive(&lock);
}
void wake_sleepers(int *word) {
  AcquireSRWLockExclusive(&lock);
  WakeAllConditionVariable(&changed[CHANNEL(word)]);
  ReleaseSRWLockExclusive(&lock);
}
void begin_call(void) { AcquireSRWLockExclusive(&calls); }
void end_call(void) { ReleaseSRWLockExclusive(&calls); }
static DWORD WINAPI thread_main(void *id) {
  for (int seen = 0;;) seen = join_jobs((int)(intptr_t)id, seen);
}
static int start_thread(int id) {
  HANDLE thread = CreateThread(0, 1 << 20, thread_main, (void *)(intptr_t)id, 0, 0);
  if (thread) CloseHandle(thread);
  return thread != 0;
}
void *allocate_bytes(size_t bytes) { return _aligned_malloc(bytes, 64); }
void release_bytes(void *memory) { _aligned_free(memory); }

#else
#include <pthread.h>
#ifdef __linux__
#include <sys/mman.h>
#endif
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, calls = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed[CHANNELS] = {PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER,
                                           PTHREAD_COND_INITIALIZER};

void sleep_while(int *word, int seen) {
  pthread_mutex_lock(&lock);
  while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == seen) pthread_cond_wait(&changed[CHANNEL(word)], &lock);
  pthread_mutex_unlock(&lock);
}
void wake_sleepers(int *word) {
  pthread_mutex_lock(&lock);
  pthread_cond_broadcast(&changed[CHANNEL(word)]);
  pthread_mutex_unlock(&lock);
}
void begin_call(void) { pthread_mutex_lock(&calls); }
void end_call(void) { pthread_mutex_unlock(&calls); }
static void *thread_main(void *id) {
  for (int seen = 0;;) seen = join_jobs((int)(intptr_t)id, seen);
  return 0;
}
static int start_thread(int id) {
  pthread_t thread;
  if (pthread_create(&thread, 0, thread_main, (void *)(intptr_t)id)) return 0;
  pthread_detach(thread);
  return 1;
}

/* Large workspaces ask for huge pages: how small pages fall into the L2 cache varies from process to process. */
enum { HUGE_PAGE = 1 << 21 };
void *allocate_bytes(size_t bytes) {
  void *memory;
  const size_t alignment = bytes < HUGE_PAGE ? 64 : HUGE_PAGE;
  if (posix_memalign(&memory, alignment, (bytes + 63) & ~(size_t)63)) return 0;
#ifdef MADV_HUGEPAGE
  if (bytes >= HUGE_PAGE) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  return memory;
}
void release_bytes(void *memory) { free(memory); }
#endif

void spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

int start_threads(int wanted) {
  while (started < wanted && start_thread(started)) started++;
  return started;
}
