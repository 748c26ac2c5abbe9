/* Chance: which faults a run makes, and the mishaps that come by themselves. */
#include "tests/sim/sim_worker.h"

static const char *const names[FAULT_KINDS] = {
    [FAULT_WRITE_LOST] = "lease write lost",
    [FAULT_WRITE_ANSWER_LOST] = "lease write applied, answer lost (3)",
    [FAULT_WRITE_LATE] = "lease write applied after it was given up (4)",
    [FAULT_WRITE_REPEATED] = "lease write applied, answer lost, sent again",
    [FAULT_WRITE_THROTTLED] = "lease write throttled (10)",
    [FAULT_WRITE_DELAYED] = "request to the table delayed, overtaken",
    [FAULT_READ_FAILED] = "GetItem failed",
    [FAULT_SCAN_FAILED] = "scan failed",
    [FAULT_SCAN_TORN] = "scan saw pages of different moments (11)",
    [FAULT_STORM] = "throttling storm (10)",
    [FAULT_LIST_LATE] = "listing late: child not shown (23)",
    [FAULT_LIST_PARTIAL] = "listing partial: a shard left out (23)",
    [FAULT_LIST_STALE] = "listing stale: closed leaf shown open (23)",
    [FAULT_LIST_OPEN_PARENT] = "shard shown open that has closed (23)",
    [FAULT_LIST_EMPTY] = "listing empty",
    [FAULT_LIST_FAILED] = "listing throttled or failed (24)",
    [FAULT_LIST_UNFILTERED] = "listing of children not filtered",
    [FAULT_PAUSE] = "worker paused (1)",
    [FAULT_PAUSE_BEFORE_WRITE] = "worker paused between stamp and lease write (2)",
    [FAULT_PAUSE_BEFORE_PUT] = "worker paused between check and sink request (2)",
    [FAULT_PAUSE_OVER_LISTING] = "worker paused while a listing is under way (1, 30)",
    [FAULT_CRASH] = "worker killed (52)",
    [FAULT_RESTART_ON_SLOT] = "worker restarted, same name and slot (7)",
    [FAULT_NEW_MACHINE] = "worker restarted on a new machine",
    [FAULT_OLD_COPY] = "worker restarted on an older state folder (49)",
    [FAULT_DISK_FULL] = "state folder not written (51)",
    [FAULT_LEAVE] = "worker told to leave (56)",
    [FAULT_SCALE_OUT] = "worker added",
    [FAULT_CUT_FROM_TABLE] = "worker cut off from the lease table (12)",
    [FAULT_CUT_FROM_SINK] = "worker cut off from the sink (13)",
    [FAULT_SPLIT] = "shard closed (21, 22)",
    [FAULT_TRIM] = "shard trimmed (20)",
    [FAULT_SHARD_GONE] = "shard gone from the stream",
    [FAULT_MISSING_PARENT] = "shard whose parent is gone (30)",
    [FAULT_ITERATOR_EXPIRED] = "iterator expired (19)",
    [FAULT_GET_THROTTLED] = "read throttled",
    [FAULT_GET_FAILED] = "read failed (39)",
    [FAULT_PUT_LOST] = "sink request lost",
    [FAULT_PUT_ANSWER_LOST] = "sink request accepted, answer lost (33)",
    [FAULT_PUT_LATE] = "sink request landed after it was given up (2)",
    [FAULT_PUT_PARTIAL] = "sink took some records only (31)",
    [FAULT_PUT_THROTTLED] = "sink throttled (35)",
    [FAULT_POISON] = "record that the sink refuses (36)",
    [FAULT_REWIND] = "position rewound by an operator",
    [FAULT_REWIND_BY_HAND] = "position of a free row set back by hand, without a nonce",
    [FAULT_POSITION_STALE] = "thread stalled with an older position (6)",
    [FAULT_ROW_RESTORED] = "row restored: its counter comes again (8)",
    [FAULT_CLOCK_RATE] = "worker's clock off",
};

const char *sim_fault_name(enum sim_fault fault)
{
    return names[fault];
}

void sim_faults_choose(struct sim *sim)
{
    for (size_t i = 0; i < FAULT_KINDS; i++) {
        sim->faults.chosen[i] = sim_dice(sim, 10) < 7;
    }
    sim->faults.on = true;
}

bool sim_faults_strike(struct sim *sim, enum sim_fault fault, int64_t one_in)
{
    if (!sim->faults.on || !sim->faults.chosen[fault] || sim_dice(sim, one_in) != 0) {
        return false;
    }
    sim->faults.made[fault]++;
    return true;
}

void sim_faults_count(struct sim *sim, enum sim_fault fault)
{
    sim->faults.made[fault]++;
}

struct restore {
    int shard;
    int64_t counter;
    char owner[LEASE_OWNER_BYTES]; /* while it still has the row */
};

static void restore_now(struct sim *sim, void *context)
{
    struct restore *restore = context;
    sim_table_restore_row(sim, restore->shard, restore->counter, restore->owner);
    free(restore);
}

