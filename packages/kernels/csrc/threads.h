/*
 * What the pool needs from an operating system, in the manner of a futex. Implemented by threads-native.c and
 * threads-wasm.c.
 */
#pragma once
#include <stddef.h>

enum { MOST_THREADS = 64 };

/* Sleeps while *word == seen, for at most about a second. May return early. */
void sleep_while(int *word, int seen);
/* Wakes all threads which sleep on the word. */
void wake_sleepers(int *word);
/* Lets the processor's other thread run. */
void spin_hint(void);
/* Starts threads until `wanted` exist, this one included; returns how many there are. */
int start_threads(int wanted);
/* Native only: several JavaScript threads may load the addon, but the pool does one call at a time. */
void begin_call(void);
void end_call(void);
/* Aligned to 64 bytes; NULL when there is no memory. */
void *allocate_bytes(size_t bytes);
void release_bytes(void *memory);

/* pool.c, for the threads: take part in jobs for as long as the generation isn't `seen`; returns the generation it saw.
 */
int join_jobs(int thread, int seen);
/* A thread that broke down inside a job: fails the job, but lets it end. */
void abandon_job(void);
/* Threads that the next job may use. */
void set_threads(int threads);
/* Executed tiles and multiply-adds since the beginning. */
void read_counters(double counters[2]);
