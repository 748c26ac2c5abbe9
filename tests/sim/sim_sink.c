/* The destination, and the network before it. It accepts records at one moment; the answer can be lost, and a
 * request can land long after its sender gave it up. */
#include "tests/sim/sim_worker.h"

struct landing {
    struct sim_put *put;
    bool silent;
    uint32_t born;
    void (*answer)(struct sim *, void *);
};

struct sim_put *sim_put_create(uint32_t records, uint32_t lines)
{
    struct sim_put *put = sim_allocate(1, sizeof *put);
    put->record_count = records;
    put->line_count = lines;
    put->line_ends = sim_allocate(records, sizeof *put->line_ends);
    put->shards = sim_allocate(lines, sizeof *put->shards);
    put->records = sim_allocate(lines, sizeof *put->records);
    put->verdicts = sim_allocate(records, sizeof *put->verdicts);
    return put;
}

void sim_put_free(void *context)
{
    struct sim_put *put = context;
    if (put != NULL) {
        free(put->line_ends);
        free(put->shards);
        free(put->records);
        free(put->verdicts);
        free(put);
    }
}

static void free_landing(void *context)
{
    struct landing *landing = context;
    sim_put_free(landing->put);
    free(landing);
}

static bool holds_poison(const struct sim *sim, const struct sim_put *put)
{
    for (uint32_t i = 0; i < put->line_count; i++) {
        if (sim->shards[put->shards[i]].records[put->records[i]].poison) {
            return true;
        }
    }
    return false;
}

static void take_in(struct sim *sim, struct sim_put *put)
{
    uint32_t line = 0;
    bool partial = sim_faults_strike(sim, FAULT_PUT_PARTIAL, 12);
    for (uint32_t i = 0; i < put->record_count; i++) {
        bool failed = partial && sim_dice(sim, 3) == 0;
        put->verdicts[i] = failed ? PUT_FAILED : PUT_ACCEPTED;
        for (; line < put->line_ends[i]; line++) {
            if (!failed) {
                sim_check_accept(sim, put->shards[line], put->records[line]);
            }
        }
    }
}

static void land(struct sim *sim, void *context)
{
    struct landing *landing = context;
    struct sim_put *put = landing->put;
    put->refused = holds_poison(sim, put);
    if (!put->refused) {
        take_in(sim, put);
    }
    if (!landing->silent && sim->workers[put->worker].born == landing->born) {
        put->answered = true;
        sim_at_worker(sim, put->worker, sim->now_ms + 1 + sim_dice(sim, sim->latency_ms), landing->answer,
                      sim_put_free, put);
        landing->put = NULL;
    }
    free_landing(landing);
}

/* Tells the sender, when its time is over, that nothing was heard. */
static void time_out(struct sim *sim, struct sim_worker *worker, const struct sim_put *put,
                     void (*answer)(struct sim *, void *))
{
    struct sim_put *none = sim_put_create(0, 0);
    none->call = put->call;
    none->worker = put->worker;
    none->sender = put->sender;
    int64_t boot_ms = sim_worker_boot_ms(sim, worker) + lease_margin_ms(sim->options.failover_ms);
    sim_at_worker(sim, worker->index, sim_worker_when(sim, worker, boot_ms), answer, sim_put_free, none);
}

void sim_put_send(struct sim *sim, struct sim_worker *worker, struct sim_put *put,
                  void (*answer)(struct sim *, void *))
{
    int64_t delay_ms = 1 + sim_dice(sim, 2 * sim->latency_ms);
    struct landing *landing = sim_allocate(1, sizeof *landing);
    *landing = (struct landing){.put = put, .born = worker->born, .answer = answer};
    if (sim_faults_strike(sim, FAULT_PUT_THROTTLED, 60)) {
        put->throttled = true;
        put->answered = true;
        sim_at_worker(sim, worker->index, sim->now_ms + delay_ms, answer, sim_put_free, put);
        free(landing);
        return;
    }
    bool lost = sim->now_ms < worker->cut_sink_ms || sim_faults_strike(sim, FAULT_PUT_LOST, 80);
    bool late = !lost && sim_faults_strike(sim, FAULT_PUT_LATE, 80);
    landing->silent = lost || late || sim_faults_strike(sim, FAULT_PUT_ANSWER_LOST, 60);
    if (landing->silent) {
        time_out(sim, worker, put, answer);
    }
    if (lost) {
        free_landing(landing);
        return;
    }
    if (late) {
        delay_ms += sim_dice(sim, 3 * sim->options.failover_ms);
    }
    if (sim_faults_strike(sim, FAULT_PAUSE_BEFORE_PUT, 300)) { /* decided, and not yet on the wire */
        int64_t pause_ms = 1 + sim_dice(sim, 3 * sim->options.failover_ms);
        sim_worker_pause(sim, worker->index, pause_ms);
        delay_ms += pause_ms;
    }
    sim_at(sim, sim->now_ms + delay_ms, land, free_landing, landing);
}