void sim_faults_restore_behind(struct sim *sim, size_t worker, const char *key, int64_t delay_ms)
{
    if (!sim->faults.chosen[FAULT_ROW_RESTORED]) {
        return;
    }
    int shard = sim_stream_find(sim, key);
    if (!sim->shards[shard].has_row) {
        return;
    }
    struct restore *restore = sim_allocate(1, sizeof *restore);
    *restore = (struct restore){shard, sim->shards[shard].row.counter - 1, ""};
    memcpy(restore->owner, sim->workers[worker].id, sizeof restore->owner);
    if (sim_dice(sim, 2) == 0) { /* else it may take the row again before its write lands */
        sim_worker_pause(sim, worker, delay_ms + sim->options.failover_ms);
    }
    sim_at(sim, sim->now_ms + 1 + sim_dice(sim, delay_ms), restore_now, free, restore);
}

static void start_again(struct sim *sim, size_t index)
{
    struct sim_slot *slot = &sim->slots[index];
    if (slot->copy != NULL && sim_faults_strike(sim, FAULT_OLD_COPY, 4)) {
        sim_slot_restore(sim, slot);
    } else if (sim_faults_strike(sim, FAULT_NEW_MACHINE, 5)) {
        sim_slot_wipe(sim, slot);
    } else if (slot->previous[0] != '\0') {
        sim_faults_count(sim, FAULT_RESTART_ON_SLOT);
    }
    sim_worker_start(sim, index);
}

static void strike_worker(struct sim *sim, struct sim_worker *worker)
{
    int64_t long_ms = 3 * sim->options.failover_ms;
    switch (sim_dice(sim, 6)) {
    case 0:
    case 1:
        if (sim_faults_strike(sim, FAULT_CRASH, 1)) {
            sim_worker_kill(sim, worker->index);
        }
        break;
    case 2:
        if (sim_faults_strike(sim, FAULT_PAUSE, 1)) {
            sim_worker_pause(sim, worker->index, 1 + sim_dice(sim, long_ms));
        }
        break;
    case 3:
        if (sim_workers_alive(sim) > 1 && sim_faults_strike(sim, FAULT_LEAVE, 1)) {
            sim_worker_leave(sim, worker->index);
        }
        break;
    case 4:
        if (sim_faults_strike(sim, FAULT_CUT_FROM_TABLE, 1)) {
            worker->cut_table_ms = sim->now_ms + sim_dice(sim, long_ms);
        }
        break;
    default:
        if (sim_faults_strike(sim, FAULT_CUT_FROM_SINK, 1)) {
            worker->cut_sink_ms = sim->now_ms + sim_dice(sim, long_ms);
        }
        break;
    }
}

static void strike_stream(struct sim *sim)
{
    int shard = (int)sim_dice(sim, (int64_t)sim->shard_count);
    switch (sim_dice(sim, 5)) {
    case 0:
    case 1:
        if (!sim->shards[shard].closed && sim_faults_strike(sim, FAULT_SPLIT, 1)) {
            sim_stream_split(sim, shard);
        }
        break;
    case 2:
        if (sim_faults_strike(sim, FAULT_TRIM, 2)) {
            sim_stream_trim(sim, shard);
        }
        break;
    case 3:
        if (sim->faults.chosen[FAULT_REWIND]) {
            sim_table_rewind(sim, shard);
        }
        break;
    default:
        if (sim_faults_strike(sim, FAULT_STORM, 2)) {
            sim->faults.storm_until_ms = sim->now_ms + sim_dice(sim, sim->options.failover_ms);
        }
        break;
    }
}

void sim_faults_mishap(struct sim *sim)
{
    size_t index = (size_t)sim_dice(sim, (int64_t)sim->worker_capacity);
    struct sim_worker *worker = &sim->workers[index];
    if (sim_dice(sim, 3) == 0) {
        strike_stream(sim);
    } else if (worker->alive) {
        if (sim_dice(sim, 4) == 0) {
            sim_slot_copy(sim, worker->slot);
        }
        strike_worker(sim, worker);
    } else if (index < sim->worker_count) {
        start_again(sim, index);
    } else if (sim_faults_strike(sim, FAULT_SCALE_OUT, 1)) {
        sim_worker_start(sim, sim->worker_count);
    }
}

/* Where the caps leave shards that nobody may read, an operator starts the workers again without. */
static void lift_caps(struct sim *sim)
{
    size_t open = 0;
    for (size_t i = 0; i < sim->shard_count; i++) {
        open += sim->shards[i].was_finished ? 0 : 1;
    }
    if (sim->max_leases == 0 || sim_workers_alive(sim) * sim->max_leases >= open) {
        return;
    }
    sim->max_leases = 0;
    for (size_t i = 0; i < sim->worker_count; i++) {
        if (sim->workers[i].alive) {
            sim_worker_kill(sim, i);
            sim_worker_start(sim, i);
        }
    }
}

void sim_faults_end(struct sim *sim, size_t workers)
{
    int64_t calm_ms = sim->now_ms;
    sim->faults.on = false;
    sim->faults.storm_until_ms = 0;
    for (size_t i = 0; i < sim->worker_count; i++) {
        struct sim_worker *worker = &sim->workers[i];
        worker->cut_table_ms = 0;
        worker->cut_sink_ms = 0;
        calm_ms = worker->alive && worker->paused_until_ms > calm_ms ? worker->paused_until_ms : calm_ms;
    }
    sim_advance(sim, calm_ms);
    for (size_t i = 0; i < sim->worker_capacity && sim_workers_alive(sim) < workers; i++) {
        if (!sim->workers[i].alive) {
            sim_worker_start(sim, i);
        }
    }
    lift_caps(sim);
}
