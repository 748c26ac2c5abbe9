/* Processes: they start, are killed, paused, told to leave. Each has a clock that goes a little wrong. */
#include "tests/sim/sim_worker.h"

enum { EXIT_POLL_MS = 20, STOP_TIMEOUT_MS = 25000, ABORT_AFTER_MS = 18000 };

int64_t sim_worker_boot_ms(const struct sim *sim, const struct sim_worker *worker)
{
    return worker->base_ms + (sim->now_ms - worker->zero_ms) * worker->rate / 1000000;
}

int64_t sim_worker_when(const struct sim *sim, const struct sim_worker *worker, int64_t boot_ms)
{
    int64_t own_ms = boot_ms - worker->base_ms;
    int64_t at_ms = worker->zero_ms + (own_ms * 1000000 + worker->rate - 1) / worker->rate;
    return at_ms > sim->now_ms ? at_ms : sim->now_ms;
}

static int64_t clock_boot(void *context)
{
    const struct sim_worker *worker = context;
    return sim_worker_boot_ms(worker->sim, worker);
}

static int64_t clock_wall(void *context)
{
    const struct sim_worker *worker = context;
    return SIM_WALL_MS + worker->sim->now_ms + worker->wall_skew_ms;
}

static void set_clock(struct sim *sim, struct sim_worker *worker)
{
    worker->zero_ms = sim->now_ms;
    worker->base_ms = 1000 + sim_dice(sim, 1000000000);
    worker->rate = 1000000;
    if (sim_faults_strike(sim, FAULT_CLOCK_RATE, 1)) { /* up to 3 % fast or slow */
        worker->rate += sim_dice(sim, 60001) - 30000;
        worker->wall_skew_ms = sim_dice(sim, 1001) - 500;
    }
    worker->clock = (struct clock){.boot_ms = clock_boot, .wall_ms = clock_wall, .context = worker};
}

void sim_worker_start(struct sim *sim, size_t index)
{
    struct sim_worker *worker = &sim->workers[index];
    struct sim_line *lines = worker->lines;
    *worker =
        (struct sim_worker){.sim = sim, .index = index, .alive = true, .born = ++sim->births, .lines = lines};
    sim->worker_count = index >= sim->worker_count ? index + 1 : sim->worker_count;
    snprintf(worker->id, sizeof worker->id, "worker-%zu-%08x", index, (unsigned)random_next(&sim->random));
    set_clock(sim, worker);
    worker->by_shard = sim_allocate(sim->shard_capacity, sizeof(struct sim_tenure *));
    worker->slot = &sim->slots[index];
    worker->slot->locked = true;
    struct lease_rules_options options = {
        .failover_ms = sim->options.failover_ms,
        .start_at_latest = sim->start_at_latest,
        .max_leases = sim->max_leases,
        .seed = random_next(&sim->random),
        .position = sim_supervisor_position,
        .position_context = worker,
    };
    lease_copy_text(options.me, sizeof options.me, worker->id);
    lease_copy_text(options.previous, sizeof options.previous, worker->slot->previous);
    sim_trace(sim, worker->id, "starts; its slot was %s's",
              options.previous[0] != '\0' ? options.previous : "nobody");
    lease_copy_text(worker->slot->previous, sizeof worker->slot->previous, worker->id);
    worker->rules = lease_rules_create(&options);
    sim_sink_open(sim, worker);
    sim_keeper_begin(sim, worker);
}

static void end(struct sim *sim, struct sim_worker *worker)
{
    worker->alive = false;
    sim_sink_close(worker);
    sim_supervisor_free(worker);
    sim_keeper_free(worker);
    sim_slot_crash(sim, worker->slot);
}

void sim_worker_kill(struct sim *sim, size_t index)
{
    struct sim_worker *worker = &sim->workers[index];
    if (worker->alive) {
        sim_trace(sim, worker->id, "is killed");
        end(sim, worker);
    }
}

void sim_worker_pause(struct sim *sim, size_t index, int64_t ms)
{
    struct sim_worker *worker = &sim->workers[index];
    int64_t until_ms = sim->now_ms + ms;
    if (worker->alive && until_ms > worker->paused_until_ms) {
        worker->paused_until_ms = until_ms;
        sim_trace(sim, worker->id, "is paused for %" PRId64 " ms", ms);
    }
}

struct departure {
    struct sim_worker *worker;
    int64_t begun_ms;
};

static void look_whether_gone(struct sim *sim, void *context)
{
    struct departure *departure = context;
    struct sim_worker *worker = departure->worker;
    int64_t since_ms = sim->now_ms - departure->begun_ms;
    struct lease_rules_counts counts;
    lease_rules_read_counts(worker->rules, &counts);
    if (since_ms >= STOP_TIMEOUT_MS || (sim_supervisor_idle(worker) && counts.held == 0)) {
        sim_trace(sim, worker->id, "has left after %" PRId64 " ms, %zu leases held", since_ms, counts.held);
        memcpy(worker->slot->durable, worker->slot->now, sim->shard_capacity * sizeof *worker->slot->now);
        free(departure);
        end(sim, worker);
        return;
    }
    if (since_ms >= ABORT_AFTER_MS && !worker->overdue) {
        worker->overdue = true;
        sim_supervisor_wake(sim, worker, 0);
    }
    sim_at_worker(sim, worker->index, sim->now_ms + EXIT_POLL_MS, look_whether_gone, free, departure);
}

void sim_worker_leave(struct sim *sim, size_t index)
{
    struct sim_worker *worker = &sim->workers[index];
    if (!worker->alive || worker->leaving) {
        return;
    }
    sim_trace(sim, worker->id, "is told to leave");
    worker->leaving = true;
    sim_keeper_step(sim, worker, &(struct lease_event){.kind = LEASE_EVENT_LEAVE});
    sim_supervisor_wake(sim, worker, 0);
    struct departure *departure = sim_allocate(1, sizeof *departure);
    *departure = (struct departure){worker, sim->now_ms};
    sim_at_worker(sim, index, sim->now_ms + EXIT_POLL_MS, look_whether_gone, free, departure);
}

size_t sim_workers_alive(const struct sim *sim)
{
    size_t count = 0;
    for (size_t i = 0; i < sim->worker_count; i++) {
        count += sim->workers[i].alive && !sim->workers[i].leaving ? 1 : 0;
    }
    return count;
}
