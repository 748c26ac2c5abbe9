/* Faults: which kinds a run makes, how often each was made, and the mishaps that come by themselves. The words
 * of each kind are in sim_faults.c; those of the catalogue of faults carry its number. */
#ifndef PENSTOCK_TESTS_SIM_FAULTS_H
#define PENSTOCK_TESTS_SIM_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim;

enum sim_fault {
    FAULT_WRITE_LOST,
    FAULT_WRITE_ANSWER_LOST,
    FAULT_WRITE_LATE,
    FAULT_WRITE_REPEATED,
    FAULT_WRITE_THROTTLED,
    FAULT_WRITE_DELAYED,
    FAULT_READ_FAILED,
    FAULT_SCAN_FAILED,
    FAULT_SCAN_TORN,
    FAULT_STORM,
    FAULT_LIST_LATE,
    FAULT_LIST_PARTIAL,
    FAULT_LIST_STALE,
    FAULT_LIST_OPEN_PARENT,
    FAULT_LIST_EMPTY,
    FAULT_LIST_FAILED,
    FAULT_LIST_UNFILTERED,
    FAULT_PAUSE,
    FAULT_PAUSE_BEFORE_WRITE,
    FAULT_PAUSE_BEFORE_PUT,
    FAULT_PAUSE_OVER_LISTING,
    FAULT_CRASH,
    FAULT_RESTART_ON_SLOT,
    FAULT_NEW_MACHINE,
    FAULT_OLD_COPY,
    FAULT_DISK_FULL,
    FAULT_POSITION_STALE,
    FAULT_LEAVE,
    FAULT_SCALE_OUT,
    FAULT_CUT_FROM_TABLE,
    FAULT_CUT_FROM_SINK,
    FAULT_SPLIT,
    FAULT_TRIM,
    FAULT_SHARD_GONE,
    FAULT_MISSING_PARENT,
    FAULT_ITERATOR_EXPIRED,
    FAULT_GET_THROTTLED,
    FAULT_GET_FAILED,
    FAULT_PUT_LOST,
    FAULT_PUT_ANSWER_LOST,
    FAULT_PUT_LATE,
    FAULT_PUT_PARTIAL,
    FAULT_PUT_THROTTLED,
    FAULT_POISON,
    FAULT_REWIND,
    FAULT_REWIND_BY_HAND,
    FAULT_ROW_RESTORED,
    FAULT_CLOCK_RATE,
    FAULT_KINDS
};

struct sim_faults {
    bool on;
    bool chosen[FAULT_KINDS]; /* by the seed: a run makes some kinds only, so that each meets calm ones too */
    uint64_t made[FAULT_KINDS];
    int64_t storm_until_ms;
};

const char *sim_fault_name(enum sim_fault fault);

/* Chooses the kinds of this run. */
void sim_faults_choose(struct sim *sim);
/* True once in `one_in` times, while faults are on and the kind is chosen: it is counted as made. */
bool sim_faults_strike(struct sim *sim, enum sim_fault fault, int64_t one_in);
/* Counts one that came about without dice. */
void sim_faults_count(struct sim *sim, enum sim_fault fault);

/* A write of this worker is on its way for `delay_ms` more: puts its row back to an older copy behind it, so
 * that the counter comes by the same value again (fault 8), while the worker is away. */
void sim_faults_restore_behind(struct sim *sim, size_t worker, const char *key, int64_t delay_ms);

/* One mishap: a crash, a pause, a departure, an arrival, a split, a trim, ... */
void sim_faults_mishap(struct sim *sim);
/* Faults end, cuts too; pauses are waited for; and at least `workers` of them are there. */
void sim_faults_end(struct sim *sim, size_t workers);

#endif
