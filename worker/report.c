#include "worker/report.h"

#include "base/log.h"
#include "worker/timing.h"

enum { FIELDS = 32 };

struct fields {
    struct log_field at[FIELDS]; /* the last stays LOG_KIND_END */
    size_t count;
};

static void add(struct fields *fields, const char *name, uint64_t number)
{
    if (fields->count < FIELDS - 1) {
        fields->at[fields->count] = log_number(name, (int64_t)number);
        fields->count++;
    }
}

static void add_leases(struct fields *fields, struct lease_keeper *keeper)
{
    struct lease_keeper_counts counts;
    lease_keeper_read_counts(keeper, &counts);
    add(fields, "leases", counts.held);
    add(fields, "leases_total", counts.total);
    add(fields, "leases_finished", counts.finished);
    add(fields, "leases_unowned", counts.unowned);
    add(fields, "workers", counts.workers);
    add(fields, "awaiting_children", counts.awaiting_children);
    add(fields, "gaps_certain", counts.gaps_certain);
    add(fields, "gaps_possible", counts.gaps_possible);
}

static void add_shards(struct fields *fields, const struct supervisor_totals *totals)
{
    add(fields, "shards", totals->running);
    add(fields, "shards_failed", totals->failed);
    add(fields, "records", totals->records_done);
    add(fields, "records_filtered", totals->records_filtered);
    if (totals->lag_max_ms >= 0) {
        add(fields, "lag_max_ms", (uint64_t)totals->lag_max_ms);
    }
    add(fields, "lag_unknown_shards", totals->lag_unknown);
}

static void add_sink(struct fields *fields, struct sink *sink, struct dead_letters *letters)
{
    struct sink_counts counts;
    struct dead_letters_state state = {.stored = 0};
    sink->read_counts(sink, &counts);
    if (letters != NULL) {
        dead_letters_read_state(letters, &state);
    }
    add(fields, "accepted", counts.lines_accepted);
    add(fields, "accepted_bytes", counts.bytes_accepted);
    add(fields, "requests", counts.requests);
    add(fields, "requests_failed", counts.requests_failed);
    add(fields, "records_retried", counts.records_retried);
    add(fields, "dead_lettered", state.stored);
    add(fields, "refused", counts.lines_refused);
}

static void add_all(struct fields *fields, const struct report_sources *sources,
                    const struct supervisor_totals *totals)
{
    add_leases(fields, sources->keeper);
    add_shards(fields, totals);
    add(fields, "buffer_bytes", budget_held(sources->budget));
    add_sink(fields, sources->sink, sources->letters);
    add(fields, "gaps", positions_gap_count(sources->positions));
    add(fields, "state_degraded", positions_is_degraded(sources->positions) ? 1 : 0);
}

void report_progress(const struct report_sources *sources, struct report_memory *memory)
{
    struct supervisor_totals totals;
    supervisor_read_totals(sources->supervisor, &totals);
    int64_t now = clock_boot_ms(sources->clock);
    struct fields fields = {.count = 0};
    add_all(&fields, sources, &totals);
    if (memory->boot_ms != 0) {
        int64_t rate = timing_rate(totals.records_done - memory->records, now - memory->boot_ms);
        add(&fields, "records_per_s", (uint64_t)rate);
    }
    memory->boot_ms = now;
    memory->records = totals.records_done;
    log_write_fields(LOG_INFO, "worker", "progress", fields.at);
}

void report_stopped(const struct report_sources *sources, uint64_t undelivered, size_t leases,
                    int64_t stop_ms)
{
    struct supervisor_totals totals;
    supervisor_read_totals(sources->supervisor, &totals);
    struct fields fields = {.count = 0};
    add_all(&fields, sources, &totals);
    add(&fields, "records_undelivered", undelivered);
    add(&fields, "leases_left", leases);
    add(&fields, "stop_ms", (uint64_t)stop_ms);
    bool clean = undelivered == 0 && leases == 0;
    log_write_fields(clean ? LOG_INFO : LOG_ERROR, "worker", "worker stopped", fields.at);
}
