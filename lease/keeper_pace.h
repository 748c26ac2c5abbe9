/* Private to the keeper: how many of its threads carry requests out at a time, and how often its rules are asked. Pure.
 *
 * What keeps a lease comes in a burst, and has until half of the time between two renewals. So few threads as get
 * through with it in a tenth of that time carry it out, one after another: each thread more takes a connection, its
 * sockets and its buffers. */
#ifndef PENSTOCK_LEASE_KEEPER_PACE_H
#define PENSTOCK_LEASE_KEEPER_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KEEPER_POOL_THREADS = 32, KEEPER_POOL_OTHERS_MAX = 24 };

/* What the threads do, and what waits for them. */
struct keeper_load {
    size_t running; /* threads with a request under way */
    size_t others_running; /* of these: with one that keeps no lease */
    size_t stuck; /* of the rest: keeper_pace_is_stuck() */
    size_t renewals; /* wait */
    size_t endings; /* wait: the other urgent writes, such as releases */
    size_t others; /* wait */
    int64_t waited_ms; /* the urgent write that has waited for longest */
    int64_t write_us; /* how long a write takes by now; 0: not known */
    int64_t patience_ms; /* keeper_pace_patience_ms() */
};

/* In how long what waits for renewal is to be sent: a tenth of the time between two renewals. */
int64_t keeper_pace_patience_ms(int64_t failover_ms);

/* How many threads are to have a request under way, KEEPER_POOL_THREADS at most. Endings and the rest get a thread
 * each; renewals as many as get through with them in the patience that is left, those that are stuck not counted. */
size_t keeper_pace_threads(const struct keeper_load *load);

/* Whether who waits for an urgent write of that age had better not count on its thread: half of the patience is gone. */
bool keeper_pace_is_stuck(int64_t took_ms, int64_t patience_ms);

/* The shortest time between two ticks of the rules that nothing but time asks for: renewals that fall due one by one
 * go out together. A 200th of the failover time, from 5 to 50 ms. */
int64_t keeper_pace_gap_ms(int64_t failover_ms);

/* When the next tick is due, if the rules ask for one at `next_ms` and the last was at `ticked_ms`. `hurried`: more
 * than time has passed and a renewal gone well. */
int64_t keeper_pace_tick_ms(int64_t next_ms, int64_t ticked_ms, int64_t gap_ms, bool hurried);

#endif
